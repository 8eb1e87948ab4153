"""The notebook runs on a finished study, cell by cell."""

import os
from pathlib import Path

NOTEBOOK = Path(__file__).parents[2] / "docs/notebooks/results.ipynb"


def test_the_notebook_reads_a_finished_study(finished, modules, monkeypatch):
    modules(("nbclient", "ipykernel"), "envs/docs.txt")
    import nbformat
    from nbclient import NotebookClient

    monkeypatch.setenv("CURVAE_RESULTS", str(finished.folder / "results"))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(NOTEBOOK.parents[2]), os.environ.get("PYTHONPATH", ""))))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    assert all(cell.get("outputs", []) == [] for cell in notebook.cells)
    nbformat.validate(notebook)
    done = NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    shown = [cell for cell in done.cells if cell.cell_type == "code" and cell["outputs"]]
    assert len(shown) >= 6
