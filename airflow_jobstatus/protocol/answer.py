"""Reads an HTTP answer: JSON object, or the error that it amounts to, in words fit for a log."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import unescape
from typing import Any

from airflow_jobstatus.protocol.account import Account
from airflow_jobstatus.protocol.errors import (
    CallError,
    NotFoundError,
    PermanentError,
    TransientError,
    UnauthorizedError,
)
from airflow_jobstatus.protocol.http import NotJsonError, Response

EXCERPT = 300
LONGEST_SAID = 4096
"""How much of an error is read, in characters or bytes: redacting and searching more takes long."""
TRANSIENT_CODES = frozenset({408, 425, 429})
ERROR_FIELDS = ("title", "detail", "message", "type", "code")
"""The fields of an error body that may be shown; nothing else of a body ever is."""

KINDS: Mapping[int, type[PermanentError]] = {
    401: UnauthorizedError,
    403: UnauthorizedError,
    404: NotFoundError,
}
ADVICE = {
    401: "check the credential in the connection",
    403: "the credential lacks the right to read jobs",
    404: "check the id, and that the connection's host is the one that the job was made on",
}


def read_object(  # noqa: PLR0913  what the error has to say
    account: Account,
    response: Response,
    *,
    during: str = "",
    job_id: str | None = None,
    secrets: Iterable[str] = (),
    any_json: bool = False,
) -> Any:
    """Return an answer's JSON object.

    :param account: The account that asked.
    :param response: The answer.
    :param during: What was being done, where it is not the poll of the job itself.
    :param job_id: The job that was asked for.
    :param secrets: Secrets beside the account's own that must not be shown.
    :param any_json: Whether every other JSON value will do as well; False by default.
    :raises TransientError: for 408, 425, 429, 5xx, and for 2xx whose body is not JSON.
    :raises UnauthorizedError: for 401 and 403.
    :raises NotFoundError: for 404.
    :raises PermanentError: for every other code but 2xx, and for JSON that is no object.
    """
    good = 200 <= response.status < 300  # noqa: PLR2004  HTTP's own class of success
    try:
        body: Any = response.json()
    except NotJsonError:
        said = _excerpt(account, response, secrets)
        if good:
            raise TransientError(
                account.vendor.name,
                _sentence(during, f"HTTP {response.reason} with a body that is not JSON", said),
                job_id=job_id,
                http_status=response.status,
                retry_after=response.retry_after,
            ) from None
    else:
        if good and (any_json or isinstance(body, dict)):
            return body
        said = words(account, body, secrets)
        if good:
            raise PermanentError(
                account.vendor.name,
                _sentence(during, f"HTTP {response.reason} with JSON that is no object", said),
                job_id=job_id,
                http_status=response.status,
            )
    raise _failure(account, response, said, during, job_id)


def words(account: Account, body: object, secrets: Iterable[str] = ()) -> str:
    """Return what an error body says, of the fields that are meant for people.

    :param account: The account that asked.
    :param body: The JSON value.
    :param secrets: Secrets beside the account's own that must not be shown.
    """
    listed = body.get("errors") if isinstance(body, dict) else None
    entries = listed if isinstance(listed, list) and listed else [body]
    said = [text for entry in entries[:3] if (text := _entry_words(entry))]
    if said:
        return clean(account.redact("; ".join(said), secrets))
    if isinstance(body, dict):
        names = ", ".join(sorted(map(str, body))[:10])
        return clean(account.redact(f"fields {names}", secrets)) if body else "an empty object"
    return f"a JSON {type(body).__name__}"


def clean(text: str, limit: int = EXCERPT) -> str:
    """Return a text without control characters, on one line, cut to a sane length.

    Redact first: of a secret that is cut in two, the first part would stay.
    """
    text = text[: limit * 8]
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _entry_words(entry: object) -> str:
    if not isinstance(entry, dict):
        return ""
    values = [entry[name][:LONGEST_SAID] for name in ERROR_FIELDS if isinstance(entry.get(name), str)]
    return ": ".join(dict.fromkeys(value.strip() for value in values if value.strip(" .")))


def _excerpt(account: Account, response: Response, secrets: Iterable[str]) -> str:
    """Return what a body that is not JSON shows a person; a cut JSON body may hold anything, so not that."""
    if not response.body.strip():
        return "empty body"
    text = response.body[:LONGEST_SAID].decode("utf-8", "replace")
    if title := re.search(r"<title[^>]*>(.*?)</title", text, re.IGNORECASE | re.DOTALL):
        return f"page titled {clean(account.redact(unescape(title[1]), secrets), 120)!r}"
    if any(mark in text for mark in '{["'):
        return f"{len(response.body)} bytes"
    return repr(clean(account.redact(re.sub(r"<[^>]*>", " ", text), secrets), 120))


def _failure(account: Account, response: Response, said: str, during: str, job_id: str | None) -> CallError:
    """Return the error that an answer without success amounts to."""
    status = response.status
    reason = _sentence(during, f"HTTP {response.reason}", said)
    if status in TRANSIENT_CODES or status >= 500:  # noqa: PLR2004  HTTP's own class of server errors
        return TransientError(
            account.vendor.name, reason, job_id=job_id, http_status=status, retry_after=response.retry_after
        )
    kind = KINDS.get(status, PermanentError)
    if job_id is None and kind is NotFoundError:
        kind, advice = PermanentError, "check the connection's host"
    else:
        advice = ADVICE.get(status, "")
    if advice:
        reason = f"{reason} ({advice})"
    return kind(account.vendor.name, reason, job_id=job_id, http_status=status)


def _sentence(during: str, what: str, said: str) -> str:
    return ": ".join(part for part in (during, what, said) if part)
