"""Axe, the judge of accessibility, walks every page in both languages, on a desk and on a phone."""

from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from uuid import uuid4

import pytest

from census.intake.proposing import propose_files, work_on
from census.products.coping_capacity import run_capacity
from census.products.parameters import load_parameters
from census.store.actors import Actor, Grant
from census.store.commands import set_totp
from census.store.report_commands import send_report
from census.store.report_statements import Sent, Statement
from census.store.rights import rights
from census.store.settings import data_folder
from tests.webapp.pages.signed_in import PASSWORD, Browser, account
from webapp import gate, identity

AXE = Path(__file__).resolve().parents[2] / "vendor" / "axe.min.js"
TOWN, WEST, ROUTE = "990001001000", "990001001001", "R1"
EVERYWHERE = (Grant("data_officer"),)
GRAVE = {"serious", "critical"}
JUDGE = """async () => (await axe.run(document, {
  resultTypes: ["violations"], rules: { "target-size": { enabled: true } },
})).violations.flatMap(({ id, impact, nodes }) =>
  nodes.map(({ target, html, any }) => [impact, [`${id}: ${target.join(" ")}`, html.slice(0, 160),
    ...any.map(({ message, relatedNodes: by }) => `${message}: ${by.map((each) => each.html)}`),
  ].join(" ")]))"""
# Set by script: the pages' policy lets no markup bring a style of its own.
FAULTY = """() => {
  const add = (tag, style, rest) => {
    const made = Object.assign(document.createElement(tag), rest);
    Object.assign(made.style, style);
    document.querySelector("main").prepend(made);
  };
  const small = { width: "9px", height: "9px", padding: "0", minHeight: "0" };
  add("img", {}, { src: "x" });
  add("p", { color: "#ccc", background: "#fff" }, { textContent: "浅色小字" });
  add("button", small, {});
  add("button", small, { ariaLabel: "x" });
}"""
# Asked by scripts and machines, or answered by a file.
NO_PAGES = {
    "/_dash-layout", "/_dash-dependencies", "/assets/<path:filename>", "/theme.css",
    "/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>", "/_favicon.ico",
    "/changes/<int:number>.<kind>", "/changes/<int:number>/faults.csv",
    "/healthz", "/readyz", "/audit.csv", "/report/<path:name>", "/village/<code>/<kind>.pdf",
    "/zonings/<number>/report.pdf",
}  # fmt: skip

pytestmark = [pytest.mark.postgis, pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def origin(served):
    """Where the pages are."""
    return f"http://127.0.0.1:{served}"


@pytest.fixture(scope="module")
def people(app, office):
    """A browser's cookie per person; None is a visitor."""

    def hold(*roles):
        return Browser(app, office).hold(account(office, *roles, password=False)[0]).cookie

    roles = (
        "planner",
        "approver",
        "town_admin",
        "security_admin",
        "auditor",
        "officer",
        "data_officer",
    )
    cookies = {role: hold(role) for role in (*roles, "verifier")}
    one, name = account(office, "planner")
    with app.server.app_context():
        set_totp(office, Actor(one, "某人"), secret=identity.factors().generate_totp_secret())
    halfway = Browser(app, office)
    assert halfway.sign_in(name, PASSWORD).headers["Location"] == "/login/second"
    return {**cookies, "halfway": halfway.cookie, None: None}


@pytest.fixture(scope="module")
def somebody(office):
    """An account that the security administrator looks at."""
    return account(office, "officer", password=False)[0]


@pytest.fixture(scope="module")
def waiting(office):
    """A report that somebody has to decide on."""
    rules = load_parameters(data_folder(), "hazard_reports")
    sent = Sent(
        device="d", sequence=1, written_at=datetime.now(UTC), clock_off_s=0.0,
        content_sha256="0" * 64,
    )  # fmt: skip
    made = Statement(
        id=uuid4(), x=121.002, y=31.004, accuracy_m=80.0, place_source="gps", kind="collapse",
        severity=3, words="堤脚渗水", sent=sent,
    )  # fmt: skip
    other = Actor(account(office, "officer", password=False)[0], "另一人", (Grant("officer"),))
    send_report(office, other, statement=made, limits=rules)
    return made.id


@pytest.fixture(scope="module")
def proposed(office, tmp_path_factory):
    """A delivery that waits for a yes: a site that enters, and one whose hazard nobody knows."""
    path = tmp_path_factory.mktemp("proposed") / "sites.csv"
    path.write_text(
        "编号,名称,种类,灾种,经度,纬度\nH-axe,点一,内涝点,洪涝,121.002,31.004\n"
        "H-odd,点二,内涝点,未知,121.002,31.004\n", encoding="utf-8",
    )  # fmt: skip
    actor = Actor(account(office, "data_officer", password=False)[0], "某人", EVERYWHERE)
    number = propose_files(office, actor, "hazard_sites", [path], {"source_crs": "EPSG:4490"})
    work_on(office, number)
    return number


@pytest.fixture(scope="module", autouse=True)
def assessed(office):
    """Coping capacity of the small district, of which little is known."""
    run_capacity(office, parameters={"quality": {"least_weight_share": 0.1}})


@pytest.fixture(scope="module")
def chromium(people, somebody, waiting, proposed, chromium):  # noqa: ARG001  (a browser's loop and Flask's client do not mix)
    assert AXE.exists(), "set-up copies axe to tests/vendor; run .ci/setup"
    return chromium


@contextmanager
def crowded(app, action):
    """Take every place that visitors have for an action."""
    turns, inside = app.server.extensions[gate.TURNS][action], 0
    while turns.queue_up():
        inside += 1
    yield
    for _ in range(inside):
        turns.leave()


class Walk:
    """A walk over pages in one language and size; what axe finds grave is kept with its place."""

    def __init__(self, chromium, origin, people):
        self.chromium, self.origin, self.people = chromium, origin, people
        self.size, self.language, self.found = None, None, []

    @contextmanager
    def page(self, who=None):
        width, height = self.size
        is_phone = width < 760
        context = self.chromium.new_context(
            viewport={"width": width, "height": height}, has_touch=is_phone, is_mobile=is_phone
        )
        cookies = {"language": self.language, "riskatlas_session": self.people[who]}
        context.add_cookies(
            [{"name": n, "value": v, "url": self.origin} for n, v in cookies.items() if v]
        )
        context.add_init_script(path=str(AXE))
        yield context.new_page()
        context.close()

    def judge(self, page, name):
        told = page.evaluate(JUDGE)
        self.found += [f"{name}: {fault}" for impact, fault in told if impact in GRAVE]

    def visit(self, path, *acts, who=None, ready="h1"):
        with self.page(who) as page:
            page.goto(self.origin + path)
            page.wait_for_selector(ready, state="attached")
            for act in acts:
                act(page)
            self.judge(page, f"{who or 'visitor'} {path}")


@pytest.fixture
def walk_in(chromium, origin, people, proposed):
    """Begin a walk in a size and a language."""

    def begin(size, language):
        walk = Walk(chromium, origin, people)
        walk.size, walk.language, walk.proposed = size, language, proposed
        return walk

    return begin


def fold_out(page):
    """Open whatever is folded, as a reader would; on a phone the sheet is pulled up."""
    page.evaluate(
        "document.querySelectorAll('details:not(.person-menu)')"
        ".forEach(each => { each.open = true; })"
    )
    page.evaluate("document.documentElement.dataset.sheet = 'full'")


def open_menu(page):
    """Open the menu of the person, which covers what lies below it until it is closed."""
    page.click(".person-menu > summary")


def search(page):
    page.fill("#search", "河")
    page.get_by_role("option").first.wait_for()


def look_at_versions(page):
    page.click("[data-drawer-tab=review]")
    page.wait_for_selector("[data-version]")
    page.locator("[data-version] button").first.click()


def propose(page):
    page.click("[data-tool=propose]")
    page.wait_for_selector("[data-tool=propose]:not(:disabled)")


def lose_the_token(page):
    page.evaluate("document.querySelector('[name=csrf_token]').remove()")
    page.fill("#name", "x")
    page.fill("#password", "x")
    page.click("button[type=submit]")
    page.wait_for_function("document.title.endsWith('400')")


MAP = ".leaflet-ra-villages-pane path"
EDITOR = "[data-drawer-tab]"


def visitors_pages(walk, _somebody):
    walk.visit("/", fold_out, search, ready=MAP)
    walk.visit(f"/town/{TOWN}", fold_out, ready=MAP)
    walk.visit(f"/village/{WEST}", fold_out, ready=".leaflet-ra-routes-pane path")
    walk.visit("/nowhere", ready=".fault")
    walk.visit("/desk", ready=".entry-card")
    walk.visit("/login")
    walk.visit("/login/code")
    walk.visit("/login/second", who="halfway", ready="[name=code]")


def zonings(walk, _somebody):
    walk.visit("/zonings", who=None)
    walk.visit("/zonings/FZ-1", who=None)
    walk.visit("/zonings/FZ-1/against/FZ-1", who=None)
    walk.visit("/zonings/FZ-1/what-if", who="planner")


def losses(walk, _somebody):
    walk.visit("/losses", fold_out, who=None)
    walk.visit("/losses", fold_out, who="planner")
    walk.visit(f"/losses/{TOWN}", who="planner")
    walk.visit(f"/losses/{WEST}", who="planner")
    walk.visit("/curves", who=None)


def own_pages(walk, _somebody):
    walk.visit("/", fold_out, who="planner", ready=MAP)
    walk.visit("/", open_menu, who="planner", ready=MAP)
    walk.visit("/account", who="planner")
    walk.visit("/account/password", who="planner")
    walk.visit("/account/second", who="planner")


def desks(walk, _somebody):
    walk.visit("/desk", fold_out, who="planner", ready="[data-route]")
    walk.visit("/not-found", who="planner", ready=".fault")
    walk.visit(f"/route/{ROUTE}", fold_out, propose, who="planner", ready="[data-tool=save]")
    walk.visit(f"/route/{ROUTE}", look_at_versions, who="planner", ready="[data-tool=save]")
    walk.visit(f"/route/{ROUTE}", look_at_versions, who="approver", ready=EDITOR)
    walk.visit(f"/route/{ROUTE}", fold_out, who="town_admin", ready=EDITOR)


def reported(page):
    """Open the report that waits."""
    page.click(".report-open")
    page.wait_for_selector(".report-card")


def fill_in(page):
    page.wait_for_selector("#kinds button")
    page.click("#kinds [data-value=flood]")
    page.click("#severities [data-value='3']")
    page.click("#send")
    page.wait_for_function("() => document.getElementById('missing').textContent !== ''")


def look_at_mine(page):
    page.click("[data-tab=mine]")
    page.wait_for_selector("#mine:not([hidden])")


def reports(walk, _somebody):
    walk.visit("/reports", reported, fold_out, who="verifier", ready=".report-open")
    walk.visit("/report", fill_in, fold_out, who="officer", ready="#send")
    walk.visit("/report", look_at_mine, who="officer", ready="#send")
    walk.visit("/report", ready="#send")


def offices(walk, somebody):
    keeper = "security_admin"
    walk.visit("/accounts", who=keeper)
    walk.visit("/accounts/new", who=keeper)
    walk.visit("/accounts/roles", who=keeper)
    walk.visit(f"/accounts/{somebody}", who=keeper)
    walk.visit(f"/accounts/{somebody}/close", who=keeper)
    walk.visit(f"/accounts/{somebody}/code", who=keeper)
    walk.visit("/screens", who=keeper)
    walk.visit("/audit", fold_out, who="auditor")
    walk.visit("/audit/chain", who="auditor")


def census(walk, _somebody):
    walk.visit("/census", who="data_officer")
    walk.visit("/census/shelters", who="data_officer")
    walk.visit(f"/census/divisions/{WEST}", who="data_officer")
    walk.visit("/census/checks", who="data_officer")
    walk.visit("/capacity", who="data_officer")
    walk.visit(f"/capacity/{WEST}", who="data_officer")
    walk.visit("/changes", who="data_officer")
    walk.visit(f"/changes/{walk.proposed}", who="data_officer")


# Rule of a route or page -> the walk that comes by.
WALKED = {
    visitors_pages: [
        "/", "/<path:path>", "/town/<code>", "/village/<code>", "/login", "/login/second",
        "/login/code",
    ],
    zonings: [
        "/zonings", "/zonings/<number>", "/zonings/<number>/against/<other>",
        "/zonings/<number>/what-if",
    ],
    losses: ["/losses", "/losses/<code>", "/curves"],
    own_pages: ["/account", "/account/password", "/account/second"],
    reports: ["/report", "/reports"],
    desks: ["/desk", "/not-found", "/route/<code>"],
    offices: [
        "/accounts", "/accounts/new", "/accounts/roles", "/accounts/<account_id>",
        "/accounts/<account_id>/close", "/accounts/<account_id>/code", "/audit", "/audit/chain",
        "/screens",
    ],
    census: [
        "/census", "/census/<form_name>", "/census/<form_name>/<path:code>", "/census/checks",
        "/capacity", "/capacity/<code>", "/changes", "/changes/<int:number>",
    ],
}  # fmt: skip


def test_every_page_is_walked():
    routes = {rule for rule, methods in rights().routes.items() if "GET" in methods}
    pages = {rule for rule in routes - NO_PAGES if not rule.startswith("/api/")}
    assert pages | set(rights().pages) == set(chain.from_iterable(WALKED.values()))


SIZES = pytest.mark.parametrize("size", [(1440, 900), (390, 844)], ids=["desk", "phone"])


@pytest.mark.parametrize("pages", WALKED)
@pytest.mark.parametrize("language", ["zh", "en"])
@SIZES
def test_axe_finds_nothing_grave_on_any_page(walk_in, somebody, size, language, pages):
    walk = walk_in(size, language)
    pages(walk, somebody)
    assert walk.found == []


@SIZES
def test_axe_finds_nothing_grave_where_somebody_is_refused_or_waits(walk_in, app, size):
    walk = walk_in(size, "zh")
    walk.visit("/village/nowhere/risk.pdf", ready="p")
    walk.visit("/accounts", who="planner", ready="p")
    walk.visit("/login", lose_the_token)
    with crowded(app, gate.READ):
        walk.visit("/", ready="p")
    with crowded(app, gate.SHEET):
        walk.visit(f"/village/{WEST}/risk.pdf", ready="p")
    assert walk.found == []


def test_a_page_with_known_faults_is_found_out(walk_in, origin):
    """The control: without it a judge that sees nothing would pass for one who finds nothing."""
    walk = walk_in((1440, 900), "zh")
    with walk.page() as page:
        page.goto(f"{origin}/login")
        page.evaluate(FAULTY)
        walk.judge(page, "control")
    kinds = {told.split(": ")[1] for told in walk.found}
    assert {"image-alt", "button-name", "target-size", "color-contrast"} <= kinds
