"""Values that an inspection found wrong and that still stand as they were."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from census.intake.forms import form_named
from census.products.crosschecks.district import District, Finding, code_of, of
from census.products.inspection import stated_values
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
        if record is None:
            continue
        told = stated_values(form, record.keys(), record, zone)
        if line["item"] not in told or told[line["item"]] != line["stated"]:
            continue
        names = {each.heading: (each.name, each.label_en) for each in form.fields}
        column, item_en = names.get(line["item"], ("geometry", "place"))
        yield of(
            form.table, record, column=column, value=line["stated"] or "",
            sentence_zh=f"抽样 {line['sample']} 核查“{line['item']}”有误，至今未改",
            sentence_en=f"Sample {line['sample']} found {item_en} wrong; it still stands",
            fix_zh="按核查值更正后重新交付", fix_en="Correct it as inspected, then deliver again",
        )  # fmt: skip
