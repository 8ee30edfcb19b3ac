"""Reads an HTTP answer: JSON object, or the error that it amounts to, in words fit for a log."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from airflow_jobstatus.protocol.account import Account
from airflow_jobstatus.protocol.bounds import LONGEST_SAID, SHOWN_OF_A_PAGE
from airflow_jobstatus.protocol.errors import (
    CallError,
    NotFoundError,
    PermanentError,
    TransientError,
    UnauthorizedError,
)
from airflow_jobstatus.protocol.http import NotJsonError, Response, is_success
from airflow_jobstatus.protocol.text import Secrets
from airflow_jobstatus.protocol.words import said, secrets_of, words_of

TRANSIENT_CODES = frozenset({*range(200), 407, 408, 421, 423, 425, 429})
"""Codes that say nothing of the job: of the way there, or of the moment."""
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
    secrets: Secrets | None = None,
    any_json: bool = False,
) -> Any:
    """Return an answer's JSON object.

    :param account: The account that asked.
    :param response: The answer.
    :param during: What was being done, where it is not the poll of the job itself.
    :param job_id: The job that was asked for.
    :param secrets: What must not be shown; the account's own secrets by default.
    :param any_json: Whether every other JSON value will do as well; False by default.
    :raises TransientError: for 1xx, 407, 408, 421, 423, 425, 429, 5xx, and for 2xx whose body is not JSON.
    :raises UnauthorizedError: for 401 and 403.
    :raises NotFoundError: for 404.
    :raises PermanentError: for every other code but 2xx, and for JSON that is not an object.
    """
    if is_success(response.status):
        try:
            body = response.json()
        except NotJsonError:
            body = None
        else:
            if any_json or isinstance(body, dict):
                return body
        del body  # the error is raised from here, and a log may show what stands here
    raise failure(account, response, during=during, job_id=job_id, secrets=secrets)


def failure(
    account: Account,
    response: Response,
    *,
    during: str = "",
    job_id: str | None = None,
    secrets: Secrets | None = None,
) -> CallError:
    """Return the error that an answer without a JSON object, or without success, amounts to.

    The parameters are those of :func:`read_object`.
    """
    hidden = account.hidden if secrets is None else secrets
    name, status = account.vendor.name, response.status
    try:
        body: Any = response.json()
    except NotJsonError:
        is_json, from_vendor, shown = False, False, excerpt(response.body, hidden)
    else:
        is_json, from_vendor = True, is_own(account, body)
        shown = in_words(body, hidden, but=response.reason)
    if is_success(status):
        what = "JSON that is not an object" if is_json else "a body that is not JSON"
        reason = _sentence(during, f"HTTP {response.reason} with {what}", shown)
        if is_json:
            return PermanentError(name, reason, job_id=job_id, http_status=status, from_vendor=from_vendor)
    else:
        reason = _sentence(during, f"HTTP {response.reason}", shown)
        if not is_transient(status):
            is_page = not is_json and _is_page(response.body)
            return _permanent(account, status, reason, job_id, from_vendor=from_vendor, is_page=is_page)
    return TransientError(
        name,
        reason,
        job_id=job_id,
        http_status=status,
        retry_after=response.retry_after,
        from_vendor=is_json or not _is_page(response.body),
    )


def is_own(account: Account, body: object) -> bool:
    """Return whether the body of an error is in the vendor's own form.

    :param account: The account.
    :param body: The JSON value.
    """
    form = account.vendor.expressions.error_form
    return any(at.first(body) is not None for at in form) if form else bool(words_of(body))


def is_transient(status: int) -> bool:
    """Return whether the same call may well succeed later.

    :param status: The HTTP code of its answer, which is none of success.
    """
    return status in TRANSIENT_CODES or status >= 500  # noqa: PLR2004  HTTP's own class of server errors


def in_words(body: object, secrets: Secrets, *, but: str = "") -> str:
    """Return what a JSON body says to people; of one without such words its kind alone.

    :param body: The JSON value.
    :param secrets: What must not be shown, beside what the body itself holds under a key such as ``token``.
    :param but: What is said already: an HTTP code and its phrase.
    """
    if words_of(body):
        return said(secrets | secrets_of(body), body, but=but)
    if isinstance(body, dict):
        return f"an object of {len(body)} fields without a message" if body else "an empty object"
    return f"a JSON {type(body).__name__}"


def excerpt(body: bytes, secrets: Secrets) -> str:
    """Return what a body that is not JSON shows a person; a cut JSON body may hold anything, so not that.

    :param body: The body.
    :param secrets: What must not be shown.
    """
    if not body.strip():
        return "empty body"
    text = body[:LONGEST_SAID].decode("utf-8", "replace")
    if title := re.search(r"<title[^>]*>(.*?)</title", text, re.IGNORECASE | re.DOTALL):
        return f"page titled {secrets.ours(title[1], SHOWN_OF_A_PAGE)!r}"
    if any(mark in text for mark in '{["'):
        return f"{len(body)} bytes"
    longer = len(body) > LONGEST_SAID
    return repr(secrets.ours(re.sub(r"<[^>]*>", " ", text), SHOWN_OF_A_PAGE, cut=longer))


def _is_page(body: bytes) -> bool:
    """Return whether a body is a page for people, in HTML."""
    return bool(re.search(rb"<(!doctype\s+html|html|title)\b", body[:LONGEST_SAID], re.IGNORECASE))


def _permanent(  # noqa: PLR0913  what the error has to say
    account: Account, status: int, reason: str, job_id: str | None, *, from_vendor: bool, is_page: bool
) -> PermanentError:
    kind, advice = KINDS.get(status, PermanentError), ADVICE.get(status, "")
    if job_id is None and (kind is NotFoundError or (is_page and not advice)):
        kind, advice = PermanentError, "check the connection's host"
    return kind(
        account.vendor.name,
        reason,
        job_id=job_id,
        http_status=status,
        from_vendor=from_vendor,
        advice=advice,
    )


def _sentence(during: str, what: str, shown: str) -> str:
    return ": ".join(part for part in (during, what, shown) if part)
