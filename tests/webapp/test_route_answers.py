"""Findings name the sites that they are about, in both languages; so do proposed ways."""

import pytest

from webapp.route_answers import finding, why_no_more, with_reported

REPORTED = {
    "code": "reported_site", "level": "warning", "metres": 40.2,
    "facts": {
        "site": "R-3", "name": "西河村道路中断（上报3）", "kind": "other",
        "report_kind": "road_blocked", "reported_at": "2026-07-01 10:05",
    },
}  # fmt: skip
CROSSED = {
    "code": "hazard_crossing", "level": "warning", "metres": 50.0,
    "facts": {"kind": "waterlogging", "sites": ["H1", "H2"], "named": [["H1", "西塘"]]},
}  # fmt: skip


def test_a_reported_site_is_told_by_number_kind_and_time():
    assert finding(REPORTED, "zh")["sentence"] == (
        "有 40 m 穿过现场上报、已核实的隐患 R-3（道路中断，2026-07-01 10:05 上报）："
        "西河村道路中断（上报3）。"
    )
    assert finding(REPORTED, "en")["sentence"].startswith(
        "40 m run through R-3, verified from a report of 2026-07-01 10:05 (road blocked)"
    )


def test_a_crossing_names_the_first_sites_and_counts_the_rest():
    assert finding(CROSSED, "zh")["sentence"] == "有 50 m 穿过易涝点：西塘（H1）等，另有 1 处。"
    assert finding(CROSSED, "en")["sentence"] == (
        "50 m run through a waterlogging spot: 西塘 (H1) and 1 more."
    )
    # What was stored before sites were named is told as it was.
    old = {**CROSSED, "facts": {"kind": "waterlogging", "sites": ["H1"]}}
    assert finding(old, "zh")["sentence"] == "有 50 m 穿过易涝点。"


@pytest.mark.parametrize(
    ("language", "told"), [("zh", "穿过上报隐患 R-3 40 m"), ("en", "40 m through reported R-3")]
)
def test_a_proposed_way_through_a_reported_site_says_so_with_its_metres(language, told):
    assert with_reported("1 km", [CROSSED, REPORTED], language) == f"1 km · {told}"
    assert with_reported("1 km", [CROSSED], language) == "1 km"
    assert "R-" not in (why_no_more("through_reported", language) or "R-")
