"""The groups of facts that a vendor's declaration is made of; each is checked when it is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal
from urllib.parse import quote

from airflow_jobstatus.protocol import checks
from airflow_jobstatus.protocol.bounds import LARGEST_PAGE, LARGEST_PAYLOAD
from airflow_jobstatus.protocol.expressions import Expression
from airflow_jobstatus.protocol.http import Flow

REFUSALS = frozenset({401, 403})
"""The codes of a refused credential."""
PAYLOAD = "{payload}"
"""The text in the body of a submission in whose place the payload is sent."""


def with_parameter(path: str, name: str, value: str) -> str:
    """Return a path with one more parameter in its query.

    :param path: The path, which may have a query.
    :param name: The parameter's name, percent-encoded.
    :param value: Its value, as it is.
    """
    joint = "&" if "?" in path else "?"
    return f"{path}{joint}{name}={quote(value, safe='')}"


@dataclass(frozen=True, kw_only=True)
class Form:
    """How Airflow's connection form calls the standard fields of a vendor's connection.

    :param password: The label of the password field, which holds the secret.
    :param password_placeholder: What the empty field shows; nothing by default.
    :param login: The label of the login field; None, the default, hides the field.
    :param login_placeholder: What the empty field shows; nothing by default.
    :raises InvalidVendorError: if a label is no text.
    """

    password: str
    password_placeholder: str = ""
    login: str | None = None
    login_placeholder: str = ""

    def __post_init__(self) -> None:
        checks.text(self, "password")
        if self.login is not None:
            checks.text(self, "login")
        checks.instance(self, "password_placeholder", str)
        checks.instance(self, "login_placeholder", str)


@dataclass(frozen=True, kw_only=True)
class Probe:
    """A cheap authorised GET that tests a connection.

    :param path: Its path below the base URL, with its query.
    :param codes: The HTTP codes that prove the credential good; 200 by default.
    :raises InvalidVendorError: if the path is none, or a code is that of a refused credential.
    """

    path: str
    codes: frozenset[int] = frozenset({200})

    def __post_init__(self) -> None:
        checks.path(self, "path")
        codes = checks.codes(self, "codes", may_be_empty=False)
        if codes & REFUSALS:
            checks.refuse(self, "codes", self.codes, "codes that prove a credential good, not 401 or 403")
        object.__setattr__(self, "codes", codes)


@dataclass(frozen=True, kw_only=True)
class Cancel:
    """The call that cancels a job.

    :param path: Its path below the base URL, ``{id}`` standing for the job's id, if it is not in the body.
    :param method: Its HTTP method, ``DELETE`` by default.
    :param body: Its JSON body, ``{id}`` standing for the job's id in its texts; none by default.
    :param ended_codes: The HTTP codes that say that the job has ended already; none by default.
    :raises InvalidVendorError: if one of them cannot be used.
    """

    path: str
    method: Literal["DELETE", "POST", "PUT", "PATCH"] = "DELETE"
    body: Any = None
    ended_codes: frozenset[int] = frozenset()
    template: str | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "template", checks.body(self, "body"))
        checks.path_and_body(self, self.template)
        checks.one_of(self, "method", ("DELETE", "POST", "PUT", "PATCH"))
        codes = checks.codes(self, "ended_codes")
        if codes & REFUSALS:
            checks.refuse(self, "ended_codes", self.ended_codes, "codes of an ended job, not 401 or 403")
        object.__setattr__(self, "ended_codes", codes)


@dataclass(frozen=True, kw_only=True)
class Submit:
    """The call that submits a job, or the calls.

    :param path: Its path below the base URL.
    :param method: Its HTTP method, ``POST`` by default.
    :param body: Its JSON body, in which the text ``{payload}`` stands for what is submitted; the payload
        alone by default.
    :param id: The expression of the job's id in the answer, or several of which the first counts; ``id`` by
        default.
    :param idempotency_header: The header field by which the vendor recognises a repeated submission, and
        repeats its first answer; None, the default, if there is none.
    :param replays_for: For how many seconds it does so; a day by default.
    :param required: The expressions that must find something in a payload; none by default.
    :param largest: The most bytes of a payload as JSON, 64 MiB by default.
    :param find: How a person finds a job whose id got lost, to follow the words "so a job may have been
        submitted:".
    :param flow: Makes the calls, where it takes several: a generator that takes a
        :class:`~airflow_jobstatus.protocol.submission.Submission` and the payload, and returns the job's id.
        ``path``, ``method`` and ``body`` are then up to it. By default one call is made.
    :raises InvalidVendorError: if one of them cannot be used.
    """

    path: str
    method: Literal["POST", "PUT"] = "POST"
    body: Any = PAYLOAD
    id: str | Sequence[str] = "id"
    idempotency_header: str | None = None
    replays_for: float = 86400.0
    required: Sequence[str] = ()
    largest: int = LARGEST_PAYLOAD
    find: str = "look for it among the vendor's jobs"
    flow: Callable[[Any, Any], Flow[str]] | None = None  # a submission knows its vendor's facts
    id_at: tuple[Expression, ...] = field(init=False, repr=False, compare=False)
    required_at: tuple[Expression, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        checks.path(self, "path")
        checks.one_of(self, "method", ("POST", "PUT"))
        template = checks.body(self, "body")
        if f'"{PAYLOAD}"' not in (template or ""):
            checks.refuse(self, "body", self.body, f"a JSON value in which a text {PAYLOAD} stands for it")
        if self.idempotency_header is not None:
            checks.header(self, "idempotency_header")
        checks.number(self, "replays_for")
        checks.number(self, "largest", whole=True)
        checks.text(self, "find")
        if not (self.flow is None or callable(self.flow)):
            checks.refuse(self, "flow", self.flow, "a generator function, or None")
        required = checks.expressions(self, "required", self.required, may_be_empty=True)
        object.__setattr__(self, "id_at", checks.expressions(self, "id", self.id))
        object.__setattr__(self, "required_at", required)


@dataclass(frozen=True, kw_only=True)
class Records:
    """What a vendor counts, and which of its counters have a meaning that all vendors share.

    :param counters: The expression of each counter in the job, by the name of its XCom; none by default.
    :param total: The name of the counter of all records; None, the default, where there is none.
    :param processed: The counter of the processed records; by default the sum of the next two.
    :param succeeded: The counter of the records that succeeded.
    :param failed: The counter of the records that failed.
    :raises InvalidVendorError: if a counter is no expression, or a role names no counter.
    """

    counters: Mapping[str, str] = field(default_factory=dict)
    total: str | None = None
    processed: str | None = None
    succeeded: str | None = None
    failed: str | None = None
    expressions: Mapping[str, Expression] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        counters = checks.mapping(self, "counters", str)
        checks.xcom_names(self, "counters", counters)
        for role in ("total", "processed", "succeeded", "failed"):
            name = getattr(self, role)
            if name is not None and name not in counters:
                known = ", ".join(counters) or "there are none"
                checks.refuse(self, role, name, f"None or the name of one of the counters ({known})")
        found = {name: checks.expression(self, f"counters[{name!r}]", at) for name, at in counters.items()}
        object.__setattr__(self, "counters", MappingProxyType(counters))
        object.__setattr__(self, "expressions", MappingProxyType(found))


@dataclass(frozen=True, kw_only=True)
class Listing:
    """How a vendor lists its jobs, the newest first.

    :param path: The list's path below the base URL, with the query that asks for the largest page, if any.
    :param page_size: How many jobs such a page holds.
    :param jobs: The expression of the jobs in the body.
    :param cursor: The expression of the next page's cursor; None, the default, where pages go by offset.
    :param parameter: The query parameter of the next page, percent-encoded: of its cursor or its offset.
    :param id: The expression of the id in a job, ``id`` by default; a whole number is read as text.
    :raises InvalidVendorError: if one of them cannot be used.
    """

    path: str
    page_size: int
    jobs: str
    cursor: str | None = None
    parameter: str
    id: str = "id"
    _jobs: Expression = field(init=False, repr=False, compare=False)
    _cursor: Expression | None = field(init=False, repr=False, compare=False)
    _id: Expression = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        checks.path(self, "path")
        checks.number(self, "page_size", whole=True)
        if self.page_size > LARGEST_PAGE:
            checks.refuse(self, "page_size", self.page_size, f"at most {LARGEST_PAGE}")
        checks.parameter(self, "parameter")
        cursor = None if self.cursor is None else checks.expression(self, "cursor", self.cursor)
        object.__setattr__(self, "_jobs", checks.expression(self, "jobs", self.jobs))
        object.__setattr__(self, "_cursor", cursor)
        object.__setattr__(self, "_id", checks.expression(self, "id", self.id))

    def page_path(self, place: str | None) -> str:
        """Return the path of a page, with its query.

        :param place: The page's cursor or offset; None for the first page.
        """
        if place is None:
            return self.path
        return with_parameter(self.path, self.parameter, place)

    def entries(self, body: object) -> list[Any] | None:
        """Return the entries of a page's JSON body, None where there is no list."""
        found = self._jobs.first(body)
        return found if isinstance(found, list) else None

    def id_of(self, entry: object) -> str | None:
        """Return the id of an entry, None where there is none."""
        found = self._id.first(entry)
        if isinstance(found, int) and not isinstance(found, bool):
            return str(found)
        return found if isinstance(found, str) else None

    def next_cursor(self, body: object) -> str | None:
        """Return the cursor of the next page, None where there is none."""
        found = None if self._cursor is None else self._cursor.first(body)
        if isinstance(found, int) and not isinstance(found, bool):
            return str(found) if found > 0 else None
        return found if isinstance(found, str) and found and found.isprintable() else None
