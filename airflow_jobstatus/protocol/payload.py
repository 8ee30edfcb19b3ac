"""Checks what is to be submitted, before any call; no refusal shows what it holds."""

from __future__ import annotations

import json
from typing import Any

from airflow_jobstatus.protocol.errors import InvalidSubmissionError
from airflow_jobstatus.protocol.expressions import is_true
from airflow_jobstatus.protocol.facts import Submit

KINDS_SHOWN = 200


def checked_payload(payload: Any, submit: Submit) -> Any:
    """Return a payload that can be sent.

    :param payload: A JSON object or list, or the JSON text of one, as a template renders it.
    :param submit: What the vendor declares.
    :raises InvalidSubmissionError: if it is another thing, empty, too large, or lacks what the vendor needs.
    """
    payload = read_payload(payload)
    if not isinstance(payload, (dict, list)):
        raise InvalidSubmissionError(f"payload must be a JSON object or a list, not {type(payload).__name__}")
    if not payload:
        raise InvalidSubmissionError("payload is empty")
    try:
        size = len(json.dumps(payload, allow_nan=False).encode())
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidSubmissionError(f"payload is not JSON: {_said(error)}") from None
    if size > submit.largest:
        raise InvalidSubmissionError(
            f"payload has {size} bytes as JSON, and at most {submit.largest} can be submitted"
        )
    for at in submit.required_at:
        if not is_true(at.first(payload)):
            raise InvalidSubmissionError(f"payload has no {at}, which is needed")
    return payload


def read_payload(payload: Any) -> Any:
    """Return a payload as a JSON value, where it is the text of one, as a template renders it.

    :param payload: The payload.
    :raises InvalidSubmissionError: if it is another text.
    """
    if not isinstance(payload, str):
        return payload
    try:
        return json.loads(payload)
    except (ValueError, RecursionError):
        raise InvalidSubmissionError(
            "payload is a text that is not JSON; pass an object, or render one with the filter tojson"
        ) from None


def _said(error: Exception) -> str:
    """Return what Python says of a value; it names its type, and of a number out of range the number."""
    return str(error)[:KINDS_SHOWN] if isinstance(error, TypeError) else type(error).__name__
