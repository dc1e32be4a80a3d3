"""The report of a run on paper: all that its page says, searchable, in both languages."""

import io
import json
import tomllib

import pypdf
import pytest
from sqlalchemy import text

from census.errors import UnknownRunError
from census.store.settings import data_folder
from census.store.zoning_runs import kept_run
from geo.errors import ParameterError
from tests.webapp.pages.signed_in import Browser
from webapp.sheets import render
from webapp.zoning_report import report_html

pytestmark = pytest.mark.postgis

COPY = """
insert into census.zoning_run (number, hazard, made_at, data_date, rule_edition, code_version,
    parameters, inputs, is_current, scheme, summary)
select 'FZ-R', hazard, made_at, data_date, rule_edition, code_version,
    cast(:parameters as jsonb), cast(:inputs as jsonb), false, scheme, cast(:summary as jsonb)
from census.zoning_run where number = 'FZ-1'
"""
SUMMARY = {
    "depth_classes": {
        "rmse_m": 0.3, "limits_m": [0.5, 1.0, 2.0], "merged_m": [0.15],
        "people": [10.0, 2.0, 0.0, 0.0], "area_m2": [5e6, 1e6, 0.0, 0.0],
    },
    "movers": {
        "units": 2, "unknown": [],
        "inputs": [
            {"name": "depth", "low": {"rose": 0, "fell": 1}, "high": {"rose": 2, "fell": 0},
             "swing": 0.1, "codes": ["990001001001"]},
        ],
    },
    "unsure": {"village": 1, "town": 0, "grid_unit": 0},
}  # fmt: skip


@pytest.fixture
def full_run(office):
    """A run that tells of everything a run can tell of."""
    method = tomllib.loads((data_folder() / "methods" / "flood_zoning.toml").read_text("utf-8"))
    inputs = {"layers": {"people": {"rows": 2, "sha256": "ab" * 32}}, "fingerprint": "x"}
    values = {"parameters": method, "inputs": inputs, "summary": SUMMARY}
    with office.begin() as connection:
        connection.execute(text(COPY), {name: json.dumps(each) for name, each in values.items()})
    yield "FZ-R"
    with office.begin() as connection:
        connection.execute(text("delete from census.zoning_run where number = 'FZ-R'"))


def pages_of(pdf):
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]


def test_a_report_is_a4_and_tells_method_inputs_doubt_and_what_nobody_checked(office, full_run):
    pdf = render(office, "run", full_run, "en", address="https://risk.test/")
    width, height = pypdf.PdfReader(io.BytesIO(pdf)).pages[0].mediabox[2:]
    assert (float(width), float(height)) == pytest.approx((595.28, 841.89), abs=0.05)
    told = " ".join(" ".join(pages_of(pdf)).split())
    for sentence in (
        "Report of a risk zoning: flood", "FZ-R", "Limits by natural breaks", "0.15 m are refused",
        "2 up, 0 down", "RMSE 0.3 m", "limit_per_rmse", "待核", "https://risk.test/zonings/FZ-R",
        "Reviewed by", "(n = 0)",
    ):  # fmt: skip
        assert sentence.casefold() in told.casefold()
    assert "ab" * 32 in told.replace(" ", "")


def test_the_same_run_is_told_in_chinese_and_asks_for_nothing_from_outside(office, full_run):
    assert "洪涝风险区划报告" in "".join(pages_of(render(office, "run", full_run, "zh")))
    html = report_html(office, kept_run(office, full_run), "zh")
    assert "<script" not in html
    assert "src=" not in html
    assert "href=" not in html


def test_a_run_of_before_is_printed_without_what_it_did_not_tell(office):
    told = " ".join(pages_of(render(office, "run", "FZ-1", "en")))
    assert "FZ-1" in told
    assert "What moves levels most" not in told


def test_a_run_that_is_not_there_and_a_language_that_is_none_are_refused(office):
    with pytest.raises(UnknownRunError, match="FZ-9"):
        render(office, "run", "FZ-9")
    with pytest.raises(ParameterError, match="zh or en"):
        render(office, "run", "FZ-1", "fr")


def test_a_visitor_takes_the_report_from_the_page_of_the_run(app, office):
    visitor = Browser(app, office)
    assert "/zonings/FZ-1/report.pdf?lang=en" in visitor.get("/zonings/FZ-1?lang=en").text
    answer = visitor.get("/zonings/FZ-1/report.pdf?lang=en")
    assert answer.status_code == 200
    assert answer.data.startswith(b"%PDF")
    assert visitor.get("/zonings/FZ-9/report.pdf").status_code == 404
