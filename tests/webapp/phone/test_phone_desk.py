"""Phone and desk together: a report is seen at once, returned, added to, accepted."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect
from sqlalchemy import text

from tests.webapp.pages.signed_in import account
from tests.webapp.phone.taps import (
    PLACE,
    TOWN,
    arrived,
    noise,
    photograph,
    sent,
    sign_in,
    wait_for_words,
    write,
)

pytestmark = [pytest.mark.postgis, pytest.mark.browser, pytest.mark.slow]
# Whatever an answer that has come leads to is done.
DRAWN = "() => new Promise((later) => requestAnimationFrame(() => setTimeout(later)))"


def weigh_beside_a_route(desk):
    """55 m beside a route the desk names it, draws it and the extent, and asks for a reason."""
    past = desk.locator("[data-route-nearest]")
    expect(past).to_contain_text("范围内没有现行路线；最近的一条在上报点 55 米外")
    legend = desk.locator("[data-extent-legend]")
    expect(legend).to_have_text(["采纳后的隐患点范围（半径 20 米）", "范围外最近的现行路线"])
    assert desk.locator(".report-path-extent, .report-path-nearest").count() == 2
    desk.fill("[name=radius]", "33")
    expect(legend.first).to_have_text("采纳后的隐患点范围（半径 33 米）")
    desk.click("[data-act=return]")
    fault = desk.locator("#report-fault-reason")
    expect(fault).to_have_text("请先写退回理由，上报人要据此补充。")
    expect(desk.locator("[name=reason]")).to_be_focused()


def waits_for_the_officer(desk, number):
    """The list says for whom a returned report waits; no extent is proposed meanwhile."""
    row = desk.locator("[data-report-row]", has_text=f"{number} · ")
    expect(row.locator(".state-returned")).to_have_text("已退回，等上报人补充")
    expect(row).not_to_have_class("severity-3")
    expect(desk.locator(".report-path-extent")).to_have_count(0)


@pytest.fixture
def desk(chromium, served, desk_district):
    """The desk of reports before a verifier of the town."""
    verifier = account(desk_district, "verifier", scope=TOWN)[1]
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    page, faults = context.new_page(), []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    sign_in(page, served.address, verifier)
    page.goto(f"{served.address}/reports")
    page.wait_for_selector(".report-list")
    yield page
    context.close()
    assert faults == []


def reported(page, kind, words=""):
    """Send a report with a photo; give its number."""
    page.click("[data-tab=form]")
    write(page, kind, 3)
    page.fill("#text", words)
    photograph(page)
    since = arrived(page)
    page.click("#send")
    sent(page, since)
    return page.evaluate("officer.outbox.state.last.number")


def add(page, words):
    """Add a photo and a word to the report that came last."""
    more = page.locator("#reports .more").first
    more.locator("summary").click()
    file = {"name": "near.jpg", "mimeType": "image/jpeg", "buffer": noise(300, 200)}
    more.locator("input[type=file]").first.set_input_files(file)
    expect(more.locator(".taken li")).to_have_count(1)
    more.locator("textarea").fill(words)
    expect(more.locator("[data-act=amend]")).to_be_enabled()
    more.locator("[data-act=amend]").click()


def row(desk, number):
    return desk.locator(".report-open", has_text=f"{number} · ")


def test_the_desk_sees_a_report_at_once_and_the_officer_what_became_of_it(phone, desk, officer):
    page = phone(officer, geolocation=PLACE | {"longitude": 121.005, "latitude": 31.0055})
    number = reported(page, "road_blocked", "<img src=x onerror=alert(1)>")
    expect(row(desk, number)).to_contain_text("道路中断 · 严重")
    row(desk, number).click()
    desk.wait_for_selector(".report-photos img")
    assert desk.locator(".report-words").first.inner_text() == "<img src=x onerror=alert(1)>"
    weigh_beside_a_route(desk)
    desk.fill("[name=reason]", "请拍路牌")
    desk.click("[data-act=return]")
    desk.wait_for_selector(".report-card .state-returned")
    waits_for_the_officer(desk, number)
    page.click("[data-tab=mine]")
    wait_for_words(page, "reports", "请拍路牌")
    since = arrived(page)
    add(page, "人民路口")
    sent(page, since)
    desk.wait_for_selector("[data-act=accept]")
    # What the verifier typed before is still there.
    expect(desk.locator("[name=radius]")).to_have_value("33")
    expect(desk.locator("[data-extent-legend]").first).to_contain_text("半径 33 米")
    expect(desk.locator(".report-card > .report-photos img")).to_have_count(2)
    desk.click("[data-act=accept]")
    desk.wait_for_selector(".report-card .state-accepted")


def test_an_open_card_shows_a_photo_that_comes_after_the_words_it_belongs_to(phone, desk, officer):
    page = phone(officer)
    number = reported(page, "building")
    row(desk, number).click()
    photos = desk.locator(".report-card > .report-photos img")
    expect(photos).to_have_count(1)
    # The verifier looked at the photo: the link has the focus, and nothing is being written.
    desk.locator(".report-card > .report-photos a").focus()
    page.click("[data-tab=mine]")
    page.context.route("**/api/reports/*/photos/*", lambda way: way.abort())
    since = arrived(page)
    add(page, "裂缝近照")
    expect(desk.locator(".report-card")).to_contain_text("还有 1 张照片没有到达")
    expect(photos).to_have_count(1)
    desk.fill("[name=reason]", "写到一半")
    page.context.unroute("**/api/reports/*/photos/*")
    page.evaluate("officer.outbox.hurry()")
    sent(page, since)
    expect(row(desk, number)).to_be_visible()
    # It waits until the box is left; what was written in it stays.
    expect(desk.locator("[name=reason]")).to_be_focused()
    desk.locator("[name=reason]").blur()
    expect(photos).to_have_count(2)
    expect(desk.locator("[name=reason]")).to_have_value("写到一半")


def hold(held, way):
    held.append(way)


def test_of_two_cards_asked_for_the_one_asked_for_last_stays_open(phone, desk, officer):
    page, held = phone(officer), []
    first, second = reported(page, "landslide"), reported(page, "tree_or_pole")
    expect(row(desk, second)).to_be_visible()
    number = row(desk, first).evaluate("(each) => each.closest('li').dataset.reportRow")
    desk.route(f"**/api/reports/{number}", lambda way: hold(held, way))
    with desk.expect_request(f"**/api/reports/{number}"):
        row(desk, first).click()
    row(desk, second).click()
    expect(desk.locator(".report-card h2")).to_contain_text(f"{second} · ")
    with desk.expect_response(f"**/api/reports/{number}"):
        held[0].continue_()
    desk.evaluate(DRAWN)
    expect(desk.locator(".report-card h2")).to_contain_text(f"{second} · ")


def test_a_card_of_which_nothing_is_new_is_not_drawn_again(phone, desk, officer):
    page = phone(officer)
    number = reported(page, "waterlogging")
    card = desk.locator(".report-card")
    row(desk, number).click()
    expect(card).to_contain_text(f"{number} · ")
    card.evaluate("(each) => { each.isStillThere = true; }")
    with desk.expect_response("**/api/reports/*-*"):
        row(desk, number).click()
    desk.evaluate(DRAWN)
    assert card.evaluate("(each) => each.isStillThere")


def test_a_visitor_sees_neither_photo_nor_list(chromium, served):
    with served.store.engine.connect() as connection:
        query = text("select report_id, sha256 from census.report_photo limit 1")
        report_id, sha256 = connection.execute(query).one()
    context = chromium.new_context()
    for path in (f"/api/reports/{report_id}/photos/{sha256}", "/api/reports", "/api/reports/mine"):
        answer = context.request.get(served.address + path)
        assert answer.status == 401
        assert urlsplit(answer.url).path == path
    context.close()
