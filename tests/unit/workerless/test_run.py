"""What of a DAG run a template may use in the triggerer: what renders there as it does on a worker."""

from __future__ import annotations

from datetime import datetime, timezone

import jinja2
import pytest
from airflow.api_fastapi.execution_api.datamodels.taskinstance import DagRun as InTheTriggerer
from airflow.sdk.api.datamodels._generated import DagRun as OnAWorker

from airflow_jobstatus.workerless.arguments import OF_THE_RUN
from airflow_jobstatus.workerless.eligibility import starts_in_the_triggerer

pytestmark = pytest.mark.skipif(
    not starts_in_the_triggerer(), reason="Airflow 3.3 starts tasks in the triggerer"
)

THEN = datetime(2026, 1, 2, 3, 4, 5, 678900, tzinfo=timezone.utc)
RUN = {
    "dag_id": "waits",
    "run_id": "manual__1",
    "logical_date": THEN,
    "data_interval_start": THEN,
    "data_interval_end": THEN,
    "run_after": THEN,
    "start_date": THEN,
    "end_date": None,
    "clear_number": 1,
    "run_type": "manual",
    "state": "running",
    "conf": {"job": "a", "deep": [1.5, None, {"b": True}]},
    "consumed_asset_events": [],
    "partition_key": "eu",
}
FORMS = (
    "{{ dag_run.NAME }}",
    "{{ dag_run['NAME'] }}",
    "x-{{ dag_run.NAME ~ '-y' }}",
    "{{ dag_run.NAME | string }}",
)
IN_A_DATE = (".isoformat()", ".year", ".strftime('%Y-%m-%d %z')")


def both(template: str, **changed: object) -> list[str]:
    """Give how a template renders on a worker and in the triggerer."""
    told = InTheTriggerer(**{**RUN, **changed})
    runs = [
        OnAWorker.model_validate_json(told.model_dump_json()),
        InTheTriggerer(**told.model_dump(exclude_unset=True)),
    ]
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined)
    return [environment.from_string(template).render(dag_run=run) for run in runs]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", sorted(OF_THE_RUN))
def test_what_is_allowed_renders_alike(name, form):
    worker, triggerer = both(form.replace("NAME", name))
    assert worker == triggerer


@pytest.mark.parametrize("part", IN_A_DATE)
@pytest.mark.parametrize("name", ["logical_date", "data_interval_start", "data_interval_end", "run_after"])
def test_a_part_of_a_date_renders_alike(name, part):
    worker, triggerer = both(f"{{{{ dag_run.{name}{part} }}}}")
    assert worker == triggerer


@pytest.mark.parametrize("name", ["conf", "logical_date", "partition_key"])
def test_what_a_run_has_not_renders_alike(name):
    worker, triggerer = both(f"{{{{ dag_run.{name} }}}}", **{name: None})
    assert worker == triggerer


def test_the_type_of_a_run_does_not_render_alike_and_is_not_allowed():
    worker, triggerer = both("{{ dag_run.run_type }}")
    assert ("run_type" in OF_THE_RUN, worker == triggerer) == (False, False)
