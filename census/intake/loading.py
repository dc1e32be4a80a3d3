"""Deliveries into the store: read, check, and in one transaction replace the rows of a form."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from census.intake.assembling import assemble
from census.intake.checking import check, divisions_first
from census.intake.context import Context, no_divisions, read_shelter_rules
from census.intake.forms import Form, form_named
from census.intake.grids import Grid, check_grid
from census.intake.problems import Problem, Source, has_errors, in_order
from census.intake.published_routes import keep_published
from census.intake.reading import Delivery, read
from census.route_errors import RoutesPublishedMeanwhileError
from census.store.database import Store
from census.store.kept_routes import hold_published
from census.store.layers import (
    bump_generation,
    put_raster,
    read_layer,
    record_delivery,
    write_layer,
)
from census.store.settings import data_folder

SHELTER_RULES = "shelter_rules.toml"
# Tables that products write to as well: only the delivered rows are replaced.
ROUTES = "evacuation_route"
_SHARED = {"hazard_site", ROUTES}


@dataclass(frozen=True)
class ImportReport:
    """
    What became of a delivery.

    Attributes
    ----------
    form
        Name of the form.
    imported
        Rows that entered; 0 where the delivery was refused or only checked.
    refused
        Rows with an error, whether the others entered or not.
    problems
        Every fault, repair and remark, in reading order.
    delivery_id
        Number of the delivery; None where nothing was changed.
    """

    form: str
    imported: int
    refused: int
    problems: tuple[Problem, ...]
    delivery_id: int | None = None

    @property
    def is_refused(self) -> bool:
        """
        Tell whether errors kept the delivery out.

        Returns
        -------
        bool
            True where there are errors and nothing entered.
        """
        return self.delivery_id is None and has_errors(self.problems)


def import_delivery(
    store: Store,
    form_name: str,
    paths: Sequence[Path],
    *,
    check_only: bool = False,
    source_crs: str | None = None,
    encoding: str | None = None,
    mapping: Mapping[str, str] | None = None,
    layers: Sequence[str] = (),
    accept_faulty: bool = False,
) -> ImportReport:
    """
    Import the delivery of a form; its rows replace those of the form's earlier delivery.

    Parameters
    ----------
    store
        The district's database, role app.
    form_name
        Name of the form, such as ``"people"``.
    paths
        The files; several are taken together as one delivery.
    check_only
        Check and change nothing.
    source_crs
        CRS declared by the sender, such as ``"EPSG:4490"``.
    encoding
        Encoding of text tables and shapefiles.
    mapping
        Heading to field name, for headings that the form does not know.
    layers
        Names of the layers or sheets to read; empty for all that fit the form.
    accept_faulty
        Load the rows without errors although others have some. A fault of a whole file still
        refuses all of it.

    Returns
    -------
    ImportReport
        Counts and problems; a delivery with errors changes nothing unless ``accept_faulty``.

    Raises
    ------
    UnknownFormError
        When there is no such form.
    """
    form = form_named(form_name)
    context = district_context(store)
    deliveries = [
        read(path, form, source_crs=source_crs, encoding=encoding, mapping=mapping, layers=layers)
        for path in paths
    ]
    prepare = _prepared_grid if form.geometry == "raster" else _prepared_rows
    prepared = prepare(store, form, deliveries, context)
    problems = prepared.problems
    is_kept_out = has_errors(problems) and not accept_faulty
    if prepared.write is None or check_only or is_kept_out:
        return ImportReport(form.name, 0, prepared.refused, tuple(problems))
    with store.begin() as connection:
        delivery_id = record_delivery(
            store,
            form=form.name,
            file_name="、".join(path.name for path in paths),
            sha256=_sha256(paths),
            rows_imported=prepared.accepted,
            rows_refused=prepared.refused,
            source_crs=source_crs,
            data_date=store.district.data_date,
            problems=[problem.as_row() for problem in problems],
            connection=connection,
        )
        prepared.write(delivery_id, connection)
        bump_generation(store, form.table, connection=connection)
    return ImportReport(
        form.name, prepared.accepted, prepared.refused, tuple(problems), delivery_id
    )


@dataclass(frozen=True)
class _Prepared:
    """What a delivery would change: its counts, its problems and the writing itself."""

    accepted: int
    refused: int
    problems: list[Problem]
    write: Callable[[int, Any], None] | None


def _prepared_rows(
    store: Store, form: Form, deliveries: Sequence[Delivery], context: Context
) -> _Prepared:
    delivery = _together(deliveries, context)
    accepted, problems = check(delivery, form, context)
    refused = len(delivery.frame) - len(accepted)
    if accepted.empty:
        return _Prepared(0, refused, problems, None)
    rows, found = assemble(form, accepted, context)
    found += _people_gone(store, form, rows, delivery.path.name)
    kept = keep_published(store, form, rows, accepted, context)
    found += kept.problems
    taken = len(accepted) - (len(rows) - len(kept.rows))

    def write(delivery_id: int, connection: Any) -> None:
        if form.table == ROUTES:
            news = hold_published(connection) - kept.codes
            if news:
                raise RoutesPublishedMeanwhileError(sorted(news))
        _write(store, form, kept.rows, delivery_id, connection)

    return _Prepared(taken, refused, in_order([*problems, *found]), write)


def _prepared_grid(
    store: Store, form: Form, deliveries: Sequence[Delivery], context: Context
) -> _Prepared:
    need = form.raster
    assert need is not None  # noqa: S101  (a raster form)
    grid, problems = _checked_grid(form, deliveries, context)
    if grid is None:
        return _Prepared(0, 1, problems, None)
    file = grid.file
    scenarios: Mapping[str, str] = store.district.profile.get("scenarios", {})

    def write(delivery_id: int, connection: Any) -> None:
        put_raster(
            store,
            form.name,
            form.name,
            scenarios.get(form.name, need.scenario),
            need.unit,
            file,
            data_date=store.district.data_date,
            is_made_up=store.district.is_made_up,
            delivery_id=delivery_id,
            connection=connection,
        )

    return _Prepared(1, 0, problems, write)


def _checked_grid(
    form: Form, deliveries: Sequence[Delivery], context: Context
) -> tuple[Grid | None, list[Problem]]:
    first = deliveries[0]
    here = Source(first.path.name)
    problems = [problem for each in deliveries for problem in each.problems]
    if len(deliveries) > 1:
        problems.append(
            here.problem("file_kind", "error", zh="只收一个栅格文件", en="One raster file is taken")
        )
    if context.divisions.empty:
        problems.append(divisions_first(here))
    if has_errors(problems):
        return None, problems
    return check_grid(first.path, form, context, source_crs=first.source_crs)


def district_context(store: Store) -> Context:
    """
    Gather what the checks know of a stored district.

    Parameters
    ----------
    store
        The district's database.

    Returns
    -------
    Context
        CRS, divisions, shelters and rules.
    """
    columns = ["code", "level", "name", "parent_code", "town_code", "village_code", "geom"]
    divisions = read_layer(store, "division", columns=columns)
    shelters = read_layer(store, "shelter", columns=["code"])
    shown = read_layer(store, ROUTES, columns=["code", "version"])
    return Context(
        srid=store.district.srid,
        metric_srid=store.district.metric_srid,
        divisions=divisions if len(divisions) else no_divisions(store.district.srid),
        shelter_codes=frozenset(shelters["code"]),
        shelter_rules=read_shelter_rules(data_folder() / "reference" / SHELTER_RULES),
        is_made_up=store.district.is_made_up,
        published_routes=frozenset(shown["code"][shown["version"].notna()]),
    )


def _together(deliveries: Sequence[Delivery], context: Context) -> Delivery:
    first = deliveries[0]
    if len(deliveries) == 1:
        return first
    problems = [problem for each in deliveries for problem in each.problems]
    frames: list[Any] = []
    for each in deliveries:
        frame: Any = each.frame
        if isinstance(frame, gpd.GeoDataFrame) and frame.crs is not None:
            frame = frame.to_crs(context.srid)
        frames.append(frame)
    shaped = [isinstance(frame, gpd.GeoDataFrame) for frame in frames]
    if any(shaped) and not all(shaped) and not has_errors(problems):
        problems.append(
            Source(first.path.name).problem(
                "file_kind", "error",
                zh="同一次交付不能既有图层又有表格",
                en="Layers and tables do not mix in one delivery",
            )
        )  # fmt: skip
    headings = {name: word for each in deliveries for name, word in each.headings.items()}
    if has_errors(problems):
        return replace(first, problems=tuple(problems))
    whole = pd.concat(frames, ignore_index=True)
    return replace(first, frame=whole, problems=tuple(problems), headings=headings)


def _sha256(paths: Sequence[Path]) -> str:
    digests = [hashlib.sha256(_content(path)).hexdigest() for path in paths]
    if len(digests) == 1:
        return digests[0]
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()


def _content(path: Path) -> bytes:
    """Give what was delivered; a geodatabase is a folder of files."""
    if path.is_dir():
        return b"".join(part.read_bytes() for part in sorted(path.iterdir()) if part.is_file())
    return path.read_bytes()


def _people_gone(store: Store, form: Form, rows: Any, file: str) -> list[Problem]:
    if form.table != "division":
        return []
    people = read_layer(store, "people", columns=["division_code"])
    gone = sorted(set(people["division_code"]) - set(rows["code"]))
    if not gone:
        return []
    return [
        Source(file).problem(
            "people_gone",
            "warning",
            value="、".join(gone),
            zh=f"{len(gone)} 个村不再存在，其人口行随之移出",
            en=f"{len(gone)} villages are gone, and their rows of people with them",
        )
    ]


def _write(store: Store, form: Form, rows: Any, delivery_id: int, connection: Any) -> None:
    where: dict[str, object] | None = {"origin": "delivered"} if form.table in _SHARED else None
    if where is not None and form.table == ROUTES:
        where["version"] = None  # what people published stays
    people = read_layer(store, "people") if form.table == "division" else None
    if people is not None and len(people):
        # People stand on divisions by a foreign key: they step aside and come back.
        nobody = people.iloc[:0]
        write_layer(store, "people", nobody, delivery_id=None, connection=connection)
    write_layer(
        store, form.table, rows, delivery_id=delivery_id, where=where, connection=connection
    )
    if people is not None and len(people):
        kept = people[people["division_code"].isin(set(rows["code"]))]
        write_layer(store, "people", kept, delivery_id=None, connection=connection)
