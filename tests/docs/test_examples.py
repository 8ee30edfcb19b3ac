"""The example DAGs: Airflow reads each, and none does by hand what the package does."""

from __future__ import annotations

import runpy

import pytest
from airflow.sdk import DAG

from docsite.page import ROOT

EXAMPLES = sorted((ROOT / "example_dags").glob("*.py"))
EACH = pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)


@EACH
def test_a_file_makes_the_dag_of_its_name(path, monkeypatch):
    made: list[str] = []
    init = DAG.__attrs_post_init__

    def noted(dag: DAG) -> None:
        init(dag)
        made.append(dag.dag_id)

    monkeypatch.setattr(DAG, "__attrs_post_init__", noted)
    runpy.run_path(str(path))
    assert path.stem in made


@EACH
def test_it_makes_no_request_of_its_own(path):
    text = path.read_text()
    assert ".post(" not in text
    assert ".get_conn(" not in text
