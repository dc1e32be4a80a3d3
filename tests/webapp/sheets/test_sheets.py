"""Sheets are printed from a real database and read back out of the PDF."""

import io
import re
from dataclasses import replace

import numpy as np
import pypdf
import pypdfium2
import pytest
import segno

from census.errors import UnknownDivisionError
from census.products.printing import sheet_fingerprint
from geo.errors import ParameterError
from geo.vocabulary import UnservedReason, UnusableReason
from webapp.sheets import render
from webapp.sheets.actions import actions
from webapp.sheets.batch import Order, print_many, print_share
from webapp.sheets.gathering import gather
from webapp.sheets.ground import draw_water
from webapp.sheets.legend import Legend
from webapp.sheets.page import to_pdf
from webapp.sheets.sentences import duties, shelters
from webapp.sheets.sheet import write_sheet
from webapp.sheets.words import Words

WEST, EAST, TOWN = "990001001001", "990001001002", "990001001000"
MM_PER_PT = 25.4 / 72


@pytest.fixture(scope="module")
def pdfs(small_district):
    return {
        (kind, code): render(small_district, kind, code, address="http://bureau.test:8050")
        for kind in ("risk", "evacuation")
        for code in (WEST, EAST)
    }


def text_of(pdf):
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)


def squeezed(text):
    return re.sub(r"\s+", "", text)


def test_every_page_is_a3_landscape(pdfs):
    for pdf in pdfs.values():
        for page in pypdf.PdfReader(io.BytesIO(pdf)).pages:
            width, height = (float(side) * MM_PER_PT for side in page.mediabox[2:])
            assert (width, height) == pytest.approx((420, 297), abs=0.01)


def test_the_risk_sheet_can_be_searched_for_title_class_site_post_and_edition(pdfs):
    text = squeezed(text_of(pdfs["risk", WEST]))
    for word in (
        "西河村风险隐患分布图",
        "较高",
        "水深大。",
        "西河低洼地",
        "村主任",
        "FZ-1",
        "1:7500",
    ):
        assert word in text


def test_the_evacuation_sheet_says_who_goes_where_and_who_has_no_place(pdfs):
    text = squeezed(text_of(pdfs["evacuation", WEST]))
    assert "西河一组（100人）：70人走1号路线到东河小学" in text
    assert "西河一组：还有10人没有去处（没有空位）" in text
    assert "不可用（水太深）：西河祠堂" in text


def test_people_of_a_group_without_a_known_place_count_for_the_village(pdfs):
    assert "东河村：还有10人没有去处" in squeezed(text_of(pdfs["evacuation", EAST]))


def test_made_up_data_says_so_in_title_and_foot(pdfs):
    assert text_of(pdfs["risk", WEST]).count("made up") >= 2


def test_what_was_not_delivered_is_named(pdfs):
    assert "未交付：集合点" in squeezed(text_of(pdfs["evacuation", WEST]))


def test_the_legend_holds_only_what_is_shown(pdfs):
    text = squeezed(text_of(pdfs["risk", EAST]))
    assert "未评估" in text
    assert "风险高" not in text
    assert "转移路线（编号）" not in text


def test_rivers_and_sea_stand_in_the_legend_of_the_village_that_shows_them(pdfs):
    assert "河流、湖塘" in squeezed(text_of(pdfs["risk", WEST]))
    assert "海域" in squeezed(text_of(pdfs["risk", EAST]))


def test_where_no_water_was_delivered_none_is_drawn_and_the_legend_has_none(small_district):
    content = gather(small_district, "risk", WEST)
    legend = Legend(Words("zh"))
    assert "path" in draw_water(content.frame, content.shapes["water"], legend)
    assert set(legend.entries) == {"water_inland"}
    nothing = Legend(Words("zh"))
    assert draw_water(content.frame, content.shapes["water"].iloc[:0], nothing) == ""
    assert nothing.entries == {}


def test_fonts_are_embedded_cid_subsets_of_noto(pdfs):
    for pdf in pdfs.values():
        for page in pypdf.PdfReader(io.BytesIO(pdf)).pages:
            fonts = [font.get_object() for font in page["/Resources"]["/Font"].values()]
            assert fonts
            for font in fonts:
                inner = font["/DescendantFonts"][0].get_object()
                assert font["/Subtype"] == "/Type0"
                assert "Noto" in str(inner["/BaseFont"])
                descriptor = inner["/FontDescriptor"]
                assert {"/FontFile2", "/FontFile3"} & set(descriptor)


def test_the_drawing_is_vector(pdfs):
    for pdf in pdfs.values():
        assert not [
            image for page in pypdf.PdfReader(io.BytesIO(pdf)).pages for image in page.images
        ]


def test_the_scale_bar_measures_what_it_says(pdfs):
    # 1:7 500: 200 m are 26.67 mm; the bar's dark blocks are the first and the third quarter.
    document = pypdfium2.PdfDocument(pdfs["risk", WEST])
    scale = 300 / 72
    pixels = np.asarray(document[0].render(scale=scale, grayscale=True).to_numpy()).squeeze()
    document.close()
    mm = 25.4 / 300
    lower_left = pixels[int(245 / mm) : int(262 / mm), int(14 / mm) : int(90 / mm)] < 90
    rows = lower_left.sum(axis=1)
    dark = np.flatnonzero(lower_left[int(np.argmax(rows))])
    assert (dark[-1] - dark[0]) * mm == pytest.approx(200 / 7500 * 1000, abs=0.35)


def test_the_fixed_link_stands_beside_the_code(pdfs):
    assert f"http://bureau.test:8050/village/{WEST}" in squeezed(text_of(pdfs["risk", WEST]))


def test_english_leads_where_asked(small_district):
    text = text_of(render(small_district, "risk", WEST, "en"))
    assert "西河村 Risk and hazard map (flood)" in text
    assert "Flood risk of 西河村: rather high." in text


def test_the_same_state_gives_the_same_fingerprint(small_district):
    first = sheet_fingerprint(small_district, "zh", "http://a")
    assert first == sheet_fingerprint(small_district, "zh", "http://a")
    assert first != sheet_fingerprint(small_district, "en", "http://a")


def test_a_code_that_does_not_exist_is_refused(small_district):
    with pytest.raises(UnknownDivisionError, match="No division of"):
        render(small_district, "risk", "999999999999")


def test_a_town_has_no_village_sheet(small_district):
    with pytest.raises(UnknownDivisionError, match=TOWN):
        render(small_district, "risk", TOWN)


def test_a_kind_that_does_not_exist_is_refused(small_district):
    with pytest.raises(ParameterError, match="risk and evacuation"):
        render(small_district, "weather", WEST)


def test_two_processes_print_the_same_bytes_as_one(small_district, cluster_settings):
    order = Order(place=small_district.place, kind="risk", language="zh", address="http://a")
    codes = [WEST, EAST, WEST]
    together = list(print_many(cluster_settings, order, codes, share=1))
    alone = list(print_share(cluster_settings, order, codes))
    assert [sheet.code for sheet in together] == codes
    assert [sheet.pdf for sheet in together] == [sheet.pdf for sheet in alone]


def test_the_first_words_beside_the_map_say_where_to_go(pdfs):
    text = squeezed(text_of(pdfs["evacuation", WEST]))
    assert text.index("怎么走") < text.index("西河一组（") < text.index("图例")
    assert text.index("图例") < text.index("责任清单")


def test_a_group_split_over_three_ways_gets_a_table_under_one_sentence(small_district):
    content = gather(small_district, "evacuation", WEST)
    card = content.routes[0]
    ways = [replace(card, people=20, minutes=7.4, length_m=1234.0)] * 3
    section = actions(replace(content, routes=ways), Words("zh"))
    rows = [block for block in section.blocks if block.head]
    assert len(rows) == 3
    assert "西河一组（60 人）：分走 3 条路线。" in rows[0].head.html
    assert all(word in rows[2].html for word in (">3<", ">20<", ">7<", ">1.2 km<"))


def test_the_foot_says_each_value_once(pdfs):
    text = squeezed(text_of(pdfs["risk", WEST]))
    assert "规则版本ruleedition" in text
    assert text.count("EPSG:4549") == 1


def html_of(blocks):
    return "".join(block.html for block in blocks)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("reason", list(UnusableReason))
def test_every_reason_against_a_shelter_is_told_in_both_languages(small_district, language, reason):
    content = gather(small_district, "evacuation", WEST)
    closed = [
        replace(card, usable=False, unusable_reason=reason.value, name=f"Hall {number}")
        for number, card in enumerate([content.shelters[0]] * 2)
    ]
    text = html_of(shelters(replace(content, shelters=closed), Words(language)).blocks)
    names = "Hall 0、Hall 1" if language == "zh" else "Hall 0, Hall 1"
    assert text.count(names) == 1
    assert reason.zh in text
    assert reason.en in text


@pytest.mark.parametrize("reason", list(UnservedReason))
def test_every_reason_for_people_without_a_place_is_told_in_both_languages(small_district, reason):
    content = gather(small_district, "evacuation", WEST)
    gaps = [replace(content.gaps[0], reason=reason.value)]
    text = html_of(actions(replace(content, gaps=gaps), Words("en")).blocks)
    assert f"10 people have no place yet ({reason.en})" in text
    assert f"（{reason.zh}）" in text


def test_one_person_is_not_written_as_several(small_district):
    content = gather(small_district, "evacuation", WEST)
    gaps = [replace(content.gaps[0], people=1)]
    text = html_of(actions(replace(content, gaps=gaps), Words("en")).blocks)
    assert "1 person has no place yet" in text
    assert Words("en").first("labels_dropped", count=1).startswith("1 label had")


def test_an_english_sheet_lists_with_commas(small_district):
    text = text_of(render(small_district, "evacuation", WEST, "en"))
    leading = [line for line in text.splitlines() if line.isascii() or "Not delivered" in line]
    assert not [line for line in leading if "、" in line]


def test_a_village_whose_residents_are_not_known_is_not_told_to_stay(small_district):
    content = gather(small_district, "evacuation", WEST)
    nobody = replace(content.demand, people=0, demand_people=0, served_people=0, unserved_people=0)
    unknown = replace(
        content, village=replace(content.village, people=None), demand=nobody, routes=[], gaps=[]
    )
    text = html_of(actions(unknown, Words("en")).blocks)
    assert "not known" in text
    assert "Stay at home" not in text
    assert "Stay at home" in html_of(
        actions(replace(content, demand=nobody, routes=[], gaps=[]), Words("en")).blocks
    )


@pytest.mark.parametrize(
    "name",
    ["W" * 300, "<b>村</b> & </svg>", "\u05d0\u05d1\u05d2 " * 12, "\U0001f30a" * 30, "村" * 60],
)
def test_a_hostile_name_neither_breaks_the_sheet_nor_makes_a_page_overflow(small_district, name):
    content = gather(small_district, "evacuation", WEST)
    hostile = replace(
        content,
        village=replace(content.village, name=name),
        shelters=[replace(card, name=name) for card in content.shelters],
        routes=[replace(card, shelter_name=name, unit_name=name) for card in content.routes],
        duties=[replace(card, post=name, task=name) for card in content.duties],
    )
    html = write_sheet(hostile, Words("zh"))
    assert "<b>村</b>" not in html
    assert to_pdf(html).startswith(b"%PDF")
    for section in (actions(hostile, Words("zh")), duties(hostile, Words("zh"))):
        assert all(block.height_mm > 0 for block in section.blocks)


@pytest.mark.parametrize("kind", ["risk", "evacuation"])
@pytest.mark.parametrize("code", [WEST, EAST])
def test_the_text_of_a_sheet_holds_every_duty_and_every_route_once(
    pdfs, small_district, kind, code
):
    content, text = gather(small_district, kind, code), squeezed(text_of(pdfs[kind, code]))
    assert content.duties or code == EAST
    for card in content.duties:
        assert text.count(squeezed(card.task)) == 1
    if kind == "evacuation":
        for number, card in enumerate(content.routes, start=1):
            assert (
                text.count(squeezed(f"{card.people}人走{number}号路线到{card.shelter_name}")) == 1
            )


def test_a_sheet_is_smaller_than_2_mb(pdfs):
    assert all(len(pdf) < 2_000_000 for pdf in pdfs.values())


def test_the_code_drawn_holds_the_fixed_link_of_the_village(small_district):
    html = write_sheet(gather(small_district, "risk", WEST), Words("zh"), address="http://b.test/")
    code = segno.make(f"http://b.test/village/{WEST}", error="m", micro=False)
    drawn = re.search(r' d="([^"]+)"', code.svg_inline(border=2)).group(1)
    assert drawn in html
