"""Reads a vendor out of the extra of a connection of type ``http_job``: any HTTP job API, as data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from airflow_jobstatus.connections.declaration import DECLARATION
from airflow_jobstatus.connections.extras import refuse_unknown
from airflow_jobstatus.protocol.errors import HIDDEN, InvalidVendorError
from airflow_jobstatus.protocol.expressions import WHOLE, is_true
from airflow_jobstatus.protocol.facts import PAYLOAD, Cancel, Form, Probe, Records, Submit
from airflow_jobstatus.protocol.job import TIMES, JobState
from airflow_jobstatus.protocol.results import ANY, LINES, Results
from airflow_jobstatus.protocol.sign_in import HttpAuth
from airflow_jobstatus.protocol.vendor import Vendor, normal
from airflow_jobstatus.vendors.extra.auth import read_auth
from airflow_jobstatus.vendors.extra.fields import OWNER, Fields, as_json
from airflow_jobstatus.vendors.extra.vocabulary import GUESSES, VOCABULARY

HTTP_JOB = Vendor(
    name="HTTP job",
    conn_type="http_job",
    docs="https://github.com/airflow-provider-jobstatus/airflow-provider-jobstatus#any-http-job-api",
    base_url="",
    auth=HttpAuth(),
    form=Form(login="Login", password="Password, key or token"),  # noqa: S106  a label
    path="/jobs/{id}",
    states=VOCABULARY,
    guesses=GUESSES,
    lenient=True,
)
"""What holds for every connection of the type; the path is an example, which each connection replaces."""
NAMELESS = "HTTP API"
"""What messages call an API whose connection gives it no name."""
CANCEL = ("path", "method", "body", "ended_codes")
SUBMIT = ("path", "method", "body", "id", "idempotency_header")
RESULTS = ("path", "output", "format", "link", "records", "cursor", "parameter")
MEDIA_TYPES = {LINES: "application/x-ndjson", "csv": "text/csv", "json": "application/json"}
"""What is asked for, by the format; of any other nothing is known."""
ROLES = ("total", "processed", "succeeded", "failed")
EXPRESSION = "a JMESPath expression, such as data.status"
FOREIGN: tuple[Any, ...] = ({}, {"hello": "world"}, [], ["hello"], "hello", 7, True, None)
"""JSON that is not a job of anybody's."""
OK = 200
GROUPS = {
    "Submit": "submit.",
    "Cancel": "cancel.",
    "Results": "results.",
    "HttpAuth": "auth.",
    "KeyAuth": "auth.",
    "OAuth2": "auth.",
}
"""Where the fields of a group of facts stand in the extra."""
RENAMED = {"auth.token_url": "auth.tokenUrl", "auth.in_": "auth.in"}
SHOWN = {f"auth.{name}" for name in ("in", "name", "scheme", "encoding", "grant_type", "token", "tokenUrl")}
"""The fields of ``auth`` that hold no secret."""


def declared(extra: Mapping[str, Any]) -> Vendor:
    """Return the vendor that a connection's extra declares.

    :param extra: The extra as a mapping.
    :raises InvalidVendorError: naming the field, what it holds unless that may be secret, and what it may be.
    :raises ValueError: if it has a field that nobody reads.
    """
    refuse_unknown(extra, (field.name for field in DECLARATION))
    fields = Fields(extra, "")
    try:
        vendor = _vendor(fields)
    except InvalidVendorError as error:
        raise _in_terms_of_the_extra(error) from None
    _demand_proof(vendor, fields)
    return vendor


def _vendor(fields: Fields) -> Vendor:
    counters = fields.texts("counters", "a JSON object of names and JMESPath expressions")
    roles = {role: role for role in ROLES if role in counters}
    probe = fields.text("probe", "a path below the host")
    method: Any = fields.text("method", "GET or POST", "GET")
    return replace(
        HTTP_JOB,
        name=fields.text("name", "a text", NAMELESS),
        auth=read_auth(fields.get("auth")) if "auth" in fields else HttpAuth(),
        path=fields.text("path", "a path below the host with {id}, such as /jobs/{id}", ...),
        method=method.upper(),
        body=as_json(fields.get("body")),
        job=fields.text("job", EXPRESSION, WHOLE),
        id=fields.text("id", EXPRESSION),
        status=fields.text("status", EXPRESSION, "status"),
        states=_states(fields),
        http_states=_http_states(fields),
        records=Records(counters=counters, **roles),
        percent=fields.text("percent", EXPRESSION),
        error=fields.text("error", EXPRESSION, ()),
        times=_times(fields),
        outputs=fields.texts("outputs", "a JSON object of names and JMESPath expressions"),
        transient=fields.text("transient", EXPRESSION),
        console=fields.text("console", "a URL such as https://app.example.com/jobs/{id}"),
        probe=None if probe is None else Probe(path=probe),
        submit=_submit(fields) if "submit" in fields else None,
        cancel=_cancel(fields) if "cancel" in fields else None,
        results=_results(fields) if "results" in fields else None,
    )


def _times(fields: Fields) -> dict[str, str]:
    if "times" in fields:
        Fields(fields.get("times"), "times", TIMES)
    return fields.texts("times", "a JSON object of names and JMESPath expressions")


def _states(fields: Fields) -> dict[str, JobState]:
    """Return the vocabulary with the connection's own words over it."""
    own = {}
    for word, name in fields.texts("states", "a JSON object of words and states").items():
        own[word] = _state(f"states[{word!r}]", name)
    compared = {normal(word) for word in own}
    return {**{word: state for word, state in VOCABULARY.items() if word not in compared}, **own}


def _state(name: str, value: str) -> JobState:
    try:
        return JobState(value.strip().lower())
    except ValueError:
        raise InvalidVendorError(OWNER, name, value, f"one of {', '.join(JobState)}") from None


def _http_states(fields: Fields) -> dict[int, str]:
    """Return the codes as numbers; a state is meant before a word of the same name."""
    found: dict[int, str] = {}
    for code, word in fields.texts("http_states", "a JSON object of HTTP codes and states").items():
        if not re.fullmatch(r"[1-5]\d\d", code.strip(), re.ASCII):
            raise InvalidVendorError(OWNER, "http_states", code, "an object of codes such as 202")
        name = word.strip().lower()
        found[int(code)] = JobState(name) if name in set(JobState) else word
    return found


def _submit(fields: Fields) -> Submit:
    submit = Fields(fields.get("submit"), "submit", SUBMIT)
    method: Any = submit.text("method", "POST or PUT", "POST")
    return Submit(
        path=submit.text("path", "a path below the host, such as /jobs", ...),
        method=method.upper(),
        body=as_json(submit.get("body", PAYLOAD)),
        id=submit.text("id", EXPRESSION, "id"),
        idempotency_header=submit.text("idempotency_header", "the name of a header field"),
    )


def _cancel(fields: Fields) -> Cancel:
    cancel = Fields(fields.get("cancel"), "cancel", CANCEL)
    codes = as_json(cancel.get("ended_codes", [409]))
    if not isinstance(codes, list):
        cancel.refuse("ended_codes", "a list of HTTP codes")
    method: Any = cancel.text("method", "one of DELETE, POST, PUT, PATCH", "DELETE")
    path = cancel.text("path", "a path below the host with {id}, such as /jobs/{id}", ...)
    body = as_json(cancel.get("body"))
    return Cancel(path=path, method=method.upper(), body=body, ended_codes=frozenset(_hashable(codes)))


def _results(fields: Fields) -> Results:
    results = Fields(fields.get("results"), "results", RESULTS)
    usual = LINES if "records" in results else next(iter(ANY))
    name = results.text("format", "the name of a format, such as csv", usual)
    is_json = "records" in results or "link" in results  # whatever the format that is written
    media_type = MEDIA_TYPES["json"] if is_json else MEDIA_TYPES.get(name, "*/*")
    return Results(
        path=results.text("path", "a path below the host with {id}, such as /jobs/{id}/results"),
        output=results.text("output", "the name of one of the outputs"),
        formats={name: media_type},
        link=results.text("link", EXPRESSION, ()),
        records=results.text("records", EXPRESSION, ()),
        cursor=results.text("cursor", EXPRESSION),
        parameter=results.text("parameter", "the name of a query parameter", "cursor"),
    )


def _hashable(codes: list[Any]) -> list[Any]:
    return [code if isinstance(code, int) else repr(code) for code in codes]


def _demand_proof(vendor: Vendor, fields: Fields) -> None:
    """Refuse a declaration that would take foreign JSON for a job."""
    expressions = vendor.expressions
    for body in FOREIGN:
        root = expressions.job.first(body)
        word = expressions.status[0].first(root) if is_true(root) else None
        if isinstance(word, (str, bool, int, float)) and word != "":
            fields.refuse(
                "status",
                f"an expression that finds nothing in JSON that is not a job, but in {body!r} it does; put a "
                "field before it that each job has, such as id && (...)",
            )
    proven = [code for code, state in vendor.http_states.items() if code == OK or _succeeds(vendor, state)]
    if proven and any(is_true(expressions.job.first(body)) for body in FOREIGN if isinstance(body, dict)):
        fields.refuse(
            "job",
            f"an expression that finds nothing in JSON that is not a job, such as id && @: http_states give "
            f"{proven[0]} a meaning whatever the body says",
        )


def _succeeds(vendor: Vendor, word: str) -> bool:
    state = word if isinstance(word, JobState) else vendor.state_of(word, {})
    return state is JobState.SUCCEEDED


def _in_terms_of_the_extra(error: InvalidVendorError) -> InvalidVendorError:
    """Return an error about the fields of a vendor as one about the fields of the extra."""
    if error.owner == OWNER:
        return error
    name = "probe" if error.owner == "Probe" else GROUPS.get(error.owner, "") + error.name
    name = RENAMED.get(name, name)
    value = error.value.value if isinstance(error.value, JobState) else error.value
    is_place = isinstance(value, str) and re.fullmatch(r"\{\w+\}", value)
    if name.startswith("auth.") and not is_place and (name not in SHOWN or _may_hold_a_secret(name, value)):
        value = HIDDEN
    return InvalidVendorError(OWNER, name, value, error.may_be)


def _may_hold_a_secret(name: str, value: object) -> bool:
    """Return whether a credential may have been typed beside what belongs there, such as ``Bearer abc``."""
    return bool(re.search("@" if name == "auth.tokenUrl" else r"[@:=\s]", str(value)))
