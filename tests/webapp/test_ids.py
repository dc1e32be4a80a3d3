"""Ids are declared once, and each is used."""

from pathlib import Path

from webapp import ids, mapping

WEBAPP = Path(__file__).resolve().parents[2] / "webapp"


def declared():
    return {name: value for name, value in vars(ids).items() if name.isupper() and name[0] != "_"}


def test_no_two_ids_are_the_same():
    layers = [ids.layer(name) for name in {*mapping.OF_THE_PLACE, *mapping.FETCHED}]
    values = [*declared().values(), *layers]
    assert len(values) == len(set(values))


def test_every_declared_id_is_used():
    rooms = [*WEBAPP.glob("*.py"), *WEBAPP.glob("pages/*.py")]
    code = "\n".join(path.read_text(encoding="utf-8") for path in rooms if path.stem != "ids")
    assert [name for name in declared() if f"ids.{name}" not in code] == []


def test_no_page_spells_an_id_itself():
    rooms = [*WEBAPP.glob("*.py"), *WEBAPP.glob("pages/*.py")]
    spelled = [path.name for path in rooms if 'id="' in path.read_text(encoding="utf-8")]
    assert spelled == []
