"""The three notebooks run from top to bottom on a loaded place, and are stored without outputs."""

import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).resolve().parent.parent / "notebooks").glob("*.ipynb"))


def test_there_are_three_notebooks():
    assert [n.name[:2] for n in NOTEBOOKS] == ["01", "02", "03"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_the_notebook_is_stored_without_outputs(path):
    cells = nbformat.read(path, as_version=4).cells
    assert [c.id for c in cells if c.cell_type == "code" and (c.outputs or c.execution_count)] == []


@pytest.fixture
def notebook_home(cluster_settings, story_place):
    """The folder of a cluster in which the place of the notebooks is loaded already."""
    assert story_place
    return cluster_settings.home


@pytest.mark.notebook
@pytest.mark.postgis
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_the_notebook_runs_from_top_to_bottom(path, notebook_home, monkeypatch):
    monkeypatch.setenv("RISKATLAS_HOME", str(notebook_home))
    monkeypatch.setenv("IPYTHONDIR", str(notebook_home / "ipython"))
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook, timeout=900, kernel_name="python3", resources={"metadata": {"path": path.parent}}
    )
    client.execute(env=dict(os.environ))
    assert all(c.execution_count for c in notebook.cells if c.cell_type == "code")
