"""Canaries: a word in each personal field that is found nowhere else, and where to look for it."""

import gzip
import io
import json
import re
import zipfile
from datetime import UTC, date, datetime
from functools import cache
from uuid import uuid4

import pyarrow.parquet as pq
import pypdf
from sqlalchemy import Date, DateTime, Integer, Text, func, insert, select, text

from census.store.access_tables import Base
from census.store.privacy import MARK, PERSONAL, personal_columns

WEST, EAST = "990001001001", "990001001002"
SIGN = "canary"


def marked(store):
    """Every column that tells of a person, in every schema."""
    return personal_columns([Base.metadata, store.tables.personal.metadata, store.tables.metadata])


def name_of(column):
    return f"{column.table.schema}.{column.table.name}.{column.name}"


def canary_of(column, mark):
    """A word for a column: small letters, as names are compared."""
    return f"{SIGN}-{column.table.name}-{column.name}-{mark}".replace("_", "-")


class Planter:
    """Fills a row of every table that has a personal column; what it cannot fill fails the test."""

    def __init__(self, store, mark):
        self.store, self.mark = store, mark
        self.planted = {name_of(each): canary_of(each, mark) for each in marked(store)}
        self.account = None
        self.route = None
        self.report = None

    def row(self, table):
        """Values for what a row of a table needs, a canary in each personal column."""
        own = {each.name: canary_of(each, self.mark) for each in self.personal(table)}
        needed = [
            each for each in table.columns
            if not each.nullable and each.server_default is None and each.identity is None
            and each.name not in own
        ]  # fmt: skip
        return {**{each.name: self.filling(each) for each in needed}, **own}

    @staticmethod
    def personal(table):
        return [each for each in table.columns if each.info.get(MARK) == PERSONAL[MARK]]

    def filling(self, column):
        named = {
            "account_id": self.account, "route_id": self.route,
            "report_id": self.report, "version": 1, "parent_version": 0,
            "division_code": WEST, "village_code": WEST, "kind": "saved", "origin": "planned",
            "capacity_source": "unknown", "fs_uniquifier": uuid4().hex,
            "geom": "SRID=4490;POINT(121.004 31.004)", "state": "closed",
        }  # fmt: skip
        if column.name in named:
            return named[column.name]
        kinds = (
            (Integer, 0),
            (DateTime, datetime(2026, 1, 1, tzinfo=UTC)),
            (Date, date(2026, 1, 1)),
        )
        return next((v for kind, v in kinds if isinstance(column.type, kind)), uuid4().hex)

    def plant(self):
        """Plant them; what the audit and the versions hold comes there by what an actor does."""
        tables = {each.table.key: each.table for each in marked(self.store)}
        self._account(tables.pop("access.account"))
        self._route(tables.pop("census.route_version"))
        self._report(tables.pop("census.report"))
        self._proposal(tables.pop("census.proposal"), tables.pop("census.proposal_event"))
        tables.pop("access.audit_entry")
        with self.store.begin() as connection:
            connection.execute(text("set local app.scope = '*'"))
            for table in tables.values():
                connection.execute(insert(table).values(self.row(table)))
            self._audit(connection)
        return self.planted

    def _account(self, table):
        with self.store.begin() as connection:
            made = insert(table).values(self.row(table)).returning(table.c.id)
            self.account = connection.execute(made).scalar_one()

    def _route(self, table):
        route = self.store.tables.route
        row = {"code": "R1", "name": "一号", "village_code": WEST, "created_by": "x",
               "origin": "planned"}  # fmt: skip
        line = "SRID=4490;LINESTRING(121.002 31.005,121.015 31.005)"
        with self.store.begin() as connection:
            made = insert(route).values(row).returning(route.c.id)
            self.route = connection.execute(made).scalar_one()
            for version in (0, 1):
                values = {**self.row(table), "version": version, "geom": line}
                connection.execute(insert(table).values(values))

    def _report(self, table):
        # The public sees that something was reported there.
        row = {**self.row(table), "village_code": WEST, "kind": "other", "severity": 1}
        with self.store.begin() as connection:
            made = insert(table).values(row).returning(table.c.id)
            self.report = connection.execute(made).scalar_one()

    def _proposal(self, table, event):
        # A delivery that was given and sent back.
        row = self.row(table)
        row |= {"form": "shelters", "layer": "shelter", "declared": {}}
        row["files"] = [{"name": row["files"], "bytes": 1}]
        with self.store.begin() as connection:
            made = insert(table).values(row).returning(table.c.id)
            number = connection.execute(made).scalar_one()
            for kind in ("sent", "rejected"):
                values = {**self.row(event), "proposal_id": number, "kind": kind}
                connection.execute(insert(event).values(values))

    def _audit(self, connection):
        entry = Base.metadata.tables["access.audit_entry"]
        own = {each.name: canary_of(each, self.mark) for each in self.personal(entry)}
        facts = {"actor": "x", "role": "x", "action": "route.read", "object_kind": "x",
                 "object_code": "x", "outcome": "done"}  # fmt: skip
        names = ("actor", "actor_name", "role", "address", "action", "object_kind", "object_code",
                 "outcome")  # fmt: skip
        given = [{**facts, **own}[name] for name in names]
        connection.execute(select(func.access.append_audit(*given, text("'{}'::jsonb"))))


def stored(owner, column):
    """The texts of a column, as the owner of the database reads them."""
    query = select(func.string_agg(func.cast(column, Text), " ")).select_from(column.table)
    with owner.connect() as connection:
        return connection.execute(query).scalar_one() or ""


def unpacked(body):
    """Every form in which bytes can be read: as they are, unzipped, as text of a PDF or a table."""
    yield body
    if body[:2] == b"\x1f\x8b":
        yield from unpacked(gzip.decompress(body))
    if body[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(body)) as book:
            for name in book.namelist():
                yield from unpacked(book.read(name))
    if body[:5] == b"%PDF-":
        paper = pypdf.PdfReader(io.BytesIO(body))
        yield json.dumps(dict(paper.metadata or {}), default=str, ensure_ascii=False).encode()
        yield "".join(page.extract_text() for page in paper.pages).encode()
    if body[:4] == b"PAR1":
        table = pq.read_table(io.BytesIO(body))
        yield f"{table.to_pylist()}{table.schema.metadata}".encode()


@cache
def plain(body):
    """A body as words: escapes undone, blanks and hyphens of line breaks gone, small letters."""
    texts = []
    for each in unpacked(body):
        words = each.decode("utf-8", "replace")
        texts.append(words)
        if "\\u" in words:
            texts.append(re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m[1], 16)), words))
    return re.sub(r"\s+", "", " ".join(texts)).casefold()


def seen(body, canaries, *, sent=""):
    """The canaries in a body that whoever asked did not send himself."""
    words = plain(body)
    typed = re.sub(r"\s+", "", sent).casefold()
    return {canary for canary in canaries if canary in words and canary not in typed}
