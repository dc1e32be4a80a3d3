"""Read who may do what: roles, actions, commands, routes and callbacks of ``access.toml``."""

import inspect
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from census.access_errors import RightsError
from census.store.settings import data_folder

TOWN_CODE_DIGITS = 12
TOWN_PREFIX_DIGITS = 9
EVERYWHERE = ""
LIMITS = ("sessions", "lockout", "codes", "passwords", "presence")
# Rooms whose functions act for a person; one that is not built yet is passed over.
COMMAND_ROOMS = (
    "account_list", "commands", "password_commands", "factor_commands", "route_commands",
    "new_routes", "route_workflow", "seats", "report_commands", "report_decisions", "reports",
    "screens", "proposals", "proposal_decisions", "proposal_reading", "personal", "audit",
    "audit_reading",
)  # fmt: skip


@dataclass(frozen=True)
class Role:
    """
    A role, as ``access.toml`` describes it.

    Attributes
    ----------
    name
        Name of the role.
    word_zh
        Its word in Chinese.
    word_en
        Its word in English.
    actions
        Actions beyond those of everybody.
    signs_in
        Whether an account may hold it.
    needs_totp
        Whether it signs in with a second factor where the bureau said nothing of it.
    is_of_district
        Whether it holds for the whole district alone.
    """

    name: str
    word_zh: str
    word_en: str
    actions: frozenset[str]
    signs_in: bool
    needs_totp: bool
    is_of_district: bool = False

    @property
    def words(self) -> tuple[str, str]:
        """
        Name it in Chinese and English.

        Returns
        -------
        tuple of str
            Chinese, English.
        """
        return self.word_zh, self.word_en


@dataclass(frozen=True)
class Rights:
    """
    The tables of rights, checked: every action that a row names is a known one.

    Attributes
    ----------
    roles
        Roles by name.
    actions
        Chinese and English words of each action.
    everybody
        Actions that need no sign-in.
    signed_in
        Actions of every account.
    apart
        Roles of which no account may hold two.
    commands
        Action of each command.
    routes
        Action of each Flask rule, by method.
    pages
        Action of each page, by the template of its address.
    callbacks
        Action of each output of a callback.
    limits
        Tables of figures, as ``LIMITS`` lists them.
    district_actions
        Actions that concern the whole district, whoever has them.
    """

    roles: Mapping[str, Role]
    actions: Mapping[str, tuple[str, str]]
    everybody: frozenset[str]
    signed_in: frozenset[str]
    apart: frozenset[str]
    commands: Mapping[str, str]
    routes: Mapping[str, Mapping[str, str]]
    pages: Mapping[str, str]
    callbacks: Mapping[str, str]
    limits: Mapping[str, Mapping[str, int]]
    district_actions: frozenset[str] = frozenset()

    @classmethod
    def load(cls, path: Path | None = None) -> "Rights":
        """
        Read and check the tables.

        Parameters
        ----------
        path
            The file; None for ``reference/access.toml`` of the data folder.

        Returns
        -------
        Rights
            The tables.

        Raises
        ------
        RightsError
            If a row names an action or a role that has no row of its own.
        """
        file = path or data_folder() / "reference" / "access.toml"
        read = tomllib.loads(file.read_text("utf-8"))
        rights = cls(
            roles={name: _role(name, row) for name, row in read["roles"].items()},
            actions={
                name: (row["word_zh"], row["word_en"]) for name, row in read["actions"].items()
            },
            everybody=frozenset(read["everybody"]),
            signed_in=frozenset(read["signed_in"]),
            apart=frozenset(read["apart"]),
            commands=read["commands"],
            routes=read["routes"],
            pages=read["pages"],
            callbacks=read["callbacks"],
            limits={name: read[name] for name in LIMITS},
            district_actions=frozenset(
                name for name, row in read["actions"].items() if row.get("is_of_district")
            ),
        )
        rights._check()
        return rights

    def _check(self) -> None:
        named = [("everybody", self.everybody), ("signed_in", self.signed_in)]
        named += [(f"roles.{role.name}", role.actions) for role in self.roles.values()]
        named += [(f"commands.{name}", frozenset([a])) for name, a in self.commands.items()]
        named += [(f"routes.{rule}", frozenset(row.values())) for rule, row in self.routes.items()]
        named += [(f"pages.{name}", frozenset([a])) for name, a in self.pages.items()]
        named += [(f"callbacks.{name}", frozenset([a])) for name, a in self.callbacks.items()]
        faults = [
            (row, action)
            for row, actions in named
            for action in sorted(actions - set(self.actions))
        ]
        faults += [("apart", role) for role in sorted(self.apart - set(self.roles))]
        if faults:
            raise RightsError(
                "; ".join(f"row {row} names {name!r}, which has no row" for row, name in faults),
                "；".join(f"“{row}”一行写了“{name}”，而它没有定义" for row, name in faults),
            )

    def check_commands(self, names: Iterable[str]) -> None:
        """
        Compare the commands that the program has with the rows of the table.

        Parameters
        ----------
        names
            Names of the commands; :func:`commands_of_program` lists them.

        Raises
        ------
        RightsError
            If a command has no row, or a row no command; all are named.
        """
        known = set(names)
        without_row = sorted(known - set(self.commands))
        without_command = sorted(set(self.commands) - known)
        if without_row or without_command:
            raise RightsError(
                f"commands without a row: {', '.join(without_row) or 'none'}; rows without a "
                f"command: {', '.join(without_command) or 'none'}",
                f"没有对应行的命令：{'、'.join(without_row) or '无'}；没有对应命令的行："
                f"{'、'.join(without_command) or '无'}",
            )

    def actions_of(self, role: str) -> frozenset[str]:
        """
        List what a role may do.

        Parameters
        ----------
        role
            Name of the role; an unknown one has the actions of everybody.

        Returns
        -------
        frozenset[str]
            Its actions, with those of everybody and of every account.
        """
        row = self.roles.get(role)
        if row is None:
            return self.everybody
        return self.everybody | row.actions | (self.signed_in if row.signs_in else frozenset())

    def is_of_district(self, action: str | None) -> bool:
        """
        Tell whether an action concerns the whole district and no part of it.

        Parameters
        ----------
        action
            The action; None where no row names it.

        Returns
        -------
        bool
            True for the actions of the roles that hold for the whole district alone, and for those
            that the tables mark so.
        """
        if action in self.district_actions:
            return True
        return any(role.is_of_district and action in role.actions for role in self.roles.values())

    def action_of_command(self, name: str) -> str | None:
        """
        Name the action of a command.

        Parameters
        ----------
        name
            Name of the function.

        Returns
        -------
        str | None
            The action; None where no row names it: nobody may.
        """
        return self.commands.get(name)

    def action_of_route(self, rule: str, method: str) -> str | None:
        """
        Name the action of a route.

        Parameters
        ----------
        rule
            Flask's rule, such as ``/village/<code>/<kind>.pdf``.
        method
            HTTP method; HEAD counts as GET, OPTIONS as the first method named.

        Returns
        -------
        str | None
            The action; None where no row names it: nobody may.
        """
        row = self.routes.get(rule, {})
        if method == "OPTIONS":
            return next(iter(row.values()), None)
        return row.get("GET" if method == "HEAD" else method)

    def action_of_page(self, template: str) -> str | None:
        """
        Name the action of a page.

        Parameters
        ----------
        template
            Template of its address, such as ``/village/<code>``.

        Returns
        -------
        str | None
            The action; None where no row names it: nobody may.
        """
        return self.pages.get(template)

    def action_of_callback(self, output: str) -> str | None:
        """
        Name the action of a callback.

        Parameters
        ----------
        output
            Dash's name of its output.

        Returns
        -------
        str | None
            The action; None where no row names it: nobody may.
        """
        return self.callbacks.get(output)


def _role(name: str, row: Mapping[str, Any]) -> Role:
    return Role(
        name,
        row["word_zh"],
        row["word_en"],
        frozenset(row["actions"]),
        bool(row.get("signs_in", True)),
        bool(row.get("needs_totp", False)),
        bool(row.get("is_of_district", False)),
    )


@cache
def rights() -> Rights:
    """
    Return the tables of this program.

    Returns
    -------
    Rights
        Read once.
    """
    return Rights.load()


def commands_of_program() -> list[str]:
    """
    List the functions of census.store that act for a person: ``name(store, actor, *, ...)``.

    Returns
    -------
    list[str]
        Their names, sorted.
    """
    found = []
    for room in COMMAND_ROOMS:
        if find_spec(f"census.store.{room}") is None:
            continue
        module = import_module(f"census.store.{room}")
        for name, function in inspect.getmembers(module, inspect.isfunction):
            taken = inspect.signature(function).parameters
            is_own = function.__module__ == module.__name__ and not name.startswith("_")
            is_plain = all(p.kind is p.KEYWORD_ONLY for p in list(taken.values())[2:])
            if is_own and is_plain and list(taken)[:2] == ["store", "actor"]:
                found.append(name)
    return sorted(found)


def prefix_of(scope_code: str) -> str:
    """
    Return the digits that every code inside a scope begins with.

    Parameters
    ----------
    scope_code
        Code of a division; a town's 12 digits end in 000.

    Returns
    -------
    str
        The code, of a town its first nine digits.
    """
    is_town = len(scope_code) == TOWN_CODE_DIGITS and scope_code.endswith("000")
    return scope_code[:TOWN_PREFIX_DIGITS] if is_town else scope_code


def is_within(village_code: str, scope_code: str) -> bool:
    """
    Tell whether a place lies in a scope.

    Parameters
    ----------
    village_code
        Code of a village, a town or a grid unit; empty for the whole district.
    scope_code
        The scope: empty for the whole district, else the code of a town or a village.

    Returns
    -------
    bool
        True for the place itself and what lies in it.
    """
    return village_code.startswith(prefix_of(scope_code))
