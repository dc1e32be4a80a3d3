"""A checked delivery against what is stored: what differs, what is doubtful, and the change."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import pandas as pd

from census.intake.corrected_links import TABLE as CROSSWALK
from census.intake.corrected_links import corrected_keys
from census.intake.division_codes import FORM as CODE_LIST
from census.intake.emptied import nothing_changes
from census.intake.fields import Form
from census.intake.parsing import tidy
from census.intake.problems import Problem, Source
from census.route_errors import RoutesPublishedMeanwhileError
from census.store.carried_rows import carry_rows
from census.store.changes import apply_difference
from census.store.connection import Store
from census.store.deliveries import bump_generation
from census.store.differences import Against, Difference, find_difference
from census.store.former_divisions import keep_withdrawn
from census.store.imprints import IMPRINTED, keep_imprints, settle_imprints
from census.store.kept_routes import hold_published
from census.store.settings import data_folder

RULES: Final = "census_loading.toml"
ROUTES: Final = "evacuation_route"
DIVISIONS: Final = "division"
# Tables that products and people write to as well: only the delivered rows are compared.
OWNED: Final[Mapping[str, Mapping[str, str | tuple[str, ...] | None]]] = {
    "hazard_site": {"origin": "delivered"},
    ROUTES: {"origin": "delivered", "version": None},
}
_SHOWN = 20


@dataclass(frozen=True)
class Merging:
    """
    Rows of a delivery, ready to be held against the stored.

    Attributes
    ----------
    form
        Their form.
    rows
        Rows of its table; None where they were staged part by part.
    file
        Name of the file, for what is told of it.
    refused_keys
        Keys of the rows that were refused: what stands under them stays.
    published
        Codes of routes that people had published when the rows were made ready.
    withdrawn
        Divisions that the delivery calls withdrawn: rows of ``former_division``.
    standing
        Beside those staged, how many rows come as they stand.
    is_empty
        Whether the file has headings alone: all that stands would be gone.
    """

    form: Form
    rows: pd.DataFrame | None
    file: str
    refused_keys: tuple[str, ...] = ()
    published: frozenset[str] = frozenset()
    withdrawn: pd.DataFrame | None = None
    standing: int = 0
    is_empty: bool = False

    def against(self, store: Store) -> Against:
        """
        Name what the rows are held against.

        Parameters
        ----------
        store
            The store.

        Returns
        -------
        Against
            The table, its key, and which of its rows deliveries own.
        """
        table = store.tables.metadata.tables[f"census.{self.form.table}"]
        owned = OWNED.get(self.form.table)
        if self.form.name == CODE_LIST and self.rows is not None and len(self.rows):
            # A list of villages alone says nothing of grid units.
            owned = {"level": tuple(sorted(set(self.rows["level"])))}
        return Against(
            table, self.form.key, owned, keeps_gone=self.form.adds_rows, standing=self.standing
        )

    def find(self, store: Store, connection: Any) -> Difference:
        """
        Stage the rows and find what they would change.

        Parameters
        ----------
        store
            The store, role app.
        connection
            The transaction.

        Returns
        -------
        Difference
            What would change.

        Raises
        ------
        RoutesPublishedMeanwhileError
            If people published routes since the rows were made ready.
        """
        if self.form.table == ROUTES:
            news = hold_published(connection) - self.published
            if news:
                raise RoutesPublishedMeanwhileError(sorted(news))
        against = self.against(store)
        if self.form.table == CROSSWALK and self.rows is not None:
            against = replace(against, corrected=corrected_keys(connection, self.rows))
        return find_difference(
            store, connection, against, self.rows,
            refused_keys=self.refused_keys, rules=difference_rules(),
        )  # fmt: skip

    def apply(
        self,
        store: Store,
        connection: Any,
        found: Difference,
        *,
        delivery_id: int,
        by: tuple[str, str],
    ) -> None:
        """
        Change the layer by what was found; an unchanged layer keeps its generation.

        Parameters
        ----------
        store
            The store, role app.
        connection
            The transaction of :meth:`find`.
        found
            What it returned.
        delivery_id
            Number of the delivery.
        by
            Who gave it and who accepted it.
        """
        if self.withdrawn is not None:
            keep_withdrawn(connection, self.withdrawn, delivery_id)
        against = self.against(store)
        # Of rows that were staged part by part it is kept how they came.
        is_imprinted = self.rows is None and self.form.table in IMPRINTED
        if is_imprinted:
            settle_imprints(connection, self.form.table, is_first=not found.stood)
        if not found.is_none:
            self._change(store, connection, against, found, delivery_id=delivery_id, by=by)
        if is_imprinted:
            keep_imprints(connection, self.form.table)

    def _change(
        self,
        store: Store,
        connection: Any,
        against: Against,
        found: Difference,
        *,
        delivery_id: int,
        by: tuple[str, str],
    ) -> None:
        change_set = apply_difference(
            store, connection, against, found, self.rows, delivery_id=delivery_id,
            proposed_by=by[0], reviewed_by=by[1],
        )  # fmt: skip
        if self.form.table in {DIVISIONS, CROSSWALK}:
            carry_rows(store, connection, change_set, by=by[1])
        bump_generation(store, self.form.table, connection=connection)


def difference_rules() -> Mapping[str, Any]:
    """
    Read what counts as the same.

    Returns
    -------
    mapping
        Table ``difference`` of ``data/methods/census_loading.toml``.
    """
    path = data_folder() / "methods" / RULES
    rules: Mapping[str, Any] = tomllib.loads(path.read_text("utf-8"))["difference"]
    return rules


def keys_of_refused(form: Form, delivered: pd.DataFrame, accepted: pd.DataFrame) -> tuple[str, ...]:
    """
    List the keys of rows that were refused, as they were written.

    Parameters
    ----------
    form
        The form.
    delivered
        Raw rows, columns ``file``, ``sheet``, ``row``.
    accepted
        Those that were accepted, the same columns.

    Returns
    -------
    tuple of str
        One key per refused row that tells all of it; none where the form has no key.
    """
    if not form.key or not set(form.key) <= set(delivered.columns):
        return ()
    place = ["file", "sheet", "row"]
    taken = set(map(tuple, accepted[place].itertuples(index=False))) if len(accepted) else set()
    rows = delivered[[*place, *form.key]].itertuples(index=False)
    texts = [[tidy(value) for value in row[3:]] for row in rows if tuple(row[:3]) not in taken]
    return tuple(" · ".join(parts) for parts in texts if all(parts))


def doubts(found: Difference, merging: Merging, *, accepts_gone: bool) -> list[Problem]:
    """
    Tell what of a difference has to be looked at before it is believed.

    Parameters
    ----------
    found
        The difference.
    merging
        The delivery.
    accepts_gone
        Whether somebody said that many rows are gone indeed.

    Returns
    -------
    list of Problem
        An error where more rows would go than the rules let pass unsaid; warnings else.
    """
    here = Source(merging.file)
    problems = []
    if merging.is_empty and not found.gone:
        problems.append(nothing_changes(merging.form, here, found.stood))
    if found.gone and merging.form.adds_rows:
        problems.append(_corrected(found, here))
    elif found.gone:
        problems.append(_gone(found, here, accepts_gone=accepts_gone))
    problems += [
        here.problem(
            "doubtful", "warning", value=f"{twin.gone} - {twin.came}",
            zh=f"“{twin.name}”（{twin.gone}）不再出现，同名的 {twin.came} 新增，"
            f"相距 {twin.apart_m:.0f} 米：可能是同一对象换了编号",
            en=f"{twin.name} ({twin.gone}) is no longer delivered and {twin.came} of the same "
            f"name is new, {twin.apart_m:.0f} m away: perhaps one object under another code",
        )
        for twin in found.twins
    ]  # fmt: skip
    if found.kept:
        problems.append(
            here.problem(
                "kept", "warning", value=found.kept,
                zh=f"{found.kept} 行有错未收，库中原有的相应行保持不变",
                en=f"{found.kept} rows were refused; what is stored of them stays as it is",
            )
        )  # fmt: skip
    return problems


def has_doubts(problems: Iterable[Problem]) -> bool:
    """
    Tell whether something has to be said a second time before anything is changed.

    Parameters
    ----------
    problems
        What :func:`doubts` told, among others.

    Returns
    -------
    bool
        True where more rows would go than pass unsaid.
    """
    return any(each.rule == "gone" and each.level == "error" for each in problems)


def _gone(found: Difference, here: Source, *, accepts_gone: bool) -> Problem:
    codes = [change.code for change in found.changes if change.kind == "delete"]
    shown = _listed(codes)
    limit = difference_rules()["most_gone_share"]
    share = f"{found.gone_share:.1%}"
    if found.gone_share > limit and not accepts_gone:
        return here.problem(
            "gone", "error", value=shown,
            zh=f"库中 {found.stood} 行有 {found.gone} 行（{share}）在本次交付中不再出现，"
            f"超过 {limit:.0%}：确属如此，请加 --yes 再次确认；什么都没有改动",
            en=f"{found.gone} of {found.stood} stored rows ({share}) are no longer delivered, "
            f"more than {limit:.0%}: if that is so, say it again with --yes; nothing "
            "was changed",
        )  # fmt: skip
    return here.problem(
        "gone", "warning", value=shown,
        zh=f"库中 {found.stood} 行有 {found.gone} 行（{share}）在本次交付中不再出现，移入历史",
        en=f"{found.gone} of {found.stood} stored rows ({share}) are no longer delivered; they "
        "go into the history",
    )  # fmt: skip


def _corrected(found: Difference, here: Source) -> Problem:
    codes = [change.code for change in found.changes if change.kind == "delete"]
    return here.problem(
        "corrected", "warning", value=_listed(codes),
        zh=f"库中 {found.gone} 行由本次交付更正，移入历史",
        en=f"{found.gone} stored rows are corrected by this delivery; they go into the history",
    )  # fmt: skip


def _listed(codes: Sequence[str]) -> str:
    return "、".join(codes[:_SHOWN]) + ("…" if len(codes) > _SHOWN else "")
