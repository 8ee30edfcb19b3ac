"""A vendor as data: where its jobs are, how it signs in, which field means what. Start at :class:`Vendor`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Literal
from urllib.parse import quote

from airflow_jobstatus.protocol import checks
from airflow_jobstatus.protocol.bounds import FEWEST_REQUESTS, LONGEST_PAUSE, LONGEST_WORD, MOST_REQUESTS
from airflow_jobstatus.protocol.errors import InvalidJobIdError
from airflow_jobstatus.protocol.expressions import WHOLE, Expression
from airflow_jobstatus.protocol.facts import REFUSALS, Cancel, Form, Listing, Probe, Records, Submit
from airflow_jobstatus.protocol.job import TIMES, JobState
from airflow_jobstatus.protocol.results import Results
from airflow_jobstatus.protocol.sign_in import SignIn
from airflow_jobstatus.protocol.signing import Auth, Clock
from airflow_jobstatus.protocol.text import visible

SNAKE = re.compile(r"[a-z][a-z0-9_]*")


@lru_cache
def normal(word: str) -> str:
    """Return a status word as it is compared: without regard to case, blanks or invisible characters.

    :param word: The word.
    """
    return "".join(c for c in visible(word) if not c.isspace()).casefold()


def fill(path: str, job_id: str) -> str:
    """Return the path of one job.

    :param path: A path with ``{id}``, for which the id is percent-encoded whole, or with ``{+id}``, which
        keeps its slashes, colons and at signs; or with neither.
    :param job_id: The job's id.
    :raises InvalidJobIdError: if a part of an id that keeps its slashes would name another resource.
    """
    if checks.ID_WITH_SLASHES in path:
        if {".", ".."} & set(job_id.split("/")):
            raise InvalidJobIdError(f"job_id {job_id!r} would name another resource than a job")
        path = path.replace(checks.ID_WITH_SLASHES, quote(job_id, safe="/:@"))
    return path.replace(checks.ID, quote(job_id, safe=""))


def fill_body(template: str, job_id: str) -> bytes:
    """Return the JSON body of a call of one job.

    :param template: The body as JSON text, with ``{id}`` in its texts.
    :param job_id: The job's id.
    """
    return template.replace(checks.ID, json.dumps(job_id)[1:-1]).encode()


@dataclass(frozen=True, kw_only=True)
class Vendor:
    """Declares one vendor's bulk jobs; a declaration is checked when it is made and never changes.

    The expressions are those of :mod:`airflow_jobstatus.protocol.expressions`: ``data.status``,
    ``errors[].message``. Where several may be given, the first that finds something counts.

    :param name: The name that people read.
    :param conn_type: The Airflow connection type, in snake case.
    :param docs: The URL of the vendor's documentation of the GET-job call.
    :param base_url: Where the API is, unless the connection says otherwise; without a trailing slash. Empty
        where each connection says it.
    :param auth: How a request is signed: ``HttpAuth``, ``KeyAuth``, ``OAuth2`` or ``NoAuth``; or a callable
        that makes an ``Auth`` from an ``Account`` and a clock of seconds.
    :param form: The labels of the connection's fields.
    :param path: The path of one job below the base URL, ``{id}`` standing for its percent-encoded id and
        ``{+id}`` for an id that keeps its slashes.
    :param method: The method of that call, ``GET`` by default, or ``POST``.
    :param body: The JSON body of that call, ``{id}`` standing for the id in its texts; none by default.
    :param states: What each status word means; case, blanks and invisible characters do not count.
    :param job: The expression of the job in the body; the body itself by default. Those of ``status``,
        ``id``, ``records``, ``times`` and ``error`` are read from there.
    :param id: The expression of the job's id, by which the answer of another job is refused; None, the
        default, where the answer holds none.
    :param status: The expression of the status word, or several; ``status`` by default.
    :param records: What the vendor counts; nothing by default.
    :param times: The expression of each time, or several, by the name of the field of ``Job``:
        ``created_at``, ``started_at``, ``updated_at``, ``completed_at``; none by default.
    :param error: The expressions of the reasons why a job failed; all that are found are reported.
    :param percent: The expression of the progress, 0 to 100; by default the counters say it.
    :param outputs: The expression of each result in the job, by the name of its XCom; none by default.
    :param transient: The expression in the body that is true, as JMESPath has it, for an answer with code
        200 that is no good answer, such as a throttled GraphQL query; none by default.
    :param error_form: The expressions in the body of which an error in the vendor's own form has one; a 4xx
        without is that of something on the way, once the account has had a good answer. By default whatever
        has words for people is the vendor's.
    :param http_states: What HTTP codes on the job mean: a status word of ``states``, or a state. A status
        word in the body that is known wins; the body may be empty, and a page is refused. A code may mean
        that the job has ended only where ``job`` proves that the body is a job.
    :param guesses: How to read some words that ``states`` does not know; they get the warning of an unknown
        word, so that a person gives them a meaning. Any other unknown word means running.
    :param lenient: Whether numbers and booleans are status words too, digits in a text a count, and seconds
        or milliseconds since 1970 a time; False by default.
    :param console: The URL of the job's page for people, ``{id}`` standing for its id; none by default.
    :param probe: The call that tests a connection; by default a poll, which passes unless it gets 401 or 403.
    :param submit: The call that submits a job; None, the default, where there is none.
    :param cancel: The call that cancels a job; None, the default, where there is none.
    :param results: Where the results of a job are; None, the default, where they cannot be fetched.
    :param listing: How the vendor lists jobs; None, the default, where it does not.
    :param min_interval: The least seconds between two polls of one job, 1 by default.
    :param requests_per_second: How many requests an account may make, unless its connection says otherwise;
        20 by default.
    :param lag: For how many seconds after a wait began a 404 may be a read that lags the write; 10 by
        default.
    :raises InvalidVendorError: naming the field, what it holds and what it may be.
    """

    name: str
    conn_type: str
    docs: str
    base_url: str
    auth: SignIn | Callable[[Any, Clock], Auth]  # the account knows its vendor, and a vendor no account
    form: Form
    path: str
    method: Literal["GET", "POST"] = "GET"
    body: Any = None
    states: Mapping[str, JobState]
    job: str = WHOLE
    id: str | None = None
    status: str | Sequence[str] = "status"
    records: Records = field(default_factory=Records)
    times: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    error: str | Sequence[str] = ()
    percent: str | None = None
    outputs: Mapping[str, str] = field(default_factory=dict)
    transient: str | None = None
    error_form: str | Sequence[str] = ()
    http_states: Mapping[int, str] = field(default_factory=dict)
    guesses: Mapping[str, JobState] = field(default_factory=dict)
    lenient: bool = False
    console: str | None = None
    probe: Probe | None = None
    submit: Submit | None = None
    cancel: Cancel | None = None
    results: Results | None = None
    listing: Listing | None = None
    min_interval: float = 1.0
    requests_per_second: float = 20.0
    lag: float = 10.0
    expressions: Expressions = field(init=False, repr=False, compare=False)
    template: str | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name in ("name", "conn_type"):
            checks.text(self, name)
        if not SNAKE.fullmatch(self.conn_type):
            checks.refuse(self, "conn_type", self.conn_type, "in snake case, such as acme_bulk")
        checks.url(self, "docs")
        if self.base_url != "":
            checks.base_url(self, "base_url")
        if not (isinstance(self.auth, SignIn) or callable(self.auth)):
            may_be = "an HttpAuth, KeyAuth, OAuth2 or NoAuth, or a callable that makes an Auth"
            checks.refuse(self, "auth", self.auth, may_be)
        object.__setattr__(self, "template", checks.body(self, "body"))
        checks.path_and_body(self, self.template)
        checks.one_of(self, "method", ("GET", "POST"))
        if self.body is not None and self.method != "POST":
            checks.refuse(self, "method", self.method, "POST where there is a body")
        checks.instance(self, "lenient", bool)
        if self.console is not None:
            checks.page(self, "console")
        checks.instance(self, "form", Form)
        checks.instance(self, "records", Records)
        checks.instance(self, "probe", Probe, optional=True)
        checks.instance(self, "submit", Submit, optional=True)
        checks.instance(self, "cancel", Cancel, optional=True)
        checks.instance(self, "results", Results, optional=True)
        checks.instance(self, "listing", Listing, optional=True)
        checks.within(self, "min_interval", 1 / MOST_REQUESTS, 1 / FEWEST_REQUESTS)
        checks.within(self, "requests_per_second", FEWEST_REQUESTS, MOST_REQUESTS)
        checks.within(self, "lag", 0, LONGEST_PAUSE)
        # In place of each mapping that was given stands a copy that nobody can change.
        guesses = checks.mapping(self, "guesses", JobState)
        object.__setattr__(self, "guesses", MappingProxyType({normal(w): s for w, s in guesses.items()}))
        object.__setattr__(self, "states", MappingProxyType(self._checked_states()))
        object.__setattr__(self, "http_states", MappingProxyType(self._checked_http_states()))
        times = checks.mapping(self, "times", (str, list, tuple))
        if strange := next((name for name in times if name not in TIMES), None):
            checks.refuse(self, "times", strange, f"a mapping of the names {', '.join(TIMES)}")
        object.__setattr__(self, "times", MappingProxyType(times))
        outputs = checks.mapping(self, "outputs", str)
        checks.xcom_names(self, "outputs", outputs)
        if taken := next((name for name in outputs if name in self.records.counters), None):
            checks.refuse(self, "outputs", taken, "a name that no counter has")
        object.__setattr__(self, "outputs", MappingProxyType(outputs))
        if self.results is not None and self.results.output not in {None, *outputs}:
            checks.refuse(self, "results.output", self.results.output, "the name of one of the outputs")
        object.__setattr__(self, "expressions", Expressions.of(self))

    def __deepcopy__(self, memo: object) -> Vendor:
        return self

    def state_of(self, status: str, taught: Mapping[str, JobState]) -> JobState | None:
        """Return what a status word means, None for a word that nobody knows.

        :param status: The vendor's word.
        :param taught: Words that the connection teaches, normalised; they win over the vendor's.
        """
        if len(status) > LONGEST_WORD:
            return None
        word = normal(status)
        return taught.get(word) or self.states.get(word)

    @property
    def xcom_keys(self) -> tuple[str, ...]:
        """The keys of the XComs that a job may have beside the return value."""
        return (*self.records.counters, *self.outputs)

    def _checked_states(self) -> dict[str, JobState]:
        states: dict[str, JobState] = {}
        for word, state in checks.mapping(self, "states", JobState).items():
            compared = normal(word)
            if not compared or len(word) > LONGEST_WORD:
                checks.refuse(self, "states", word, f"a mapping of words of 1 to {LONGEST_WORD} characters")
            if states.setdefault(compared, state) is not state:
                checks.refuse(self, "states", word, "given one meaning only, however it is spelt")
        if not states:
            checks.refuse(self, "states", self.states, "a mapping with at least one word")
        return states

    def _checked_http_states(self) -> dict[int, str]:
        if not isinstance(self.http_states, Mapping):
            checks.refuse(self, "http_states", self.http_states, "a mapping")
        for code, word in self.http_states.items():
            if not checks.is_code(code):
                checks.refuse(self, "http_states", code, "a mapping of HTTP codes, 100 to 599")
            known = isinstance(word, str)
            state = word if isinstance(word, JobState) else self.state_of(word, {}) if known else None
            if code in REFUSALS:
                checks.refuse(self, "http_states", code, "a mapping of HTTP codes but 401 and 403")
            unproven = self.job == WHOLE and state is not None and state.is_terminal
            if self.lenient and state is not JobState.SUCCEEDED:
                unproven = False
            if state is None or unproven:
                may_be = "a state or a word of states, neither of an ended job"
                if self.lenient or self.job != WHOLE:
                    may_be = "a state or a word of states; where job proves nothing, not succeeded"
                checks.refuse(self, f"http_states[{code}]", word, may_be)
        return dict(self.http_states)


@dataclass(frozen=True, kw_only=True)
class Expressions:
    """The expressions of a declaration, compiled once."""

    job: Expression
    id: Expression | None
    status: tuple[Expression, ...]
    times: tuple[tuple[str, tuple[Expression, ...]], ...]
    error: tuple[Expression, ...]
    percent: Expression | None
    outputs: tuple[tuple[str, Expression], ...]
    transient: Expression | None
    error_form: tuple[Expression, ...]

    @classmethod
    def of(cls, vendor: Vendor) -> Expressions:
        """Return those of a declaration.

        :param vendor: The declaration.
        :raises InvalidVendorError: if one of them is none.
        """
        return cls(
            job=checks.expression(vendor, "job", vendor.job),
            id=None if vendor.id is None else checks.expression(vendor, "id", vendor.id),
            status=checks.expressions(vendor, "status", vendor.status),
            times=tuple(
                (name, checks.expressions(vendor, f"times[{name!r}]", at))
                for name, at in vendor.times.items()
            ),
            error=checks.expressions(vendor, "error", vendor.error, may_be_empty=True),
            percent=cls._optional(vendor, "percent"),
            outputs=tuple(
                (name, checks.expression(vendor, f"outputs[{name!r}]", at))
                for name, at in vendor.outputs.items()
            ),
            transient=cls._optional(vendor, "transient"),
            error_form=checks.expressions(vendor, "error_form", vendor.error_form, may_be_empty=True),
        )

    @staticmethod
    def _optional(vendor: Vendor, name: str) -> Expression | None:
        value = getattr(vendor, name)
        return None if value is None else checks.expression(vendor, name, value)
