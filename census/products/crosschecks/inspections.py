"""Values that an inspection found wrong and that still stand as they were."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from census.intake.forms import form_named
from census.products.crosschecks.district import District, Finding, code_of, of
from census.products.inspection import stated_text
from census.products.parameters import Parameters

WRONG = "wrong"


def uncorrected(district: District, rule: Parameters) -> Iterator[Finding]:
    """
    Find values that were found wrong and were not corrected since.

    Parameters
    ----------
    district
        The district.
    rule
        Nothing is read of it.

    Yields
    ------
    Finding
        One per value, at its object.
    """
    del rule
    zone = ZoneInfo(district.timezone)
    wrong = [each for each in district.records("inspection") if each["verdict"] == WRONG]
    stands = {
        name: {code_of(each): each for each in district.records(form_named(name).table)}
        for name in {each["form"] for each in wrong}
    }
    for line in wrong:
        form, record = form_named(line["form"]), stands[line["form"]].get(line["object_code"])
        field = next((each for each in form.fields if each.heading == line["item"]), None)
        if record is None or field is None:
            continue
        if stated_text(field, record[field.name], zone) != line["stated"]:
            continue
        yield of(
            form.table, record, column=field.name, value=line["stated"] or "",
            sentence_zh=f"抽样 {line['sample']} 核查“{line['item']}”有误，至今未改",
            sentence_en=f"Sample {line['sample']} found {field.label_en} wrong; it still stands",
            fix_zh="按核查值更正后重新交付", fix_en="Correct it as inspected, then deliver again",
        )  # fmt: skip
