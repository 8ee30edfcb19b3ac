"""What the endings of many jobs add up to."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

import pytest

from airflow_jobstatus.protocol.errors import InvalidJobIdError
from airflow_jobstatus.protocol.job import Job, JobState
from airflow_jobstatus.waiting.batch import NAMED, Batch, BatchRun
from airflow_jobstatus.waiting.outcome import Ending, Outcome
from airflow_jobstatus.waiting.state import WaitState
from airflow_jobstatus.waiting.wait import Wait
from airflow_jobstatus.waiting.watch import LATE
from tests.support.source import Account


def wait(**limits: float) -> Wait:
    return Wait(job_id="a", began=0, deadline=100, **limits)


def job(job_id: str, *, total: int = 10, failed: int = 0) -> Job:
    return Job(
        vendor="acme",
        id=job_id,
        state=JobState.SUCCEEDED,
        status="done",
        counters={"total": total, "failed": failed},
        total=total,
        failed=failed,
    )


def ended(job_id: str, ending: Ending = Ending.SUCCEEDED, **records: int) -> Outcome:
    return Outcome(ending=ending, message=f"about {job_id}", job=job(job_id, **records))


@pytest.mark.parametrize(
    ("given", "job_ids", "many"),
    [
        ("a", ("a",), False),
        (7, ("7",), False),
        (["a"], ("a",), True),
        (("a", 7), ("a", "7"), True),
        ("['a', 'b']", ("a", "b"), True),
        (' ["a", "b"] ', ("a", "b"), True),
        ('["a\\/b"]', ("a/b",), True),
        ("['a',\n 'b']", ("a", "b"), True),
        ("""['it\\'s', "it's", '\u00e9']""", ("it's", "it's", "\u00e9"), True),
        ([], (), True),
        ("[]", (), True),
        (["a", "b", "a"], ("a", "b", "a"), True),
    ],
)
def test_a_list_is_many_jobs_however_it_is_given(given, job_ids, many):
    assert Batch.of(given) == Batch(job_ids, many=many)


@pytest.mark.parametrize(
    "given",
    [["a", ""], ["a", None], "['a'", "[a]", ["a", ["b"]], "['a' 'b']", "['a'\n 'b']", "[0x10]", "[1_0]"],
)
def test_a_list_with_something_that_names_no_job_is_refused(given):
    if given == "['a'":  # no list by its polls, so an id
        assert not Batch.of(given).many
    else:
        with pytest.raises(InvalidJobIdError):
            Batch.of(given)


def test_a_text_with_too_many_ids_is_refused_before_it_is_read(monkeypatch):
    monkeypatch.setattr("ast.literal_eval", None)
    with pytest.raises(InvalidJobIdError, match="a list of more than 50000 ids"):
        Batch.of("[" + "1," * 150_000 + "]")


def test_a_job_given_twice_is_waited_for_once():
    assert [one.job_id for one in Batch.of(["a", "b", "a"]).waits(wait())] == ["a", "b"]


def test_of_many_jobs_the_limits_of_records_hold_for_the_sum_alone():
    assert not any(one.judges_records for one in Batch.of(["a"]).waits(wait(max_failed=1)))


def test_one_job_alone_ends_as_it_ends():
    outcome = ended("a", Ending.GONE)
    assert Batch.of("a").conclude("Acme", wait(), {"a": outcome}) is outcome


def test_many_jobs_are_told_in_the_order_given():
    outcome = Batch.of(["b", "a", "b"]).conclude("Acme", wait(), {"a": ended("a"), "b": ended("b")})
    assert [one["id"] for one in outcome.value] == ["b", "a", "b"]


def test_counters_of_many_jobs_add_up_each_job_once():
    outcomes = {"a": ended("a", failed=1), "b": ended("b", failed=2)}
    outcome = Batch.of(["a", "b", "a"]).conclude("Acme", wait(), outcomes)
    assert outcome.counters == {"total": 20, "failed": 3}


@pytest.mark.parametrize(("limit", "ending"), [(3, Ending.SUCCEEDED), (2, Ending.TOO_MANY_FAILED)])
def test_max_failed_judges_the_sum(limit, ending):
    outcomes = {"a": ended("a", failed=1), "b": ended("b", failed=2)}
    assert Batch.of(["a", "b"]).conclude("Acme", wait(max_failed=limit), outcomes).ending is ending


@pytest.mark.parametrize(
    ("endings", "ending"),
    [
        ([Ending.SUCCEEDED, Ending.FAILED], Ending.FAILED),
        ([Ending.UNAUTHORIZED, Ending.FAILED], Ending.FAILED),
        ([Ending.TIMEOUT, Ending.CANCELLED], Ending.CANCELLED),
        ([Ending.UNREACHABLE, Ending.TIMEOUT], Ending.TIMEOUT),
    ],
)
def test_what_no_retry_mends_decides(endings, ending):
    outcomes = {str(number): ended(str(number), each) for number, each in enumerate(endings)}
    assert Batch.of(list(outcomes)).conclude("Acme", wait(), outcomes).ending is ending


def test_a_refused_credential_ends_each_job_as_it_was_seen():
    run = BatchRun(Batch.of(["a", "b"]), wait(), Account(), say=lambda *_, **__: None, clock=lambda: 0.0)
    for job_id, watch in run.watches.items():
        watch.observe(replace(job(job_id), state=JobState.RUNNING), 1)
    outcome = run.end("a", Outcome(ending=Ending.UNAUTHORIZED, message="HTTP 401", job=job("a")))
    assert [each.id for each in outcome.jobs] == ["a", "b"]


def test_jobs_without_success_are_named():
    outcomes = {"a": ended("a"), "b": ended("b", Ending.FAILED), "c": ended("c", Ending.GONE)}
    assert Batch.of(list("abc")).conclude("Acme", wait(), outcomes).message == (
        "2 of 3 Acme jobs did not succeed: gone: 'c'; failed: 'b'. The first: about c"
    )


def test_a_message_names_no_more_jobs_than_a_person_reads():
    outcomes = {str(n): ended(str(n), Ending.FAILED) for n in range(NAMED + 5)}
    assert " and 5 more" in Batch.of(list(outcomes)).conclude("Acme", wait(), outcomes).message


def test_the_outcome_of_many_jobs_comes_through_an_event_unchanged():
    outcome = Batch.of(["a", "b"]).conclude(
        "Acme", wait(), {"a": ended("a"), "b": Outcome(ending=Ending.TIMEOUT, message="never seen")}
    )
    assert Outcome.from_dict(outcome.to_dict()) == outcome


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"job_id": "abc"}, "not dict with the keys 'job_id'"),
        ({"a": 1, "b": 2}, "with the keys 'a', 'b'"),
        (b"abc", "not bytes"),
        (bytearray(b"abc"), "not bytearray"),
        ({"a"}, "which has no order"),
        (frozenset("a"), "which has no order"),
        ((one for one in "ab"), "not generator"),
        (["", None], r"job_id is empty \(entry 1 of 2\)"),
        (["a", None], r"job_id is None.* \(entry 2 of 2\)"),
        (["a", ["b"]], r"not list \(entry 2 of 2\)"),
        ("a" * 4_000_000, "longer than 512"),
        ("[" + "'a'," * 2_000_000 + "]", "list of 8000002 characters"),
        (range(10**9), "has 1000000000 entries"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_names_no_jobs_is_refused_with_a_sentence(given, refusal):
    with pytest.raises(InvalidJobIdError, match=refusal):
        Batch.of(given)


@pytest.mark.parametrize("given", [["a", " b "], ("a", "b"), deque(["a", "b"]), "['a', 'b']"], ids=str)
def test_a_sequence_is_a_list_of_jobs_in_its_order(given):
    assert Batch.of(given) == Batch(("a", "b"), many=True)


# ---- a wait that goes on in another process


def lines_of(batch: Batch, wait: Wait, states: dict[str, WaitState], now: float) -> list[str]:
    lines: list[str] = []

    def say(level: int, event: str, **fields) -> None:  # noqa: ARG001  as a log takes it
        lines.append(event)

    BatchRun(batch, wait, Account(), say=say, clock=lambda: now, states=states)
    return lines


@pytest.mark.parametrize("given", ["a", ["a", "b"]])
def test_a_wait_that_remembers_nothing_says_that_its_stall_counts_anew(given):
    batch = Batch.of(given)
    assert "counts from now on" in lines_of(batch, wait(stall_timeout=30), {}, LATE + 1)[0]


@pytest.mark.parametrize(
    ("limits", "states", "now"),
    [
        ({}, {}, LATE + 1),
        ({"stall_timeout": 30}, {}, LATE),
        ({"stall_timeout": 30}, {"a": WaitState(polled_at=5)}, LATE + 1),
    ],
    ids=["without a limit", "at its begin", "with what was kept"],
)
def test_otherwise_nothing_is_said_of_it(limits, states, now):
    assert lines_of(Batch.of(["a", "b"]), wait(**limits), states, now) == []
