"""Real files of others, a line for each: read rightly, or refused in a sentence that leads on.

The forms are those a data officer would try; where the census has none, the test declares one.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from shapely.geometry import box

from census.intake.checking import check
from census.intake.context import Context, no_divisions
from census.intake.forms import Form, form_named, read_form
from census.intake.grids import check_grid
from census.intake.reading import Delivery, read


def declared(name: str, geometry: str, key: str, fields: str) -> Form:
    """Declare a form in a line per field: name, heading, type, whether it is needed."""
    rows = [line.split() for line in fields.strip().splitlines()]
    text = "".join(
        f'[[fields]]\nname = "{each}"\nheading = "{heading}"\nlabel_en = "{each}"\n'
        f'type = "{kind}"\nrequired = {needed}\nrule_zh = "。"\nrule_en = "."\n'
        for each, heading, kind, needed in rows
    )
    head = f'label_zh = "{name}"\nlabel_en = "{name}"\ntable = "{name}"\norder = 1\n'
    keys = ", ".join(f'"{word}"' for word in key.split())
    return read_form(
        f'name = "{name}"\n{head}geometry = "{geometry}"\nkey = [{keys}]\n'
        f"needs_divisions = false\n{text}"
    )


WARNINGS = declared("warnings", "none", "message district location", """
    message Message_ID text true
    reported_on Report_Date date true
    reported_at Report_Time time true
    valid_from_on Valid_From_Date date true
    valid_from_at Valid_From_Time time true
    valid_to_on Valid_To_Date date true
    valid_to_at Valid_To_Time time true
    district District text true
    location Location text true
    level Level integer true
""")  # fmt: skip
AREAS = declared("areas", "polygon", "code", """
    code KEY_CODE text true
    town GST_NAME text false
    name MOJI text false
    people JINKO integer true
    households SETAI integer true
""")  # fmt: skip
OPEN_SHELTERS = declared("open_shelters", "point", "code", """
    code ID text true
    name 名称 text true
    people 人数 integer true
""")  # fmt: skip
DESIGNATED = declared("designated", "point", "identifier", """
    identifier 共通ID text true
    municipality code text true
    name 施設・場所名 text true
    flood 洪水 yes_no false
    landslide 崖崩れ、土石流及び地滑り yes_no false
    volcano 火山現象 yes_no false
""")  # fmt: skip
CODES = declared("codes", "none", "code", """
    code code text true
    name name text true
""")  # fmt: skip
NAMES = declared("names", "any", "name", "name NAME text true")
NAMES_ALONE = declared("names", "none", "name", "name NAME text true")
WIRES = declared("wires", "line", "number", """
    number dp_oid integer true
    kind sub_c_type text true
""")  # fmt: skip
ELECTIONS = declared("elections", "none", "place", """
    place polling_place_id text true
    day election_dt date true
""")  # fmt: skip
JOBS = declared("jobs", "none", "code", """
    code geoid text true
    unemployed unemployed number false
    unemployed_women unemployed_2 number false
""")  # fmt: skip
FLOODED = declared("flooded", "polygon", "", "name RW text false")
OUTLINES = declared("outlines", "polygon", "code", """
    code adcode text true
    name name text true
""")  # fmt: skip

SHELTERS = form_named("shelters")
# The real forms as they are, but for a column that these deliveries lack.
NO_KIND = replace(
    SHELTERS,
    name="shelters_without_kind",
    needs_divisions=False,
    fields=tuple(replace(each, required=each.name in {"code", "name"}) for each in SHELTERS.fields),
)
JAPAN, JAVA, NANTONG = (6668, 6677), (4326, 32748), (4490, 4549)


@dataclass(frozen=True)
class Line:
    """A file, the form and options it is tried with, and what a user expects of it."""

    path: str
    form: Form
    rows: int = 0
    crs: tuple[int, int] = JAPAN
    options: Mapping[str, Any] = field(default_factory=dict)
    refused: tuple[str, str] | None = None
    told: tuple[tuple[str, str], ...] = ()
    row_errors: tuple[tuple[str, int], ...] = ()
    right: Callable[[Delivery, Any], bool] = lambda _delivery, _accepted: True


def sums(accepted, *names):
    return [int(accepted[name].sum()) for name in names]


def box_of(accepted):
    return [round(float(edge), 2) for edge in accepted.total_bounds]


AREA_NAMES = {"KEY_CODE": "code", "S_NAME": "name"}
MESSY = "messy/"
SHEETS = f"{MESSY}warnings_xlsx/D2025_"


def bulletin(name, rows, reported, valid_from, **more):
    """One workbook of warnings: every row a warning, times true whatever they are stored as."""
    return Line(
        f"{SHEETS}{name}.xlsx", WARNINGS, rows,
        right=lambda delivery, accepted: (
            set(delivery.frame["sheet"]) <= {"Sheet", "Sheet1"}
            and {str(each) for each in accepted["reported_at"]} == {reported}
            and {str(each) for each in accepted["valid_from_at"]} == {valid_from}
            and {type(each) for each in accepted["reported_on"]} == {dt.date}
            and min(accepted["level"]) >= 1
        ),
        **more,
    )  # fmt: skip


LINES = (
    Line(f"{MESSY}encoding/gbk.dbf", NAMES_ALONE, 1, told=(("encoding", "简体国语"),),
         right=lambda _, accepted: list(accepted["name"]) == ["简体国语"]),
    Line(f"{MESSY}encoding/gb2312.dbf", NAMES_ALONE, 1, told=(("encoding", "简体国语"),),
         right=lambda _, accepted: list(accepted["name"]) == ["简体国语"]),
    Line(f"{MESSY}encoding/ldid/chinese.dbf", NAMES_ALONE, 1,
         right=lambda delivery, accepted: (
             list(accepted["name"]) == ["简体"] and not delivery.problems)),
    Line(f"{MESSY}encoding/ldid/chinese.shp", NAMES, refused=("crs", "x -248.716, y 625.611"),
         right=lambda delivery, _: list(delivery.frame["name"]) == ["简体"]),
    Line(f"{MESSY}tottori_cp932/31-tottori-yonago.shp", AREAS, 258,
         told=(("encoding", "CP932"),), row_errors=(("key", 92),),
         right=lambda delivery, accepted: (
             sums(delivery.frame, "people", "households") == [149_313, 60_037]
             and set(accepted["town"]) == {"米子市"}
             and "上福原１丁目" in set(accepted["name"]))),
    Line(f"{MESSY}tottori_cp932/31-tottori-yonago.dbf", form_named("people"), 259,
         told=(("encoding", "CP932"), ("divisions_first", "import the form divisions first")),
         options={"mapping": {"KEY_CODE": "division_code", "JINKO": "people",
                              "SETAI": "households", "KBSUM": "basis"}},
         refused=("divisions_first", "import the form divisions first"),
         right=lambda delivery, _: sums(delivery.frame, "people") == [149_313]),
    Line(f"{MESSY}tables/utf8_bom.csv", SHELTERS, refused=("coordinates", "addresses")),
    Line(f"{MESSY}tables/utf8_bom.csv", SHELTERS, refused=("headings", "columns election_dt、")),
    Line(f"{MESSY}tables/utf8_bom.csv", ELECTIONS, 0, row_errors=(("day", 2),),
         told=(("day", "may be 2019-05-11 / 2019-11-05"),)),
    Line(f"{MESSY}tables/empty.csv", form_named("people"), refused=("empty_file", "is empty")),
    Line(f"{MESSY}tables/duplicate_fields.dbf", JOBS, 5,
         told=(("repeated_heading", "'unemployed_2'"), ("repeated_heading", "'not_in_lab_2'")),
         right=lambda _, accepted: (
             list(accepted[["unemployed", "unemployed_women"]].iloc[1]) == [123.0, 21.0])),
    Line(f"{MESSY}shapefile/data_corruption_error.shp", WIRES, 8, crs=(4619, 3006),
         told=(("plane", "measures"),),
         right=lambda _, accepted: (
             accepted["number"].nunique() == 8 and accepted["number"].iloc[0] == 3_978_824
             and set(accepted.geom_type) == {"LineString"})),
    Line(f"{MESSY}raster/bad_ascii_format.asc", form_named("flood_depth"),
         refused=("grid", "Not a grid: line 7 holds text (NEL1.3.1")),
    Line(f"{MESSY}osm/campo-grande_geos_error.osm.gz", form_named("roads"),
         refused=("file_kind", "roads from OpenStreetMap come with another version")),
    bulletin("11_20_1600", 37, "16:00:00", "16:00:00"),
    bulletin("11_25_1430", 62, "14:30:00", "14:30:00"),
    bulletin("11_25_1430wrong", 61, "14:30:00", "14:30:00", told=(("level", "it is empty"),)),
    bulletin("11_28_0500", 122, "05:00:00", "04:30:00"),
    bulletin("12_04_1930", 96, "19:30:00", "19:30:00"),
    bulletin("12_18_0300", 57, "03:00:00", "02:30:00"),
    Line(f"{SHEETS}11_28_0500.xlsx", form_named("hazard_sites"),
         refused=("headings", "ID_DataAnalyst、Report_Date")),
    # Thirty of the 109 texts tell of open places: no one indoors, thousands outdoors.
    Line("nanao/reference_data.csv", NO_KIND, 112,
         told=(("capacity_text", "has no room indoors: 9700 outdoors are not counted"),),
         options={"mapping": {"ID": "code", "名称": "name", "想定収容人数": "capacity_text"}},
         right=lambda _, accepted: (
             accepted["capacity_text"].notna().sum() == 109 - 30
             and accepted.set_index("code")["capacity_text"]["CC0000000505"] == 1_371
             and "面積の1/2" in str(accepted["notes"].iloc[1])
             and 2_736 in set(accepted["capacity_text"]))),
    Line("nanao/reference_data.csv", SHELTERS, refused=("headings", "--map ID=code")),
    Line("noto/noto_town_open.gpkg", AREAS, 195,
         options={"mapping": {"S_NAME": "name"}},
         told=(("key", "It repeats row"), ("layer", "--layer districts_15")),
         right=lambda delivery, _: (
             set(delivery.frame["sheet"]) == {"small_areas_202"} and len(delivery.frame) == 202
             and sums(delivery.frame, "people", "households") == [15_687, 6_458])),
    Line("noto/noto_town_open.gpkg", OUTLINES, 15,
         options={"layers": ["districts_15"], "mapping": {"地区名": "code", "JINKO": "name"}},
         told=(("valid", "is repaired"),)),
    Line("noto/noto_town_open.gpkg", DESIGNATED, 135,
         options={"layers": ["shelters_emergency"],
                  "mapping": {"NO": "municipality", "施設・場所名": "name"}},
         right=lambda _, accepted: accepted.total_bounds[0] > 136.9),
    Line("noto/noto_town_open.gpkg", NO_KIND,
         refused=("layer", "--layer shelters_emergency / --layer shelters_evacuation"),
         options={"mapping": {"共通ID": "code", "施設・場所名": "name"}}),
    Line("noto/roads_noncommercial.gpkg", form_named("roads"),
         refused=("layer", "--layer roads_A37_nc / --layer emergency_roads_N10_nc")),
    Line("jp_shelters/jp_emergency.csv.gz", DESIGNATED, 115_402, crs=(6668, 3857),
         told=(("repeated_shape", "both are kept"),),
         right=lambda _, accepted: (
             sums(accepted.fillna(value=False), "flood", "landslide", "volcano")
             == [71_977, 67_294, 10_679]
             and accepted["municipality"].iloc[0] == "011002"
             and accepted["municipality"].nunique() == 1_694)),
    Line("jp_shelters/jp_evacuation.csv.gz", NO_KIND, 82_557, crs=(6668, 3857),
         options={"mapping": {"共通ID": "code", "施設・場所名": "name"}},
         right=lambda _, accepted: accepted["code"].is_unique),
    Line("haimen/haimen_320614_villages.csv", CODES, 307, crs=NANTONG,
         right=lambda _, accepted: accepted["name"].str.contains("虚拟生活区").sum() == 11),
    Line("haimen/haimen_320614_villages.csv", form_named("divisions"), crs=NANTONG,
         refused=("file_kind", "a table has no shapes")),
    Line("haimen/haimen_320614_streets.csv", CODES, 22, crs=NANTONG),
    Line("haimen/nantong_3206_villages.csv", CODES, 2_005, crs=NANTONG,
         right=lambda _, accepted: set(accepted["code"].str.len()) == {12}),
    Line("haimen/nantong_3206_streets.csv", CODES, 136, crs=NANTONG),
    Line("haimen/all_counties.csv", CODES, 2_978, crs=NANTONG),
    Line("haimen/nantong_counties.gpkg", OUTLINES, 7, crs=NANTONG,
         right=lambda _, accepted: "320614" in set(accepted["code"])),
    Line("haimen/nantong_counties.gpkg", form_named("divisions"), crs=NANTONG,
         refused=("headings", "--map adcode=code")),
    Line("jakarta/jakarta.gpkg", form_named("buildings"), 7_607, crs=JAVA,
         refused=("divisions_first", "import the form divisions first"),
         right=lambda delivery, _: set(delivery.frame["sheet"]) == {"buildings"}),
    Line("jakarta/jakarta.gpkg", FLOODED, 264, crs=JAVA,
         options={"layers": ["flood_2007_rw"]}, told=(("valid", "is repaired"),)),
    Line("jakarta/jakarta.gpkg", FLOODED, crs=JAVA,
         refused=("layer", "--layer rw / --layer flood_2007_rw")),
    Line("jakarta/people_by_kelurahan.csv", form_named("people"), crs=JAVA,
         refused=("headings", "--map people_2010_derived=people")),
    Line("jakarta/flood_depth_current.tif", form_named("flood_depth"), crs=JAVA),
    Line("jakarta/flood_depth_design.tif", form_named("flood_depth"), crs=JAVA),
    Line("jakarta/population.tif", form_named("people_pattern"), crs=JAVA),
    Line("jakarta/population.tif", form_named("flood_depth"), crs=JAVA,
         refused=("range", "outside 0 to 100 m")),
)  # fmt: skip


# Extent of the grids, for a district of one village.
GRIDS = box(106.81, -6.21, 106.97, -6.09)


def one_village(srid, shape):
    names = ("code", "level", "name", "parent_code", "town_code", "village_code")
    row = dict(zip(names, ("1", "village", "1", None, "1", "1"), strict=True))
    frame = gpd.GeoDataFrame([row], geometry=[shape], crs=srid)
    return frame.rename_geometry("geom")


def named(line):
    return f"{line.path}-{line.form.name}-{'refused' if line.refused else 'read'}"


@pytest.mark.parametrize("line", LINES, ids=named)
def test_a_file_of_others_is_read_rightly_or_refused_with_a_way_out(samples, rules, line):
    context = Context(*line.crs, no_divisions(line.crs[0]), shelter_rules=rules)
    path = samples / line.path
    delivery = read(path, line.form, **line.options)
    accepted, problems = check(delivery, line.form, context)
    if line.form.geometry == "raster" and not delivery.problems:
        north = replace(context, divisions=one_village(line.crs[0], GRIDS))
        grid, problems = check_grid(path, line.form, north, source_crs=None)
        assert (grid is not None) == (line.refused is None), problems
    assert all(each.sentence_zh and each.file == path.name for each in problems)
    said = [(each.rule, each.sentence_en) for each in problems]
    errors = [each for each in problems if each.level == "error"]
    if line.refused is not None:
        assert accepted.empty
        told_whole = [(each.rule, each.sentence_en) for each in errors if each.row is None]
        assert any(line.refused[0] == rule and line.refused[1] in en for rule, en in told_whole)
        assert len(delivery.frame) in {0, line.rows} or line.right is not None
    else:
        assert [each for each in errors if each.row is None] == []
        assert len(accepted) == line.rows
    for rule, phrase in line.told:
        assert any(rule == each and phrase in en for each, en in said), (rule, said[:20])
    for expected in line.row_errors:
        assert expected in [(each.rule, each.row) for each in errors]
    assert line.right(delivery, accepted)


def test_every_snapshot_of_open_shelters_is_read_with_its_people(samples):
    folder = samples / "nanao" / "snapshots"
    context = Context(*JAPAN, divisions=no_divisions(JAPAN[0]))
    counted = {}
    for path in sorted(folder.glob("*.csv")):
        # The first names its column otherwise: the sender says which it is.
        mapping = {"人数_令和6年1月9日午後6時時点": "people"}
        accepted, problems = check(
            read(path, OPEN_SHELTERS, mapping=mapping), OPEN_SHELTERS, context
        )
        assert not [each for each in problems if each.level == "error"], path.name
        counted[path.stem[-15:]] = (len(accepted), int(accepted["people"].sum()))
    assert len(counted) == 117
    assert counted["2024-01-09-1800"] == (29, 1_886)
    assert counted["2024-01-13-0600"] == (28, 1_933)
    assert counted["2024-08-31-1300"] == (1, 40)
    assert sum(people for _, people in counted.values()) == 59_039


def test_a_snapshot_with_another_heading_is_told_the_words_to_try(samples):
    path = samples / "nanao" / "snapshots" / "open_shelter_Nanao-shi_2024-01-09-1800.csv"
    (problem,) = [each for each in read(path, OPEN_SHELTERS).problems if each.level == "error"]
    assert "--map 人数_令和6年1月9日午後6時時点=people" in problem.sentence_en


def test_the_same_bulletin_twice_is_told_row_by_row(samples):
    path = samples / f"{SHEETS}11_25_1430.xlsx"
    context = Context(*JAVA, divisions=no_divisions(JAVA[0]))
    once = read(path, WARNINGS)
    twice = replace(once, frame=type(once.frame)(once.frame.loc[[*once.frame.index] * 2]))
    twice = replace(twice, frame=twice.frame.reset_index(drop=True))
    _, problems = check(twice, WARNINGS, context)
    assert sum(each.rule == "key" for each in problems) == 62


def test_each_sample_file_stands_in_a_line_of_this_table(samples):
    tried = {line.path for line in LINES}
    parts = {".shx", ".prj", ".cpg", ".md", ".txt"}
    folders = ("messy", "nanao", "noto", "jp_shelters", "haimen", "jakarta")
    there = {
        str(path.relative_to(samples))
        for folder in folders
        for path in Path(samples / folder).rglob("*")
        if path.is_file() and path.suffix not in parts and path.parent.name != "snapshots"
    }
    there = {name for name in there if not (name.endswith(".dbf") and f"{name[:-4]}.shp" in there)}
    assert there - tried == set()
