"""Somebody signs in by the server's name over plain http, works, and signs out, in Chromium."""

import importlib.util
import os
from pathlib import Path

import pytest

HERE = Path(__file__).with_name("signed_in.py")
_spec = importlib.util.spec_from_file_location("signed_in_for_browser", HERE)
_people = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_people)

HOST = "bureau.test"
WEST = "990001001001"
SHOTS = os.environ.get("RISKATLAS_SHOTS")

pytestmark = [pytest.mark.browser, pytest.mark.postgis]


def shoot(page, name):
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png")


def fill_in(page, name):
    page.fill("#name", name)
    page.fill("#password", _people.PASSWORD)
    page.click("button[type=submit]")


@pytest.mark.parametrize("host", [HOST, "localhost"])
def test_signing_in_and_out_works_by_name_over_plain_http(chromium, served, office, host):
    _, name = _people.account(office, "planner")
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(f"http://{host}:{served}/account")
    assert page.url.endswith("/login?next=/account")
    fill_in(page, name)
    page.wait_for_url("**/account")
    page.goto(f"http://{host}:{served}/village/{WEST}")
    page.wait_for_selector(".headline")
    assert "某人" in page.inner_text(".person-menu > summary")
    # A callback of the signed-in person passes with the token that came after signing in.
    page.fill("#search", "东河")
    page.get_by_role("option").first.wait_for()
    page.click(".person-menu > summary")
    shoot(page, f"menu_{host}")
    page.click('.person-links a[href="/account"]')
    page.click("button[type=submit]")
    page.wait_for_url("**/login?said=out")
    page.goto(f"http://{host}:{served}/account")
    assert page.url.endswith("/login?next=/account")
    context.close()


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
def test_the_forms_fit_their_window_and_say_all_in_one_language(
    chromium, served, office, language, size
):
    width, height = size
    context = chromium.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    faults = []
    page.on("console", lambda told: faults.append(told.text) if told.type == "error" else None)
    page.goto(f"http://{HOST}:{served}/login?lang={language}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.get_attribute("html", "lang") == {"zh": "zh-CN", "en": "en"}[language]
    shoot(page, f"login_{language}_{width}")
    page.goto(f"http://{HOST}:{served}/login/code")
    shoot(page, f"code_{language}_{width}")
    assert page.get_attribute("html", "lang") == {"zh": "zh-CN", "en": "en"}[language]
    page.goto(f"http://{HOST}:{served}/login")
    fill_in(page, _people.account(office, "planner")[1])
    page.wait_for_url("**/desk*")
    page.goto(f"http://{HOST}:{served}/account")
    shoot(page, f"account_{language}_{width}")
    page.goto(f"http://{HOST}:{served}/account/second")
    shoot(page, f"second_{language}_{width}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert faults == []
    page.goto(f"http://{HOST}:{served}/")
    page.wait_for_selector(".headline")
    shoot(page, f"home_{language}_{width}")
    context.close()
