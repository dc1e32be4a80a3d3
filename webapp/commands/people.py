"""Commands about accounts; the audit names the user of the operating system who typed them."""

import argparse
from typing import Any

from census.store.actors import Grant, system_actor
from census.store.commands import (
    accounts,
    close_account,
    create_account,
    grant_role,
    issue_code,
    require_factor,
    reset_second_factor,
    revoke_role,
    role_rules,
)
from census.store.database import Store, open_store
from census.store.presence import account_id_of
from census.store.rights import rights
from webapp.commands.console import Console
from webapp.words import LANGUAGES, speak


def run_user(asked: argparse.Namespace, console: Console) -> int:
    """
    Do what was asked about accounts.

    Parameters
    ----------
    asked
        What was typed; ``step`` says which of the commands.
    console
        Where to speak.

    Returns
    -------
    int
        0.
    """
    steps = {
        "add": _add,
        "list": _list,
        "grant": _grant,
        "revoke": _revoke,
        "code": _code,
        "reset-factor": _reset_factor,
        "factor": _factor,
        "close": _close,
    }
    with open_store(console.settings, place=asked.place) as store:
        steps[asked.step](store, asked, console)
    return 0


def _add(store: Store, asked: argparse.Namespace, console: Console) -> None:
    actor = system_actor()
    account_id = create_account(
        store, actor, login_name=asked.name, display_name=asked.display or asked.name,
        staff_number=asked.staff_number, ends_on=asked.until,
        grants=(Grant(asked.role, asked.scope),),
    )  # fmt: skip
    code = issue_code(store, actor, account_id=account_id)
    console.say(f"已添加账号 {asked.name}（{asked.role}）。", f"Added {asked.name} ({asked.role}).")
    _tell_code(asked.name, code, console)
    console.answer(
        {
            "id": account_id,
            "name": asked.name,
            "role": asked.role,
            "scope": asked.scope,
            "code": code,
            "code_valid_min": rights().limits["codes"]["valid_min"],
        }
    )


def _tell_code(name: str, code: str, console: Console) -> None:
    hours = rights().limits["codes"]["valid_min"] // 60
    console.say(
        f"{name} 的一次性重置码：{code}，{hours} 小时内有效，只显示这一次，请当面交给本人。",
        f"One-time code of {name}: {code}. It is valid for {hours} h and shown only now; hand it "
        "over in person.",
    )


def _list(store: Store, asked: argparse.Namespace, console: Console) -> None:
    del asked
    found = accounts(store, system_actor())
    for row in found:
        held = "  ".join(f"{role}@{scope or '*'}" for role, scope in row["roles"]) or "–"
        words = {each: speak(each)(f"account_state.{row['state']}") for each in LANGUAGES}
        state = "" if row["state"] == "open" else " ".join(words.values())
        number = row["staff_number"] or ""
        console.line(
            f"  {row['login_name']:20} {number:12} {row['display_name']:16} {held} {state}"
        )
    if not found:
        console.say(
            "还没有账号。用 riskatlas user add 添加。",
            "There are no accounts. Add one with riskatlas user add.",
        )
    console.answer({"accounts": [_plain(row) for row in found]})


def _plain(row: Any) -> dict[str, Any]:
    roles = [{"role": role, "scope": scope} for role, scope in row["roles"]]
    return {**row, "roles": roles}


def _grant(store: Store, asked: argparse.Namespace, console: Console) -> None:
    account_id = account_id_of(store, asked.name)
    grant_role(
        store, system_actor(), account_id=account_id, role=asked.role, scope_code=asked.scope
    )
    console.say(
        f"{asked.name} 现有角色 {asked.role}；其登录已全部结束。",
        f"{asked.name} has the role {asked.role}; all its sign-ins have ended.",
    )
    console.answer({"id": account_id, "role": asked.role, "scope": asked.scope})


def _revoke(store: Store, asked: argparse.Namespace, console: Console) -> None:
    account_id = account_id_of(store, asked.name)
    had_it = revoke_role(
        store, system_actor(), account_id=account_id, role=asked.role, scope_code=asked.scope
    )
    if had_it:
        console.say(
            f"{asked.name} 不再有角色 {asked.role}；其登录已全部结束。",
            f"{asked.name} has the role {asked.role} no longer; all its sign-ins have ended.",
        )
    else:
        console.say(
            f"{asked.name} 本来就没有这个角色和范围。", f"{asked.name} had no such role there."
        )
    console.answer({"id": account_id, "role": asked.role, "scope": asked.scope, "had_it": had_it})


def _code(store: Store, asked: argparse.Namespace, console: Console) -> None:
    account_id = account_id_of(store, asked.name)
    code = issue_code(
        store, system_actor(), account_id=account_id, drops_totp=asked.drop_second_factor
    )
    console.say(
        f"{asked.name} 的登录已全部结束，原密码和以前的码已作废，锁定已解除。",
        f"All sign-ins of {asked.name} have ended, the old password and earlier codes are void, "
        "a lock is lifted.",
    )
    _tell_code(asked.name, code, console)
    console.answer(
        {
            "id": account_id,
            "name": asked.name,
            "code": code,
            "code_valid_min": rights().limits["codes"]["valid_min"],
        }
    )


def _reset_factor(store: Store, asked: argparse.Namespace, console: Console) -> None:
    account_id = account_id_of(store, asked.name)
    had_one = reset_second_factor(store, system_actor(), account_id=account_id)
    if had_one:
        console.say(
            f"{asked.name} 的二次验证已解除，其登录已全部结束；下次登录时可重新设置。",
            f"The second step of {asked.name} is reset, all its sign-ins have ended; it is set up "
            "anew at the next sign-in.",
        )
    else:
        console.say(f"{asked.name} 没有启用二次验证。", f"{asked.name} has no second step.")
    console.answer({"id": account_id, "name": asked.name, "had_one": had_one})


def _factor(store: Store, asked: argparse.Namespace, console: Console) -> None:
    role = asked.require or asked.release
    if role is not None:
        require_factor(store, system_actor(), role=role, is_needed=asked.require is not None)
    rows = role_rules(store, system_actor())
    for row in rows:
        word = "须二次验证 required" if row["needs_totp"] else "自愿 as they like"
        console.line(f"  {row['role']:16} {word}  ({row['without_totp']}/{row['accounts']} –)")
    console.say(
        "括号内：还未设置二次验证的账号数/账号总数。要求在下次登录时生效。",
        "In brackets: accounts without a second step of all that hold the role. What is required "
        "is asked for at the next sign-in.",
    )
    console.answer({"roles": rows})


def _close(store: Store, asked: argparse.Namespace, console: Console) -> None:
    account_id = account_id_of(store, asked.name)
    close_account(store, system_actor(), account_id=account_id)
    console.say(
        f"账号 {asked.name} 已关闭，其登录已全部结束；做过的事仍在审计中。",
        f"The account {asked.name} is closed, all its sign-ins have ended; the audit keeps what "
        "it did.",
    )
    console.answer({"id": account_id, "name": asked.name})
