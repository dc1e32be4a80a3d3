"""The cross-checks as a page: what was asked, what does not agree, where, and what to do."""

import threading
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from flask import Flask, request
from werkzeug.wrappers import Response as AnyResponse

from census.store.account_list import scope_choices
from census.store.database import Store
from census.store.deliveries import edition, generations
from census.store.object_list import Outline, village_outlines
from census.store.stated_codes import standing
from webapp import identity, session
from webapp.census_pages.drawing import MOST_DRAWN, STEP_M, Sign, picture
from webapp.census_pages.pages import LONGEST_TEXT, ROOT, layer_forms, object_path
from webapp.login_forms import drawn
from webapp.words import Language, speak

if TYPE_CHECKING:
    from census.products.crosschecks.asking import Answer

SHOWN_OF_ALL: Final = 20
SHOWN_OF_ONE: Final = 1000


class KeptAnswers:
    """The answers of the cross-checks, asked anew when a layer or the day has changed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: tuple[object, ...] | None = None
        self._answers: list[Answer] = []

    def now(self, office: Store) -> "list[Answer]":
        """
        Give the answers that hold now.

        Parameters
        ----------
        office
            The store, role app.

        Returns
        -------
        list of Answer
            One per rule.
        """
        from census.products.crosschecks.asking import ask  # noqa: PLC0415  (geopandas; few ask)

        today = datetime.now(ZoneInfo(office.district.timezone)).date()
        # Scopes and persons have no edition: what stands on former codes is asked each time.
        key = (edition(office, *sorted(generations(office))), today, *standing(office))
        # Who asks meanwhile waits for this answer instead of computing it again.
        with self._lock:
            if key != self._asked:
                self._answers, self._asked = ask(office), key
            return self._answers


def _rows(
    answer: "Answer", language: Language, codes: set[str] | None, most: int
) -> tuple[list[dict[str, Any]], int]:
    by_table = layer_forms()
    kept = [
        (finding, file)
        for finding, file in zip(answer.findings, answer.files, strict=True)
        if codes is None or finding.division_code in codes or finding.code in codes
    ]
    rows = []
    for finding, file in kept[:most]:
        form = by_table.get(finding.table)
        rows.append(
            {
                "name": " ".join(part for part in (finding.name, finding.code) if part),
                "href": object_path(form, finding.code) if form and finding.code else "",
                "sentence": finding.sentence_zh if language == "zh" else finding.sentence_en,
                "fix": finding.fix_zh if language == "zh" else finding.fix_en,
                "file": file, "source_row": finding.source_row,
                "x": finding.x, "y": finding.y,
            }
        )  # fmt: skip
    return rows, len(kept)


def _told(
    answers: "Iterable[Answer]", language: Language, codes: set[str] | None, rule: str
) -> list[dict[str, Any]]:
    told = []
    for answer in answers:
        most = SHOWN_OF_ONE if answer.rule == rule else SHOWN_OF_ALL
        rows, count = _rows(answer, language, codes, most)
        told.append(
            {
                "rule": answer.rule, "level": answer.level,
                "level_word": speak(language)(f"census.level_{answer.level}"),
                "is_verified": answer.is_verified,
                "title": answer.title_zh if language == "zh" else answer.title_en,
                "clause": answer.clause_zh if language == "zh" else answer.clause_en,
                "empty": answer.empty_tables, "rows": rows, "count": count,
            }
        )  # fmt: skip
    return told


def _signs(told: Iterable[dict[str, Any]], rule: str) -> list[Sign]:
    from pyproj import Transformer  # noqa: PLC0415  (only this page projects)

    mercator = Transformer.from_crs(4326, 3857, always_xy=True)
    found = []
    for each in told:
        for row in each["rows"] if rule in {"", each["rule"]} else ():
            if row["x"] is None:
                continue
            x, y = mercator.transform(row["x"], row["y"])
            path = f"M {x:.0f} {-y:.0f} h 0"
            title = f"{row['name']} {row['sentence']}"
            found.append(Sign(path, title, row["href"], "dot", f"sign-{each['level']}"))
    return found[:MOST_DRAWN]


def _page(store: Store, kept: KeptAnswers) -> AnyResponse:
    office, language = identity.office(), session.language()
    choices = scope_choices(office)
    towns = [each for each in choices if each.level == "town"]
    rule = request.args.get("rule", "")[:LONGEST_TEXT]
    town = request.args.get("town", "")[:LONGEST_TEXT]
    codes = {each.code for each in choices if town in {each.code, each.town_code}} if town else None
    answers = kept.now(office)
    known = rule if rule in {each.rule for each in answers} else ""
    told = _told(answers, language, codes, known)
    outlines: list[Outline] = village_outlines(office, step_m=STEP_M)
    signs = _signs(told, known)
    return drawn(
        store, "census_checks.html",
        title=speak(language)("census.checks"), answers=told, asked_rule=known, asked_town=town,
        towns=towns, total=sum(each["count"] for each in told),
        picture=picture(outlines, signs, around=town) if signs else None,
    )  # fmt: skip


def register(server: Flask, store: Store) -> None:
    """
    Give a server the page of the cross-checks.

    Parameters
    ----------
    server
        The server, whose identity is set up.
    store
        The district's store, as the public may read it: the page names the district.
    """
    kept = KeptAnswers()
    server.get(f"{ROOT}/checks", endpoint="census_checks")(lambda: _page(store, kept))
