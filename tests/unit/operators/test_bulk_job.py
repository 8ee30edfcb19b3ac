"""The operator that submits a job and waits for it, run as Airflow's processes run it, beside the sandbox."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, AirflowSkipException, AirflowTaskTimeout

from airflow_jobstatus.exceptions import (
    JobFailed,
    JobMayExist,
    JobRejected,
    JobStatusFailure,
    JobTimeout,
    StoreUnavailable,
    TooManyFailed,
    Unauthorized,
    Unreachable,
)
from airflow_jobstatus.operators import submissions
from airflow_jobstatus.operators.bulk_job import BulkJobOperator
from airflow_jobstatus.protocol.api import Api
from airflow_jobstatus.protocol.errors import CallError, NotFoundError, PermanentError, UnauthorizedError
from airflow_jobstatus.sandbox import Sandbox
from airflow_jobstatus.sandbox.jobs import JobBook
from airflow_jobstatus.vendors import GEOBRIDGE
from tests.support.worker import Ended, StateStore, TaskInstance, Worker

PAYLOADS: dict[str, dict[str, Any]] = {
    "courier": {"message": {"event": "NEWS"}, "users": [{"recipient": "a"}, {"recipient": "b"}]},
    "elastic_path": {"data": {"type": "job", "job_type": "order_export"}},
    "geobridge": {"input": {"transport": "inline", "records": [{"address": "Main St"}]}},
    "http_job": {"rows": [1, 2]},
}
GEOCODING: Any = {"conn_id": "geobridge_default", "payload": PAYLOADS["geobridge"], "deferrable": False}
KNOWS_KEYS = ("courier", "geobridge", "http_job")
LOST = {"seconds": 3600.0, "delay": 0.0}
vendors = pytest.mark.parametrize("vendor", PAYLOADS)
modes = pytest.mark.parametrize("deferrable", [False, True], ids=["poke", "deferrable"])
pytestmark = pytest.mark.usefixtures("sandbox_connections")


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(seconds=0, rate_limit=False)


@pytest.fixture
def slow(sandbox) -> Sandbox:
    """Give the sandbox with jobs that do not end."""
    for api in sandbox._apis.values():  # noqa: SLF001  how long jobs take is set when the sandbox is made
        object.__setattr__(api.jobs, "seconds", float("inf"))
    return sandbox


def operator(vendor: str, **arguments: Any) -> BulkJobOperator:
    ours = {"conn_id": f"{vendor}_default", "payload": PAYLOADS[vendor], "deferrable": False}
    values = {**ours, "poke_interval": 0.05, "timeout": 20}
    return BulkJobOperator(task_id="task", **{**values, **arguments})


def run(worker: Worker, vendor: str, **arguments: Any) -> Ended:
    return worker.run(lambda: operator(vendor, **arguments))


def refusing(error: CallError) -> Callable[..., Any]:
    """Give a call that ends in an error."""

    def flow(*_args: Any) -> Iterator[Any]:
        raise error
        yield

    return flow


class Death(BaseException):
    """Stands for the end of the worker's process, which nothing can catch."""


class DyingStore(StateStore):
    """A store whose worker dies when it is to remember the job."""

    def set(self, key: str, value: Any) -> None:
        if key == submissions.NAME and value["job_id"] is not None:
            raise Death
        super().set(key, value)


def killed_before_the_record(worker: Worker, vendor: str) -> None:
    """Run a try whose worker dies between the submission and the record of its answer."""
    living = worker.store
    assert living is not None
    worker.store = DyingStore()
    with pytest.raises(Death):
        run(worker, vendor)
    living._values = worker.store._values  # noqa: SLF001  the database outlives the worker
    worker.store = living


@vendors
@modes
def test_a_job_is_submitted_and_waited_for(worker, sandbox, vendor, deferrable):
    ended = run(worker, vendor, deferrable=deferrable)
    [job_id] = sandbox.job_ids(vendor)
    assert ended.error is None
    assert (ended.xcoms["job_id"], ended.xcoms["return_value"]["id"]) == (job_id, job_id)


@modes
def test_the_counters_are_xcoms_as_the_sensor_has_them(worker, deferrable):
    xcoms = run(worker, "courier", deferrable=deferrable).xcoms
    assert (xcoms["received"], xcoms["enqueued"], xcoms["failures"]) == (2, 2, 0)


def test_the_id_is_pushed_before_the_wait_begins(worker, slow):
    class EndedBeforeItWaits(BulkJobOperator):
        def poke(self, context: Any) -> Any:
            raise AirflowFailException(context["ti"].xcoms["job_id"])

    ended = worker.run(lambda: EndedBeforeItWaits(task_id="task", **GEOCODING))
    assert [str(ended.error)] == slow.job_ids("geobridge")


@vendors
def test_without_a_wait_the_id_is_returned(worker, slow, vendor):
    ended = run(worker, vendor, wait_for_completion=False)
    [job_id] = slow.job_ids(vendor)
    assert ended.xcoms == {"job_id": job_id, "return_value": job_id}
    polls = [request for request in slow.requests if request.method == "GET"]
    assert not polls


@pytest.mark.parametrize("waits", [False, True])
def test_the_task_links_to_the_page_of_its_job(worker, monkeypatch, waits):
    fields = json.loads(os.environ["AIRFLOW_CONN_GEOBRIDGE_DEFAULT"])
    console = {"console": "https://app.example.com/jobs/{id}"}
    monkeypatch.setenv("AIRFLOW_CONN_GEOBRIDGE_DEFAULT", json.dumps({**fields, "extra": console}))
    xcoms = run(worker, "geobridge", wait_for_completion=waits).xcoms
    assert f"https://app.example.com/jobs/{xcoms['job_id']}" in xcoms.values()


@modes
def test_a_job_that_fails_fails_the_task(worker, deferrable):
    payload = {"input": {"transport": "https", "url": "https://files.example.com/missing.csv"}}
    assert isinstance(run(worker, "geobridge", payload=payload, deferrable=deferrable).error, JobFailed)


def test_a_limit_holds(worker):
    payload = {"message": {"event": "missing"}, "users": [{"recipient": "a"}]}
    assert isinstance(run(worker, "courier", payload=payload, max_failed=0).error, JobStatusFailure)


@modes
def test_a_job_that_lasts_too_long_is_cancelled_with_cancel_on_timeout(worker, slow, deferrable):
    timeout = 5 if deferrable else 1.5  # the worker defers before
    ended = run(worker, "geobridge", timeout=timeout, cancel_on_timeout=True, deferrable=deferrable)
    assert isinstance(ended.error, JobTimeout)
    assert bool(ended.deferrals) == deferrable
    assert deletes(slow) == slow.job_ids("geobridge")


def deletes(sandbox: Sandbox) -> list[str | None]:
    return [request.job_id for request in sandbox.requests if request.method == "DELETE"]


@pytest.mark.parametrize("payload", [{}, None, "no JSON", {"input": {}}])
def test_a_payload_that_cannot_be_used_fails_the_task_before_any_call(worker, sandbox, payload):
    assert isinstance(run(worker, "geobridge", payload=payload).error, JobRejected)
    assert not sandbox.requests


def test_a_submission_that_fails_skips_a_soft_task(worker):
    assert isinstance(run(worker, "geobridge", payload={}, soft_fail=True).error, AirflowSkipException)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"start_from_trigger": True}, "a job is submitted on a worker"),
        ({"mode": "reschedule"}, "set deferrable=True"),
        ({"multiple_outputs": True, "wait_for_completion": False}, "which has no keys"),
        ({"job_id": "job-1"}, "JobStatusSensor waits for a job_id"),
        ({"max_failed": -1}, "max_failed must be"),
    ],
)
def test_what_cannot_be_is_refused_when_the_dag_is_parsed(arguments, words):
    with pytest.raises(ValueError, match=words):
        operator("geobridge", **arguments)


def test_the_configuration_starts_no_submission_in_the_triggerer(monkeypatch):
    monkeypatch.setenv("AIRFLOW__JOBSTATUS__START_FROM_TRIGGER", "True")
    assert not operator("geobridge", deferrable=True).start_from_trigger


def test_connection_and_payload_are_templated():
    assert set(BulkJobOperator.template_fields) == {"conn_id", "payload"}


# What another try does


@vendors
@pytest.mark.parametrize("clear", [False, True], ids=["retry", "clear"])
@modes
def test_a_job_that_still_runs_is_taken_up(worker, slow, vendor, clear, deferrable):
    run(worker, vendor, timeout=0.2)
    again(worker, clear=clear)
    run(worker, vendor, timeout=0.2, deferrable=deferrable)
    assert [worker.ti.xcoms["job_id"]] == slow.job_ids(vendor)


def again(worker: Worker, *, clear: bool = False) -> None:
    if clear:
        worker.ti.clear()
    else:
        worker.ti.retry()


@vendors
def test_a_retry_takes_a_job_up_that_has_succeeded_meanwhile(worker, sandbox, vendor):
    run(worker, vendor, wait_for_completion=False)
    again(worker)
    assert run(worker, vendor).error is None
    assert len(sandbox.job_ids(vendor)) == 1


@vendors
def test_a_person_who_clears_a_task_that_succeeded_gets_another_job(worker, sandbox, vendor):
    run(worker, vendor)
    again(worker, clear=True)
    run(worker, vendor)
    assert len(sandbox.job_ids(vendor)) == 2


@vendors
def test_a_retry_after_a_job_that_failed_submits_another(worker, sandbox, vendor):
    fails = {"courier": {**PAYLOADS[vendor], "message": {"event": "missing"}}}
    payload = fails.get(vendor, {**PAYLOADS[vendor], "note": "missing"})
    for _ in range(2):
        run(worker, vendor, payload=payload)
        again(worker)
    assert len(sandbox.job_ids(vendor)) == 2


def test_a_retry_after_too_many_failed_records_submits_another(worker, sandbox, monkeypatch):
    def failing(self: Any, **values: Any) -> Any:
        return made(self, **{**values, "records": 10, "failed_records": 3})

    jobs = sandbox._apis["geobridge"].jobs  # noqa: SLF001  GeoBridge's requests have no word for it
    made = type(jobs).add
    monkeypatch.setattr(type(jobs), "add", failing)
    for _ in range(2):
        assert isinstance(run(worker, "geobridge", max_failed=0).error, TooManyFailed)
        again(worker)
    assert len(sandbox.job_ids("geobridge")) == 2


def aged(worker: Worker, seconds: float) -> None:
    """Let time pass since the submission."""
    assert worker.store is not None
    kept = worker.store.get(submissions.NAME)
    worker.store.set(submissions.NAME, {**kept, "at": kept["at"] - seconds})


def test_a_retry_after_a_job_that_is_gone_submits_another(worker, sandbox):
    run(worker, "geobridge", wait_for_completion=False)
    sandbox._apis["geobridge"].jobs._jobs.clear()  # noqa: SLF001  the job expires
    aged(worker, GEOBRIDGE.lag)
    again(worker)
    assert run(worker, "geobridge").error is None


def test_a_job_that_cannot_be_seen_yet_is_not_submitted_again(worker, sandbox):
    run(worker, "elastic_path", wait_for_completion=False)
    hidden = dict(sandbox._apis["elastic_path"].jobs._jobs)  # noqa: SLF001  reads lag writes
    sandbox._apis["elastic_path"].jobs._jobs.clear()  # noqa: SLF001  as above
    again(worker)
    ended = run(worker, "elastic_path", wait_for_completion=False)
    assert list(hidden) == [ended.xcoms["job_id"]]


def test_a_page_in_place_of_a_job_is_no_reason_to_submit_again(worker, sandbox):
    run(worker, "geobridge", wait_for_completion=False)
    aged(worker, GEOBRIDGE.lag)
    sandbox.add_fault("geobridge", "page", seconds=3600)
    again(worker)
    ended = run(worker, "geobridge", wait_for_completion=False)
    assert sandbox.job_ids("geobridge") == [ended.xcoms["job_id"]]


def again_meeting(error: CallError, worker: Worker, *, clear: bool) -> Ended:
    """Run another try, long after the submission, that meets an error where it looks for the job."""
    aged(worker, GEOBRIDGE.lag)
    again(worker, clear=clear)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Api, "get_job", refusing(error))
        return run(worker, "geobridge", wait_for_completion=False)


def test_a_person_who_clears_a_task_in_place_of_whose_job_a_page_stands_gets_another_job(worker, sandbox):
    run(worker, "geobridge", wait_for_completion=False)
    [earlier] = sandbox.job_ids("geobridge")
    ended = again_meeting(NotFoundError("GeoBridge", "HTTP 404", from_vendor=False), worker, clear=True)
    assert ended.xcoms["job_id"] != earlier


@pytest.mark.parametrize("clear", [False, True], ids=["retry", "clear"])
def test_a_job_that_the_vendor_refuses_to_show_is_gone_for_a_person_who_clears(worker, sandbox, clear):
    run(worker, "geobridge", wait_for_completion=False)
    ended = again_meeting(PermanentError("GeoBridge", "HTTP 410", http_status=410), worker, clear=clear)
    assert (type(ended.error), len(sandbox.job_ids("geobridge"))) == (
        (type(None), 2) if clear else (JobRejected, 1)
    )


@pytest.mark.parametrize("clear", [False, True], ids=["retry", "clear"])
def test_a_credential_that_is_refused_makes_no_job_a_lost_one(worker, sandbox, clear):
    run(worker, "geobridge", wait_for_completion=False)
    ended = again_meeting(UnauthorizedError("GeoBridge", "HTTP 401", http_status=401), worker, clear=clear)
    assert (type(ended.error), len(sandbox.job_ids("geobridge"))) == (Unauthorized, 1)


def test_a_job_of_another_account_is_not_taken_up(worker, slow, monkeypatch):
    run(worker, "geobridge", wait_for_completion=False)
    monkeypatch.setenv("AIRFLOW_CONN_OTHER", os.environ["AIRFLOW_CONN_GEOBRIDGE_DEFAULT"])
    again(worker, clear=True)
    run(worker, "geobridge", wait_for_completion=False, conn_id="other")
    assert len(slow.job_ids("geobridge")) == 2


CORRECTED = {"input": {"transport": "inline", "records": [{"address": "High St"}]}}


def test_a_person_who_corrects_the_payload_and_clears_the_task_gets_another_job(worker, slow):
    run(worker, "geobridge", wait_for_completion=False)
    again(worker, clear=True)
    run(worker, "geobridge", wait_for_completion=False, payload=CORRECTED)
    assert len(slow.job_ids("geobridge")) == 2


def test_a_retry_whose_payload_is_rendered_otherwise_takes_its_job_up(worker, slow):
    run(worker, "geobridge", wait_for_completion=False)
    again(worker)
    run(worker, "geobridge", wait_for_completion=False, payload=CORRECTED)
    assert len(slow.job_ids("geobridge")) == 1


def test_the_same_payload_in_another_form_is_the_same(worker, slow):
    run(worker, "http_job", wait_for_completion=False, payload={"a": 1, "b": [2]})
    again(worker, clear=True)
    run(worker, "http_job", wait_for_completion=False, payload='{"b": [2], "a": 1}')
    assert len(slow.job_ids("http_job")) == 1


def test_a_submission_is_not_repeated_with_a_payload_that_a_person_corrected(worker, sandbox):
    killed_before_the_record(worker, "geobridge")
    again(worker, clear=True)
    error = run(worker, "geobridge", payload=CORRECTED).error
    assert isinstance(error, JobMayExist)
    assert "its payload was another" in str(error)
    again(worker, clear=True)
    assert run(worker, "geobridge", payload=CORRECTED).error is None
    assert len(sandbox.job_ids("geobridge")) == 2


def test_a_job_that_an_earlier_release_noted_is_taken_up(worker, slow):
    run(worker, "geobridge", wait_for_completion=False)
    assert worker.store is not None
    noted = worker.store.get(submissions.NAME)
    del noted["account"], noted["payload"]
    worker.store.set(submissions.NAME, noted)
    again(worker)
    run(worker, "geobridge", wait_for_completion=False)
    assert len(slow.job_ids("geobridge")) == 1


@pytest.mark.parametrize("vendor", KNOWS_KEYS)
@pytest.mark.parametrize("clear", [False, True], ids=["retry", "clear"])
def test_a_try_that_died_before_it_knew_its_job_is_repeated_with_its_key(worker, sandbox, vendor, clear):
    killed_before_the_record(worker, vendor)
    again(worker, clear=clear)
    assert run(worker, vendor).error is None
    assert len(sandbox.job_ids(vendor)) == 1


@pytest.mark.parametrize("clear", [False, True], ids=["retry", "clear"])
def test_without_keys_a_try_that_died_before_it_knew_its_job_is_told_of_once(worker, sandbox, clear):
    killed_before_the_record(worker, "elastic_path")
    again(worker, clear=clear)
    error = run(worker, "elastic_path").error
    assert isinstance(error, JobMayExist)
    assert "look for it in the list at GET /v2/jobs" in str(error)
    assert len(sandbox.job_ids("elastic_path")) == 1


def test_a_repetition_that_is_refused_leaves_the_job_of_the_earlier_try_in_doubt(worker, sandbox):
    killed_before_the_record(worker, "geobridge")
    sandbox.add_fault("geobridge", "page", seconds=3600)
    again(worker)
    error = run(worker, "geobridge").error
    assert isinstance(error, JobMayExist)
    assert "A job of an earlier try may exist all the same" in str(error)


def test_a_person_who_was_told_can_clear_the_task(worker, sandbox):
    killed_before_the_record(worker, "elastic_path")
    again(worker)
    run(worker, "elastic_path")
    again(worker, clear=True)
    assert run(worker, "elastic_path").error is None
    assert len(sandbox.job_ids("elastic_path")) == 2


def test_a_key_that_the_vendor_has_forgotten_is_not_sent_again(worker, sandbox):
    killed_before_the_record(worker, "geobridge")
    aged(worker, 86400)
    again(worker)
    assert isinstance(run(worker, "geobridge").error, JobMayExist)
    assert len(sandbox.job_ids("geobridge")) == 1


def test_a_lost_answer_of_a_vendor_without_keys_fails_the_task_without_retries(worker, sandbox):
    sandbox.add_fault("elastic_path", "lost", **LOST)
    assert isinstance(run(worker, "elastic_path").error, JobMayExist)
    assert len(sandbox.job_ids("elastic_path")) == 1


@pytest.mark.parametrize("vendor", KNOWS_KEYS)
def test_a_lost_answer_of_a_vendor_with_keys_makes_one_job(worker, sandbox, vendor):
    sandbox.add_fault(vendor, "lost", **LOST)
    assert run(worker, vendor).error is None
    assert len(sandbox.job_ids(vendor)) == 1


def test_an_outage_leaves_the_submission_to_a_retry_with_the_same_key(worker, sandbox):
    sandbox.add_fault("geobridge", "outage", seconds=3600)
    error = run(worker, "geobridge").error
    assert isinstance(error, Unreachable)
    assert "another try of this task repeats it safely" in str(error)
    assert worker.store is not None
    before = worker.store.get(submissions.NAME)
    sandbox.clear_faults()
    again(worker)
    assert run(worker, "geobridge").error is None
    assert worker.store.get(submissions.NAME)["key"] == before["key"]


def test_an_outage_without_a_store_fails_the_task_without_retries(worker, sandbox):
    worker.store = None
    sandbox.add_fault("geobridge", "outage", seconds=3600)
    assert isinstance(run(worker, "geobridge").error, JobMayExist)


def test_a_refusal_leaves_nothing_behind(worker):
    run(worker, "geobridge", payload={"input": "no object"})
    assert worker.store is not None
    assert worker.store.get(submissions.NAME) is None


def keys_of(*changes: dict[str, Any]) -> list[str]:
    keys = []
    for change in changes:
        ti = TaskInstance()
        for name, value in change.items():
            setattr(ti, name, value)
        context: Any = {"ti": ti}
        keys.append(submissions.Attempt.of(context, "account", {}).key)
    return keys


def test_the_key_is_the_same_for_the_same_try():
    first, second = keys_of({}, {})
    assert first == second


def test_the_key_differs_by_dag_task_run_index_try_and_installation():
    names = ("dag_id", "task_id", "run_id", "map_index", "try_number", "id")
    keys = keys_of({}, *({name: 7} for name in names))
    assert len(set(keys)) == len(keys)


class BrokenStore(StateStore):
    """A store that fails."""

    def get(self, key: str) -> Any:
        raise RuntimeError(f"the database is away, so is {key}")


def test_a_store_that_fails_fails_the_try_before_any_call(worker, sandbox):
    worker.store = BrokenStore()
    assert isinstance(run(worker, "geobridge").error, StoreUnavailable)
    assert not sandbox.requests


@vendors
def test_an_airflow_without_a_store_submits_in_each_try(worker, sandbox, vendor):
    worker.store = None
    for _ in range(2):
        assert run(worker, vendor).error is None
        again(worker)
    assert len(sandbox.job_ids(vendor)) == 2


def test_no_secret_and_no_payload_is_kept(worker):
    run(worker, "courier")
    assert worker.store is not None
    kept = json.dumps(worker.store.get(submissions.NAME))
    assert "recipient" not in kept
    assert "pk_sandbox" not in kept


# What becomes of the job when the task is ended


@contextmanager
def as_it_submits(happens: Callable[[], None]) -> Iterator[None]:
    """Let something happen when the first job has been made, before anybody knows of it."""
    put = JobBook.put
    jobs: list[Any] = []

    def put_and_more(book: JobBook, job: Any) -> Any:
        if not jobs:
            jobs.append(job)
            happens()
        return put(book, job)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(JobBook, "put", put_and_more)
        yield


@pytest.mark.parametrize(("cancel_on_kill", "cancelled"), [(True, 1), (False, 0)])
def test_a_task_that_is_ended_while_it_submits_cancels_the_job(worker, slow, cancel_on_kill, cancelled):
    task = operator("geobridge", cancel_on_kill=cancel_on_kill, wait_for_completion=False)
    with as_it_submits(task.on_kill):
        worker.stretch(task)
    assert len(deletes(slow)) == cancelled


def test_a_task_that_is_ended_before_it_submits_submits_nothing(worker, sandbox):
    task = operator("geobridge")

    class EndedMeanwhile(StateStore):
        def get(self, key: str) -> Any:
            task.on_kill()
            return super().get(key)

    worker.store = EndedMeanwhile()
    with pytest.raises(AirflowFailException, match="none was"):
        worker.stretch(task)
    assert sandbox.job_ids("geobridge") == []


@pytest.mark.parametrize(("arguments", "cancelled"), [({}, 1), ({"cancel_on_kill": False}, 0)])
def test_a_task_that_is_ended_while_it_waits_cancels_the_job_by_default(worker, slow, arguments, cancelled):
    class EndedAtTheFirstPoll(BulkJobOperator):
        def poke(self, context: Any) -> Any:
            super().poke(context)
            self.on_kill()
            raise AirflowFailException("as Airflow ends the process")

    task = EndedAtTheFirstPoll(task_id="task", **GEOCODING, **arguments)
    worker.run(lambda: task)
    assert len(deletes(slow)) == cancelled


def test_a_task_that_is_cleared_while_it_waits_leaves_its_job_to_the_next_try(worker, slow):
    class ClearedAtTheFirstPoll(BulkJobOperator):
        def poke(self, context: Any) -> Any:
            super().poke(context)
            context["ti"].state = "restarting"
            self.on_kill()
            raise AirflowFailException("as Airflow ends the process")

    task = ClearedAtTheFirstPoll(task_id="task", **GEOCODING)
    worker.run(lambda: task)
    assert deletes(slow) == []


def test_a_task_whose_time_is_over_while_it_submits_leaves_the_job_to_the_next_try(worker, slow):
    task = operator("geobridge", wait_for_completion=False)

    def time_is_over() -> None:
        with suppress(AirflowTaskTimeout):
            try:
                raise AirflowTaskTimeout  # noqa: TRY301  as Airflow's task runner does
            except AirflowTaskTimeout:
                task.on_kill()
                raise

    with as_it_submits(time_is_over):
        worker.stretch(task)
    assert deletes(slow) == []
