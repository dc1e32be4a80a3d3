"""`riskatlas`, the one command people type: it parses, calls census or webapp, and prints."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib import import_module
from importlib.metadata import version
from typing import NoReturn

from census.errors import CensusError, UnknownFormError, UnknownLayerError
from census.store.settings import LAST_PORT, Settings
from geo.errors import GeoError
from webapp.commands.console import Console
from webapp.commands.declared import declare

DONE, REFUSED, WRONG_USAGE, INTERRUPTED, NOBODY_READS = 0, 1, 2, 130, 141
Command = Callable[[argparse.Namespace, Console], int]
_USAGE_KINDS = (UnknownFormError, UnknownLayerError)


class Parser(argparse.ArgumentParser):
    """An argument parser whose complaint says in both languages where to look."""

    def error(self, message: str) -> NoReturn:
        """
        Complain and exit with 2.

        Parameters
        ----------
        message
            What argparse found.
        """
        self.print_usage(sys.stderr)
        self.exit(WRONG_USAGE, f"用法不对（见 --help） wrong usage (see --help): {message}\n")


def build_parser() -> argparse.ArgumentParser:
    """
    Declare every command.

    Returns
    -------
    argparse.ArgumentParser
        The parser; ``run`` names the chosen command's room and function, for ``command_of``.
    """
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--json", action="store_true", help="机器可读 one JSON object")
    common.add_argument("--place", metavar="NAME", help="地区 the place to act on")
    parser = Parser(
        prog="riskatlas",
        description="把区县自然灾害风险普查变成可用的地图 "
        "Turn a district's disaster risk census into maps that people act on.",
    )
    parser.add_argument("--version", action="version", version=f"Riskatlas {version('riskatlas')}")
    commands = parser.add_subparsers(dest="command", required=True, parser_class=Parser)
    declare(commands, common)
    return parser


def command_of(run: str) -> Command:
    """
    Import the room of a command, and with it only what that command needs.

    Parameters
    ----------
    run
        ``room:function``, as declared.

    Returns
    -------
    Callable
        The function, given what was typed and where to speak; returns the exit code.
    """
    room, function = run.split(":")
    command: Command = getattr(import_module(f"webapp.commands.{room}"), function)
    return command


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Run one command.

    Parameters
    ----------
    arguments
        What was typed after ``riskatlas``; None for the command line.

    Returns
    -------
    int
        0 done, 1 refused or failed with a sentence, 2 wrong usage, 130 interrupted, 141 where
        whoever read the answer has left.
    """
    asked = build_parser().parse_args(arguments)
    try:
        settings = _settings(asked)
        code = command_of(asked.run)(asked, Console(settings, is_json=asked.json))
        sys.stdout.flush()
    except (CensusError, GeoError) as fault:
        sys.stderr.write(f"{fault.sentence_zh}\n{fault.sentence_en}\n")
        return WRONG_USAGE if isinstance(fault, _USAGE_KINDS) else REFUSED
    except BrokenPipeError:
        # `riskatlas forms | head`: what is left goes nowhere, also at the end of the interpreter.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NOBODY_READS
    except OSError as fault:
        where = f"{fault.filename}: " if fault.filename else ""
        said = f"{where}{fault.strerror or fault}"
        sys.stderr.write(f"系统拒绝了这一步：{said}\nThe system refused this step: {said}\n")
        return REFUSED
    except KeyboardInterrupt:
        return INTERRUPTED
    return code


def _settings(asked: argparse.Namespace) -> Settings:
    settings = Settings.from_env(os.environ)
    port = getattr(asked, "port", None)
    if port is None:
        return settings
    if not 0 < port < LAST_PORT:
        raise argparse_fault(port)
    return replace(settings, port=port)


def argparse_fault(port: int) -> CensusError:
    """
    Name a port that cannot be one.

    Parameters
    ----------
    port
        What was typed.

    Returns
    -------
    CensusError
        The fault.
    """
    return CensusError(
        f"--port must be 1 to {LAST_PORT - 1}, not {port}: the next port is needed too.",
        f"--port 应为 1 至 {LAST_PORT - 1}，不是 {port}：其后一个端口也要使用。",
    )


if __name__ == "__main__":
    sys.exit(main())
