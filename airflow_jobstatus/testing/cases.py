"""The tests of a contract, each as a case that can be run."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

from airflow_jobstatus.protocol.errors import CallError
from airflow_jobstatus.protocol.job import Job
from airflow_jobstatus.testing.answers import Answers, Scenario
from airflow_jobstatus.testing.echo import echoed, echoing, leaks, telling
from airflow_jobstatus.testing.expected import differences, error_class
from airflow_jobstatus.testing.faults import FAULTS, FOREIGN_LIST
from airflow_jobstatus.testing.played import Played
from airflow_jobstatus.testing.restart import restart_differences
from airflow_jobstatus.testing.server import Recorded, Reply
from airflow_jobstatus.testing.stage import POLLS, Poll, Stage, staged
from airflow_jobstatus.testing.subject import Subject

CODES = (200, 401, 404, 500)
"""The codes with which an API echoes what it was sent: a job, and an error of each kind."""


@dataclass(frozen=True)
class Case:
    """One test.

    :param name: What it is called.
    :param run: Runs it; raises AssertionError if it fails.
    """

    name: str
    run: Callable[[], None]


def cases_of(subject: Subject, answers: Answers) -> Iterator[Case]:
    """Give all cases of one API.

    :param subject: What is under contract.
    :param answers: What its API answers.
    """
    for scenario in answers.scenarios:
        played = Played(answers, scenario)
        for way, poll in POLLS.items():
            yield Case(f"read-{scenario.name}-{way}", partial(check_reading, subject, played, poll))
        yield Case(f"restart-{scenario.name}", partial(check_restart, subject, played))
    played = Played(answers, _well(answers))
    for way, poll in POLLS.items():
        for fault in _faults(answers):
            yield Case(f"fault-{fault}-{way}", partial(check_fault, subject, played, poll, fault))
        for code in CODES:
            yield Case(f"secrets-{code}-{way}", partial(check_secrets, subject, played, poll, code))


def check_reading(subject: Subject, played: Played, poll: Poll) -> None:
    """Check that a scenario is read as it says.

    :param subject: What is under contract.
    :param played: The scenario, and who plays it.
    :param poll: How it is polled.
    """
    scenario = played.scenario
    raises = scenario.expect.get("raises")
    with staged(subject, played.reply) as stage:
        seen = _seen(stage, scenario, poll)
    if raises is not None:
        kind = error_class(raises)
        assert isinstance(seen, kind), f"the poll should end in {kind.__name__}, and saw {seen!r}"  # noqa: S101  a check of tests
        return
    assert isinstance(seen, Job), f"the poll should see a job, and ended in {seen!r}"  # noqa: S101
    assert not (found := differences(seen, scenario.expect)), "; ".join(found)  # noqa: S101


def check_restart(subject: Subject, played: Played) -> None:
    """Check that a wait goes on in another process as it would have gone on in this one.

    :param subject: What is under contract.
    :param played: The scenario, and who plays it.
    """
    with staged(subject, played.reply) as stage:
        seen = _seen(stage, played.scenario, POLLS["requests"])
        found = restart_differences(stage.api, played.scenario.id, seen)
    assert not found, "; ".join(found)  # noqa: S101


def check_fault(subject: Subject, played: Played, poll: Poll, name: str) -> None:
    """Check that what goes wrong is never taken for a job, and is named as what it is.

    :param subject: What is under contract.
    :param played: A scenario, and who plays its sign-in.
    :param poll: How the job is polled.
    :param name: What goes wrong.
    """
    fault = FAULTS[name]
    with staged(subject, lambda request: played.sign_in(request) or fault.reply) as stage:
        seen = _seen(stage, played.scenario, poll)
    assert isinstance(seen, CallError), f"{name} should be no job, and was read as {seen!r}"  # noqa: S101
    if fault.reply.status in stage.api.vendor.http_states:
        return  # the vendor gives the code a meaning of its own
    assert isinstance(seen, fault.kind), f"{name} should be {fault.kind.__name__}, and is {seen!r}"  # noqa: S101
    for fact, wanted in fault.facts.items():
        shown = getattr(seen, fact)
        assert shown == wanted, f"{fact} of {name} should be {wanted!r}, and is {shown!r}"  # noqa: S101


def check_secrets(subject: Subject, played: Played, poll: Poll, code: int) -> None:
    """Check that an API that echoes what it was sent gets none of it into a job, a message or a log.

    :param subject: What is under contract.
    :param played: A scenario, and who plays its sign-in.
    :param poll: How the job is polled.
    :param code: The HTTP code of the echo.
    """
    secrets: list[str] = []
    subject = subject.planted
    status = _status(subject, played)

    def reply(request: Recorded) -> Reply:
        signed_in = played.sign_in(request, strict=False)
        if signed_in is not None:
            return signed_in
        account = stage.api.account
        secrets[:] = telling([account.secret, *account.secrets, *played.credentials(request)])
        words = echoed(secrets)
        body = echoing(played.scenario.body, words, frozenset({status}))
        return Reply(status=code, body=body if code == OK else {"message": words, "echo": body})

    log = _Log()
    root = logging.getLogger()
    root.addHandler(log)
    try:
        with staged(subject, reply) as stage:
            shown = _everything(_seen(stage, played.scenario, poll))
    finally:
        root.removeHandler(log)
    assert stage.requests, "nothing was sent"  # noqa: S101
    found = leaks("\n".join([shown, *log.lines]), secrets)
    assert not found, f"a secret is shown: {found}"  # noqa: S101


OK = 200


def _seen(stage: Stage, scenario: Scenario, poll: Poll) -> Job | CallError:
    try:
        return poll(stage.api, scenario.id)
    except CallError as error:
        return error


def _well(answers: Answers) -> Scenario:
    """Return the first scenario that shows a job."""
    return next((s for s in answers.scenarios if "raises" not in s.expect), answers.scenarios[0])


def _status(subject: Subject, played: Played) -> str:
    """Return the status word of a scenario, which an echo must leave as it is."""

    def reply(request: Recorded) -> Reply:
        scenario = played.scenario
        signed_in = played.sign_in(request, strict=False)
        return signed_in or Reply(status=scenario.status, headers=scenario.headers, body=scenario.body)

    with staged(subject, reply) as stage:
        seen = _seen(stage, played.scenario, POLLS["requests"])
    return seen.status if isinstance(seen, Job) else ""


def _faults(answers: Answers) -> Iterator[str]:
    """Give what can go wrong; a list is nothing foreign where the API answers with lists."""
    shapes = {type(scenario.body) for scenario in answers.scenarios}
    return (
        name for name, fault in FAULTS.items() if fault.reply.body is not FOREIGN_LIST or list not in shapes
    )


def _everything(seen: Job | CallError) -> str:
    """Return everything that a log or an XCom could show of what was seen."""
    if isinstance(seen, Job):
        return f"{seen!r}\n{json.dumps(seen.to_dict())}"
    return "\n".join([str(seen), repr(seen), *traceback.format_exception(seen)])


@dataclass
class _Log(logging.Handler):
    """Keeps what is logged."""

    lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(logging.DEBUG)

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))

    __hash__ = logging.Handler.__hash__
