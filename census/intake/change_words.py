"""Say in the form's own words what a change does: which field, what it said, what it says."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from census.intake.fields import Field
from census.intake.forms import form_named
from census.store.change_rows import BOOKKEEPING
from census.store.columns import COMPUTED
from census.store.proposal_reading import ToldChange
from census.store.tables import declared_table

SHAPE: Final = "geom"
_YES_NO: Final = {True: ("是", "yes"), False: ("否", "no")}
_PLACE: Final = ("位置", "place")
_FORM: Final = ("形状", "shape")
NOTHING: Final = "–"


@dataclass(frozen=True)
class Line:
    """
    One field of a change.

    Attributes
    ----------
    field
        Its word, with its unit.
    before, after
        What it says, in words; a dash for nothing.
    """

    field: str
    before: str
    after: str


@dataclass(frozen=True)
class ChangeWords:
    """
    The words of one form's changes in one language.

    Attributes
    ----------
    form
        Name of the form.
    is_chinese
        Whether they are Chinese; else English.
    """

    form: str
    is_chinese: bool

    @cached_property
    def _fields(self) -> Mapping[str, Field]:
        return {each.name: each for each in form_named(self.form).fields}

    @cached_property
    def _columns(self) -> Mapping[str, str]:
        """Columns that a delivery tells of, with the words of those without a field."""
        table: Any = declared_table(form_named(self.form).table)
        told = [
            column
            for column in table.columns
            if column.name not in BOOKKEEPING and not COMPUTED.items() <= column.info.items()
        ]
        # A comment says after the name what else is to be known.
        zh = {each.name: (each.comment or each.name).split("：")[0].split("，")[0] for each in told}
        en = {each.name: each.name.replace("_", " ") for each in told}
        return zh if self.is_chinese else en

    def field(self, name: str) -> str:
        """
        Name a column.

        Parameters
        ----------
        name
            The column.

        Returns
        -------
        str
            Its heading in the form, with the unit; of a column without a field what it is.
        """
        if name == SHAPE:
            return self._said(_PLACE)
        each = self._fields.get(name)
        if each is None:
            return self._columns.get(name, name)
        word, unit = (each.heading, each.unit) if self.is_chinese else (each.label_en, each.unit_en)
        return f"{word} ({unit})" if unit else word

    def value(self, name: str, value: Any) -> str:
        """
        Word a value.

        Parameters
        ----------
        name
            Its column.
        value
            What is stored, as JSON has it.

        Returns
        -------
        str
            The word of a code, yes or no, a place in degrees; a dash for nothing.
        """
        if value is None or value in ("", [], {}):
            return NOTHING
        if name == SHAPE:
            return self._place(value)
        known = self._fields.get(name)
        codes = {each.code: (each.zh, each.en) for each in known.codes} if known else {}
        if isinstance(value, bool) or (isinstance(value, str) and value in codes):
            return self._said(_YES_NO[value] if isinstance(value, bool) else codes[value])
        return self._plain(value)

    def _plain(self, value: Any) -> str:
        if isinstance(value, list):
            return "、".join(map(self._plain, value))
        if isinstance(value, dict):
            said = [f"{key}: {self.value('', each)}" for key, each in value.items()]
            return "；".join(said)
        return f"{value:,.10g}" if isinstance(value, float) else str(value)

    def _place(self, shape: Mapping[str, Any]) -> str:
        if shape.get("type") == "Point":
            x, y = shape["coordinates"][:2]
            return f"{x:.6f}, {y:.6f}"
        return self._said(_FORM)

    def name(self, change: ToldChange) -> str:
        """
        Name the object of a change.

        Parameters
        ----------
        change
            The change.

        Returns
        -------
        str
            Its name, what it is called now before what it was called; empty where it has none.
        """
        return str((change.after or change.before).get("name") or "")

    def lines(self, change: ToldChange) -> list[Line]:
        """
        Word a change, field by field.

        Parameters
        ----------
        change
            The change.

        Returns
        -------
        list of Line
            Of a changed object the fields that differ; of one that comes or goes all that it says.
        """
        if change.kind == "update":
            names = list(change.changed)
        else:
            says = change.after or change.before
            names = [name for name in self._columns if says.get(name) not in (None, "", [], {})]
        return [
            Line(
                self.field(name),
                self.value(name, change.before.get(name)),
                self.value(name, change.after.get(name)),
            )
            for name in names
        ]

    def _said(self, words: tuple[str, str]) -> str:
        return words[0 if self.is_chinese else 1]
