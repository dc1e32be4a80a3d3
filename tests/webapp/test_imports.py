"""Each process imports what it serves with and no more: a start must not wait for the rest."""

import subprocess
import sys
from itertools import chain

import pytest

from webapp.cli import build_parser, command_of

ANALYSIS = {"geopandas", "numba", "numpy", "ortools", "pandas", "pyarrow", "scipy", "shapely"}
PRINTING = {"weasyprint", "fontTools"}
PAGES = {"dash", "dash_leaflet", "dash_mantine_components", "plotly", "flask"}
DATABASE = {"alembic", "geoalchemy2", "psycopg", "sqlalchemy"}
DECLARING = {"alembic", "geoalchemy2"}

ROOMS = {
    "the parser": ("webapp.cli", ANALYSIS | PRINTING | PAGES | DATABASE | {"starlette"}),
    "demo of a loaded place": ("webapp.commands.demo", ANALYSIS | PRINTING | PAGES | DECLARING),
    "serve and stop": ("webapp.commands.running", ANALYSIS | PRINTING | PAGES | DECLARING),
    "status and layers": ("webapp.commands.looking", ANALYSIS | PRINTING | PAGES | DECLARING),
    "live": ("webapp.web_process, webapp.live", ANALYSIS | PRINTING | PAGES | DECLARING),
    "web": (
        "webapp.web_process, webapp.app, census.products.printing",
        # Routes are lines: shapely, which brings numpy, and the type of their column.
        (ANALYSIS - {"shapely", "numpy"}) | PRINTING | {"alembic"},
    ),
    "worker": ("webapp.web_process, census.products.jobs, webapp.sheets", PAGES | {"scipy.stats"}),
}


@pytest.mark.parametrize("room", ROOMS)
def test_a_process_imports_no_library_that_it_does_not_use(room):
    modules, unused = ROOMS[room]
    code = f"import sys, {modules}; print(*sorted({unused!r} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == []


def leaves(parser):
    """Walk to the parsers of commands that are carried out."""
    groups = [action.choices for action in parser._actions if action.dest in {"command", "step"}]
    if not groups:
        return [parser]
    return list(chain.from_iterable(leaves(one) for one in groups[0].values()))


@pytest.mark.parametrize("parser", leaves(build_parser()), ids=lambda parser: parser.prog)
def test_every_command_has_a_function_and_takes_json(parser):
    assert callable(command_of(parser.get_default("run")))
    assert "--json" in parser.format_usage()
