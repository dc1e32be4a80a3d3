"""Commands about wall screens; the link of one is shown once, when it is made."""

import argparse

from census.store.actors import system_actor
from census.store.database import Store, open_store
from census.store.reported_sites import local_minute
from census.store.screens import add_screen, revoke_screen, screens
from webapp.commands.console import Console
from webapp.screen_links import display_path, live_address
from webapp.serve import served_live


def run_screen(asked: argparse.Namespace, console: Console) -> int:
    """
    Do what was asked about wall screens.

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
    steps = {"add": _add, "list": _list, "revoke": _revoke}
    with open_store(console.settings, place=asked.place) as store:
        steps[asked.step](store, asked, console)
    return 0


def _add(store: Store, asked: argparse.Namespace, console: Console) -> None:
    token = add_screen(
        store, system_actor(), name=asked.name, profile=asked.profile, town_code=asked.town
    )
    served = served_live(console.settings)
    if served is None:
        console.say(
            "系统没有运行，链接按当前设置的地址给出；请核对主机名和端口。",
            "Nothing is served at the moment: the link has the address of the settings. Check its "
            "host and port.",
        )
    link = (served or live_address(console.settings)) + display_path(asked.profile, token)
    console.say(
        f"展示屏“{asked.name.strip()}”的链接：{link} 。只显示这一次；凭它无须登录，请勿外传。",
        f"Link of the screen {asked.name.strip()}: {link} It is shown only now; whoever has it "
        "needs no sign-in.",
    )
    console.answer({"name": asked.name.strip(), "profile": asked.profile, "link": link})


def _list(store: Store, asked: argparse.Namespace, console: Console) -> None:
    del asked
    found, zone = screens(store, system_actor()), store.district.timezone
    for row in found:
        over = row["revoked_at"]
        at = f"{local_minute(over, zone)} ({zone})" if over else ""
        state = f"已撤销 revoked {at}" if over else "有效 valid"
        console.line(f"  {row['name']:24} {row['profile']:8} {row['town_code'] or '*':14} {state}")
    if not found:
        console.say(
            "还没有展示屏。用 riskatlas screen add 建立。",
            "There are no screens. Make one with riskatlas screen add.",
        )
    console.answer({"screens": [{**row, **_times(row)} for row in found]})


def _times(row: dict[str, object]) -> dict[str, str | None]:
    return {key: str(row[key]) if row[key] else None for key in ("made_at", "revoked_at")}


def _revoke(store: Store, asked: argparse.Namespace, console: Console) -> None:
    revoke_screen(store, system_actor(), name=asked.name)
    console.say(
        f"展示屏“{asked.name}”的链接已撤销，已打开的屏幕将在数秒内停止显示。",
        f"The link of the screen {asked.name} is revoked; an open one stops within seconds.",
    )
    console.answer({"name": asked.name})
