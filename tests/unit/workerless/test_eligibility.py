"""A wait that begins or ends in the triggerer; what would be lost there is a worker's, and logged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import jinja2
import pytest
from airflow.sdk import DAG, BaseOperatorLink, TaskGroup, task, task_group
from airflow.sdk.definitions.xcom_arg import PlainXComArg
from airflow.triggers.base import TaskSuccessEvent

from airflow_jobstatus.sensors.jobstatus import JobStatusSensor
from airflow_jobstatus.workerless import eligibility
from airflow_jobstatus.workerless.eligibility import starts_in_the_triggerer, xcom_backend
from airflow_jobstatus.workerless.start import why_on_a_worker
from tests.support.acme import CONN_ID, RUNNING, SUCCEEDED
from tests.support.triggerer import DAG_ID, event_of

START = pytest.mark.skipif(not starts_in_the_triggerer(), reason="Airflow 3.3 starts tasks in the triggerer")
OURS: dict[str, Any] = {"task_id": "wait", "conn_id": CONN_ID, "deferrable": True, "poke_interval": 0}


class Link(BaseOperatorLink):
    name = "vendor"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:  # noqa: ARG002  Airflow's signature
        return ""


class LinkedSensor(JobStatusSensor):
    operator_extra_links = (Link(),)


class CompletingSensor(JobStatusSensor):
    def execute_complete(self, context, event):
        return super().execute_complete(context, event)


class PostExecutingSensor(JobStatusSensor):
    def post_execute(self, context, result=None):
        pass


class PreExecutingSensor(JobStatusSensor):
    def pre_execute(self, context):
        pass


class ExecutingSensor(JobStatusSensor):
    def execute(self, context):
        return super().execute(context)


class HookedSensor(JobStatusSensor):
    def get_hook(self):
        return super().get_hook()


class OtherSensor(JobStatusSensor):
    """A subclass that changes nothing of what is done at the start or at the end."""

    ui_color = "#fff"


def said(log: list[Any]) -> str:
    """Give what was logged, a line for each entry."""
    return repr(log)


def nothing(*_: Any, **__: Any) -> None:
    pass


Make = Callable[..., JobStatusSensor]


def sensor(kind: type[JobStatusSensor] = JobStatusSensor, **arguments: Any) -> Make:
    return lambda **more: kind(**{**OURS, "job_id": "x", **arguments, **more})


def expanded(**more: Any) -> JobStatusSensor:
    waits = sensor()(**more)
    JobStatusSensor.partial(task_id="others", conn_id=CONN_ID).expand(job_id=PlainXComArg(waits))
    return waits


def as_dag_result(**more: Any) -> JobStatusSensor:
    waits = sensor()(**more)
    waits.returns_dag_result = True
    return waits


AT_THE_END: dict[str, Make] = {
    "it is not deferrable": sensor(deferrable=False),
    "it has an on_success_callback": sensor(on_success_callback=nothing),
    "it has outlets": sensor(outlets=["somewhere"]),
    "it has operator_extra_links of its own": sensor(LinkedSensor),
    "it has multiple_outputs": sensor(multiple_outputs=True),
    "it has a map_index_template": sensor(map_index_template="{{ task.job_id }}"),
    "its result is the DAG's": as_dag_result,
    "a mapped task expands over its result": expanded,
    "it has a post_execute of its own": sensor(PostExecutingSensor),
    "its class has an execute_complete of its own": sensor(CompletingSensor),
}
AT_THE_START: dict[str, Make] = {
    "it is not deferrable": sensor(deferrable=False),
    "it has an on_execute_callback": sensor(on_execute_callback=nothing),
    "it has a pre_execute of its own": sensor(PreExecutingSensor),
    "its class has an execute of its own": sensor(ExecutingSensor),
    "its class has a get_hook of its own": sensor(HookedSensor),
    "it has multiple_outputs": sensor(multiple_outputs=True),
    "it has a pool, which Airflow does not keep there": sensor(pool="two_at_a_time"),
    "it has max_active_tis_per_dag, which Airflow does not keep there": sensor(max_active_tis_per_dag=1),
    "it has max_active_tis_per_dagrun, which Airflow does not keep there": sensor(
        max_active_tis_per_dagrun=2
    ),
    "Airflow would cut it short at its execution_timeout": sensor(execution_timeout=timedelta(hours=1)),
}
NO_REASON: dict[str, Make] = {
    "plain": sensor(),
    "a subclass": sensor(OtherSensor),
    "other callbacks": sensor(
        on_failure_callback=nothing, on_retry_callback=nothing, on_skipped_callback=nothing
    ),
    "retries": sensor(retries=3, soft_fail=True),
    "an execution_timeout that is later": sensor(timeout=60, execution_timeout=timedelta(hours=1)),
}


@pytest.fixture
def dag() -> Iterator[DAG]:
    with DAG(DAG_ID, schedule=None) as dag:
        yield dag


@pytest.fixture
def deferred(sensor, worker):
    """Run a sensor's first stretch, and give its trigger."""

    def defer(**arguments: Any) -> Any:
        return worker.run(sensor(RUNNING, SUCCEEDED, deferrable=True, **arguments)).deferrals[0].trigger

    return defer


# ---- ending


@pytest.mark.usefixtures("dag")
@pytest.mark.parametrize("reason", AT_THE_END)
def test_what_would_be_lost_at_the_end_stands_against_ending_in_the_triggerer(reason):
    assert eligibility.against_ending(AT_THE_END[reason](end_from_trigger=True)) == reason


def test_every_reason_against_ending_is_tested():
    assert set(AT_THE_END) | {"a custom XCom backend is set"} == set(eligibility.AT_THE_END)


@pytest.mark.usefixtures("dag")
@pytest.mark.parametrize("name", NO_REASON)
def test_nothing_stands_against_ending_in_the_triggerer(name):
    assert eligibility.against_ending(NO_REASON[name](end_from_trigger=True)) is None


def test_a_task_that_was_asked_to_lets_its_trigger_end_it(deferred):
    assert deferred(end_from_trigger=True).options.end_from_trigger


def test_a_task_that_was_not_asked_to_does_not(deferred):
    assert not deferred().options.end_from_trigger


@pytest.mark.parametrize("do_xcom_push", [True, False])
def test_the_trigger_knows_whether_xcoms_are_wanted(deferred, do_xcom_push):
    assert deferred(end_from_trigger=True, do_xcom_push=do_xcom_push).options.do_xcom_push is do_xcom_push


def test_the_log_says_why_a_task_ends_on_a_worker(deferred, log):
    assert not deferred(end_from_trigger=True, outlets=["somewhere"]).options.end_from_trigger
    assert "end_from_trigger does not apply, the task ends on a worker: it has outlets" in said(log)


def test_with_a_listener_a_task_ends_on_a_worker(deferred, monkeypatch, log):
    monkeypatch.setattr(eligibility, "has_listeners", lambda: True)
    assert not deferred(end_from_trigger=True).options.end_from_trigger
    assert "the task ends on a worker: a listener is installed" in said(log)


def test_a_dag_is_not_refused_for_it_where_there_are_listeners():
    """Airflow refuses a DAG with a task that has such an attribute."""
    assert not getattr(sensor_of(end_from_trigger=True), "end_from_trigger", False)


def test_with_a_custom_xcom_backend_a_task_ends_on_a_worker(monkeypatch):
    monkeypatch.setattr(eligibility, "xcom_backend", lambda: "company.xcoms.S3")
    assert eligibility.against_ending(sensor_of(end_from_trigger=True)) == "a custom XCom backend is set"


def test_a_custom_xcom_backend_is_no_reason_for_a_task_without_xcoms(monkeypatch):
    monkeypatch.setattr(eligibility, "xcom_backend", lambda: "company.xcoms.S3")
    assert eligibility.against_ending(sensor_of(do_xcom_push=False)) is None


def test_airflows_own_xcom_backend_is_no_custom_one():
    assert xcom_backend() is None


def test_a_custom_xcom_backend_is_found_in_the_configuration(monkeypatch):
    monkeypatch.setenv("AIRFLOW__CORE__XCOM_BACKEND", "company.xcoms.S3")
    assert xcom_backend() == "company.xcoms.S3"


def test_a_custom_xcom_backend_may_have_the_name_of_airflows(monkeypatch):
    monkeypatch.setenv("AIRFLOW__CORE__XCOM_BACKEND", "company.xcoms.BaseXCom")
    assert xcom_backend() == "company.xcoms.BaseXCom"


# ---- the configuration


def sensor_of(**arguments: Any) -> JobStatusSensor:
    return JobStatusSensor(**{**OURS, "job_id": "x", **arguments})


OPTIONS = {"start_from_trigger": "starts_from_trigger", "end_from_trigger": "ends_from_trigger"}
options = pytest.mark.parametrize("option", OPTIONS)


@options
def test_neither_is_done_by_default(option):
    assert getattr(sensor_of(), OPTIONS[option]) is False


@options
def test_the_configuration_sets_the_default(option, monkeypatch):
    monkeypatch.setenv(f"AIRFLOW__JOBSTATUS__{option.upper()}", "True")
    assert getattr(sensor_of(), OPTIONS[option]) is True


@options
def test_the_task_wins_over_the_configuration(option, monkeypatch):
    monkeypatch.setenv(f"AIRFLOW__JOBSTATUS__{option.upper()}", "True")
    assert getattr(sensor_of(**{option: False}), OPTIONS[option]) is False


@options
def test_the_configuration_is_for_deferrable_tasks(option, monkeypatch):
    monkeypatch.setenv(f"AIRFLOW__JOBSTATUS__{option.upper()}", "True")
    assert getattr(sensor_of(deferrable=False), OPTIONS[option]) is False


# ---- starting


@START
@pytest.mark.usefixtures("dag")
@pytest.mark.parametrize("reason", AT_THE_START)
def test_what_would_be_lost_at_the_start_stands_against_starting_in_the_triggerer(reason):
    waits = AT_THE_START[reason](start_from_trigger=True)
    assert (waits.start_from_trigger, why_on_a_worker(waits)) == (False, reason)


def test_every_reason_against_starting_is_tested():
    elsewhere = {
        "a custom XCom backend is set",
        "it is mapped",
        "Airflow is older than 3.3",
        "triggerers have queues, and Airflow puts a task that starts there into none",
    }
    assert set(AT_THE_START) | elsewhere == set(eligibility.AT_THE_START)


@START
@pytest.mark.usefixtures("dag")
@pytest.mark.parametrize("name", NO_REASON)
def test_nothing_stands_against_starting_in_the_triggerer(name):
    assert NO_REASON[name](start_from_trigger=True, timeout=60).start_from_trigger is True


@START
@pytest.mark.usefixtures("dag")
@pytest.mark.parametrize("reason", sorted(AT_THE_END.keys() - eligibility.IN_BOTH.keys()))
def test_what_only_the_end_would_lose_begins_in_the_triggerer_and_ends_on_a_worker(reason):
    waits = AT_THE_END[reason](start_from_trigger=True, end_from_trigger=True)
    assert waits.start_trigger_args.trigger_kwargs["options"]["end_from_trigger"] is False


@START
def test_max_active_tasks_is_no_reason_as_it_counts_no_deferred_task():
    with DAG(DAG_ID, schedule=None, max_active_tasks=1):
        waits = sensor_of(start_from_trigger=True)
    assert waits.start_from_trigger is True


@START
@pytest.mark.usefixtures("dag")
def test_several_slots_of_the_default_pool_are_a_limit_too():
    assert sensor_of(start_from_trigger=True, pool_slots=2).start_from_trigger is False


@START
@pytest.mark.usefixtures("dag")
@pytest.mark.parametrize("queue", ["default", "far_away"])
def test_where_triggerers_have_queues_a_worker_begins(queue, monkeypatch):
    monkeypatch.setenv("AIRFLOW__TRIGGERER__QUEUES_ENABLED", "True")
    waits = sensor_of(start_from_trigger=True, queue=queue)
    assert (waits.start_from_trigger, why_on_a_worker(waits)) == (
        False,
        "triggerers have queues, and Airflow puts a task that starts there into none",
    )


@START
@pytest.mark.usefixtures("dag")
def test_a_queue_of_workers_alone_is_no_reason():
    assert sensor_of(start_from_trigger=True, queue="far_away").start_from_trigger is True


@START
def test_a_constant_needs_no_xcom_backend(monkeypatch):
    monkeypatch.setenv("AIRFLOW__CORE__XCOM_BACKEND", "company.xcoms.S3")
    assert waiting("constant", do_xcom_push=False).start_from_trigger is True


def test_a_task_that_was_not_asked_to_starts_on_a_worker():
    assert (sensor_of().start_from_trigger, sensor_of().start_trigger_args) == (False, None)


def test_on_an_older_airflow_a_worker_begins(monkeypatch):
    monkeypatch.setattr(eligibility, "starts_in_the_triggerer", lambda: False)
    waits = sensor_of(start_from_trigger=True)
    assert (waits.start_from_trigger, why_on_a_worker(waits)) == (False, "Airflow is older than 3.3")


@START
@pytest.mark.usefixtures("dag")
def test_what_was_added_after_the_task_was_made_counts():
    waits = sensor_of(start_from_trigger=True, end_from_trigger=True)
    waits.outlets = ["somewhere"]
    waits.on_execute_callback = [nothing]
    assert waits.start_from_trigger is False


@START
@pytest.mark.usefixtures("dag")
def test_a_mapped_task_starts_on_a_worker():
    waits = JobStatusSensor.partial(**OURS, start_from_trigger=True).expand(job_id=["a", "b"])
    assert waits.start_trigger_args is None


@START
@pytest.mark.usefixtures("dag")
def test_a_mapped_task_starts_on_a_worker_where_the_configuration_says_otherwise(monkeypatch):
    monkeypatch.setenv("AIRFLOW__JOBSTATUS__START_FROM_TRIGGER", "True")
    waits = JobStatusSensor.partial(**OURS).expand(job_id=["a", "b"])
    assert (waits.start_trigger_args, waits.start_from_trigger) == (None, False)


@START
@pytest.mark.usefixtures("dag")
def test_a_task_of_a_mapped_group_starts_on_a_worker():
    made = []

    @task_group
    def group(job_id):
        made.append(sensor_of(job_id=job_id, start_from_trigger=True))

    group.expand(job_id=["a", "b"])
    assert why_on_a_worker(made[0]) == "it is mapped"


def test_a_mapped_task_instance_says_why(sensor, worker, log):
    worker.ti.map_index = 3
    worker.run(sensor(SUCCEEDED, deferrable=True, start_from_trigger=True))
    assert "the wait begins on a worker: it is mapped" in said(log)


@pytest.mark.usefixtures("dag")
def test_the_log_says_why_a_wait_begins_on_a_worker(sensor, worker, log, monkeypatch):
    monkeypatch.setattr(eligibility, "starts_in_the_triggerer", lambda: True)
    worker.run(sensor(SUCCEEDED, deferrable=True, start_from_trigger=True, on_execute_callback=nothing))
    assert "start_from_trigger does not apply, the wait begins on a worker: it has an on_exec" in said(log)


def test_a_wait_that_the_triggerer_sends_to_a_worker_is_like_any_other(sensor, worker, log):
    waits = sensor(SUCCEEDED, deferrable=True, start_from_trigger=True)()
    worker.stretch(waits, lambda task, context: task.execute_complete(context, {"worker": "it rains"}))
    assert worker.ti.xcoms["total_records"] == 1000
    assert "the wait begins on a worker: it rains" in said(log)


# ---- where the job id comes from


@task
def submit() -> Any: ...


@task(task_id="mapped")
def one_of_many(_: Any) -> Any: ...


def mapped() -> Any:
    return one_of_many.expand(_=[1, 2])


FOUND: dict[str, Any] = {
    "a constant": "the-job",
    "a list": ["the-job", "another"],
    "conf": "{{ dag_run['conf']['job'] }}",
    "params": "{{ params.job }}",
    "params with more around it": "the-{{ params['kind'] }}",
    "run_id": "{{ 'the-job' if run_id == 'manual__1' }}",
    "a date": "{{ 'the-job' if logical_date | ds == '2026-01-02' }}",
    "a method": "{{ ' the-job '.strip() }}",
    "a condition": "{% if params.job %}the-job{% endif %}",
    "a list with a template": ["{{ params.job }}", "another"],
    "XComArg": submit,
    "XComArg with a key": lambda: submit()["id"],
    "XComArg within a list": lambda: [submit(), "another"],
}
"""Ways to give a job id, all of which come to 'the-job', or to it and another."""
TASK_INSTANCE = (
    "job_id has a template that uses the task instance, which only a worker has; "
    "the output of an upstream task, or a key of it, needs no worker"
)
WORKER: dict[str, tuple[Any, str]] = {
    "a variable": ("{{ var.value.job }}", "job_id has a template that uses var"),
    "a connection": ("{{ conn.shop.login }}", "job_id has a template that uses conn"),
    "the task": ("{{ task.task_id }}", "job_id has a template that uses task"),
    "macros": ("{{ macros.uuid }}", "job_id has a template that uses macros"),
    "ti.xcom_pull": ("{{ ti.xcom_pull('submit') }}", TASK_INSTANCE),
    "task_instance.xcom_pull": ("{{ task_instance.xcom_pull(task_ids='submit') }}", TASK_INSTANCE),
    "a part of an XCom": ("{{ ti.xcom_pull('submit', key='whole')['ids'][0] }}", TASK_INSTANCE),
    "XComArg within a text": (lambda: f"{submit()}", TASK_INSTANCE),
    "more of the task instance": ("{{ ti.task_id }}", TASK_INSTANCE),
    "an alias of it": ("{% set x = ti %}{{ x.xcom_pull('submit') }}", TASK_INSTANCE),
    "XComArg of a mapped task": (mapped, "of 'mapped', which is mapped"),
    "XComArg.map": (lambda: submit().map(nothing), "job_id is made of XComs by MapXComArg"),
    "a template that cannot be read": ("{{ params.", "has a template that cannot be read"),
    "an included template": ("{% include 'x' %}", "includes others"),
    "a filter of the DAG": ("{{ 'x' | ours }}", "uses the DAG's filter ours"),
    "a macro of the DAG": ("{{ ours }}", "uses ours"),
    "a macro of the DAG that shadows": ("{{ params }}", "uses params"),
    "the type of the run": ("{{ dag_run.run_type }}", "uses dag_run.run_type"),
    "the state of the run": ("{{ dag_run['state'] }}", "uses dag_run.state"),
    "a part of the run by a name": (
        "{{ dag_run[params.job] }}",
        "uses a part of dag_run that only the run names",
    ),
    "the run as a whole": ("{{ dag_run }}", "uses dag_run as a whole"),
    "an alias of the run": ("{% set r = dag_run %}{{ r.run_type }}", "uses dag_run as a whole"),
    "the run in a filter": ("{{ dag_run | attr('run_type') }}", "uses dag_run as a whole"),
    "a number": (7, "job_id is of type int"),
}
"""Ways to give a job id that need a worker, and what the log says of each."""
ENVIRONMENTS: dict[str, dict[str, Any]] = {
    "native objects": {"render_template_as_native_obj": True},
    "lenient": {"template_undefined": jinja2.Undefined},
    "other marks": {"jinja_environment_kwargs": {"keep_trailing_newline": True}},
}


def waiting(
    job_id: Any, kind: type[DAG] = DAG, *, do_xcom_push: bool = True, **arguments: Any
) -> JobStatusSensor:
    """Make a task that waits for a job, in a DAG with all the tasks that it may ask."""
    with kind(DAG_ID, schedule=None, **arguments) as dag:
        if callable(job_id):
            job_id = job_id()
        waits = sensor_of(
            job_id=job_id,
            start_from_trigger=True,
            end_from_trigger=True,
            timeout=60,
            do_xcom_push=do_xcom_push,
        )
        if "submit" not in dag.task_dict:
            submit() >> waits
        if "mapped" not in dag.task_dict:
            mapped() >> waits
    return waits


@START
@pytest.mark.parametrize("name", FOUND)
async def test_a_job_id_is_found_in_the_triggerer(name, acme, comms, triggerer):
    for job_id in ("the-job", "another"):
        acme.add(SUCCEEDED, job_id=job_id)
    for key, value in {"return_value": "the-job", "id": "the-job", "many": ["the-job", "another"]}.items():
        comms.xcoms["submit", key, -1] = value
    waits = waiting(FOUND[name])
    trigger = triggerer.trigger(
        waits.dag,
        dag_run={"conf": {"job": "the-job"}},
        params={"job": "the-job", "kind": "job"},
        logical_date=datetime(2026, 1, 2, tzinfo=timezone.utc),
    )
    assert isinstance(await event_of(trigger), TaskSuccessEvent)
    value = comms.left()["return_value"]
    assert isinstance(value, list) == ("list" in name)
    assert acme.polls("the-job") == 1


@START
@pytest.mark.parametrize("name", WORKER)
def test_a_job_id_that_needs_a_worker_begins_on_one(name):
    job_id, reason = WORKER[name]
    ours = {"ours": nothing}
    macros = {**ours, "params": {}} if "shadows" in name else ours
    waits = waiting(job_id, user_defined_filters=ours, user_defined_macros=macros)
    assert waits.start_from_trigger is False
    assert reason in why_on_a_worker(waits)


BACKED = {
    "an output": submit,
    "a key of an output": lambda: submit()["id"],
    "an output in a list": lambda: [submit(), "another"],
}


@START
@pytest.mark.parametrize("name", BACKED)
def test_what_comes_from_a_custom_xcom_backend_begins_on_a_worker(name, monkeypatch):
    monkeypatch.setenv("AIRFLOW__CORE__XCOM_BACKEND", "company.xcoms.S3")
    waits = waiting(BACKED[name], do_xcom_push=False)
    assert (waits.start_from_trigger, why_on_a_worker(waits)) == (
        False,
        "job_id comes from an XCom, and a custom XCom backend is set",
    )


@START
@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_a_template_of_a_dag_that_renders_in_a_way_of_its_own_begins_on_a_worker(name):
    waits = waiting("{{ params.job }}", **ENVIRONMENTS[name])
    assert (
        why_on_a_worker(waits) == "job_id has a template, and the DAG renders templates in a way of its own"
    )


@START
@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_a_constant_in_such_a_dag_does_not(name):
    assert waiting("constant", **ENVIRONMENTS[name]).start_from_trigger is True


@START
@pytest.mark.usefixtures("dag")
def test_a_connection_that_needs_a_worker_begins_on_one():
    waits = sensor_of(conn_id="{{ var.value.conn }}", start_from_trigger=True)
    assert why_on_a_worker(waits) == "conn_id has a template that uses var"


@START
def test_the_reason_is_known_after_a_worker_has_rendered_the_task():
    waits = waiting("{{ var.value.job }}")
    rendered = waits.prepare_for_execution()
    rendered.job_id = "rendered"
    assert why_on_a_worker(rendered) == "job_id has a template that uses var"


@START
@pytest.mark.usefixtures("dag")
def test_a_task_in_a_group_pulls_by_the_ids_of_its_dag():
    with TaskGroup("group"):
        waits = sensor_of(job_id=submit(), start_from_trigger=True)
    assert waits.start_trigger_args.trigger_kwargs["job_id_from"] == {
        "xcom": ["group.submit", "return_value"]
    }
