"""Reads a job out of a vendor's answer; nothing but declared fields ever leaves the body."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pendulum

from airflow_jobstatus.core.account import Account
from airflow_jobstatus.core.answer import clean, read_object, words
from airflow_jobstatus.core.errors import PermanentError
from airflow_jobstatus.core.http import Response
from airflow_jobstatus.core.job import Job, JobState
from airflow_jobstatus.core.vendor import Path, Vendor

LARGEST_COUNT = 2**53
MOMENT = re.compile(r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(\.\d{1,6})?\d*(Z|[+-]\d\d:?\d\d)?", re.ASCII)
ZERO_YEAR = 1


def read_job(
    vendor: Vendor, account: Account, job_id: str, response: Response, secrets: Iterable[str] = ()
) -> Job:
    """Return the job that an answer to the GET-job call tells.

    An unknown status word reads as running: waiting on is safe, ending is not.

    :param vendor: The vendor's declaration.
    :param account: The account that asked.
    :param job_id: The id that was asked for.
    :param response: The answer.
    :param secrets: Secrets beside the account's own that must not be shown.
    :raises TransientError: if a later look may well succeed.
    :raises PermanentError: if it would see the same: 4xx, or JSON that holds no job of this vendor.
    """
    if word := vendor.running_codes.get(response.status):
        state = vendor.state_of(word, account.states) or JobState.RUNNING
        return Job(vendor=vendor.conn_type, id=job_id, state=state, status=word)
    body = read_object(account, response, job_id=job_id, secrets=secrets)
    job = next(_find(body, vendor.job), None) if vendor.job else body
    status = next((w for path in vendor.status for w in _find(job, path) if isinstance(w, str)), "").strip()
    if not status:
        where = f"{vendor.job}.{vendor.status[0]}".lstrip(".")
        raise PermanentError(
            vendor.name,
            account.redact(
                f"HTTP {response.reason} without a job: no {where!r} in the answer ({words(body)}); "
                f"check the connection's host, see {vendor.docs}",
                secrets,
            ),
            job_id=job_id,
            http_status=response.status,
        )
    status = clean(account.redact(status, secrets), 64)
    state = vendor.state_of(status, account.states) or JobState.RUNNING
    failing = state in {JobState.FAILED, JobState.CANCELLED}
    counters = {
        name: n
        for name, path in vendor.counters.items()
        if (n := _count(next(_find(job, path), None))) is not None
    }
    records: dict[str, Any] = _records(vendor, counters)
    times: dict[str, Any] = {name: _moment(job, paths) for name, paths in vendor.times.items()}
    return Job(
        vendor=vendor.conn_type,
        id=job_id,
        state=state,
        status=status,
        counters=counters,
        error=_error(vendor, account, job, secrets) if failing else None,
        **records,
        **times,
    )


def _find(value: object, path: Path) -> Iterator[Any]:
    """Yield what stands at a path; nothing where the body has another shape."""
    key, _, rest = path.partition(".")
    if key == "*":
        entries = value if isinstance(value, list) else []
    else:
        entries = [value[key]] if isinstance(value, dict) and key in value else []
    for entry in entries:
        if rest:
            yield from _find(entry, rest)
        else:
            yield entry


def _count(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    if isinstance(value, float) and not (math.isfinite(value) and value.is_integer()):
        return None
    return int(value) if 0 <= value <= LARGEST_COUNT else None


def _records(vendor: Vendor, counters: Mapping[str, int]) -> dict[str, int | None]:
    names = {"total": vendor.total, "succeeded": vendor.succeeded, "failed": vendor.failed}
    records = {field: counters.get(name) if name else None for field, name in names.items()}
    if vendor.processed:
        records["processed"] = counters.get(vendor.processed)
    elif records["succeeded"] is not None and records["failed"] is not None:
        records["processed"] = records["succeeded"] + records["failed"]
    return records


def _moment(job: object, paths: Iterable[Path]) -> pendulum.DateTime | None:
    """Return a time to the microsecond in UTC; None where it is absent, unreadable or the zero time."""
    for path in paths:
        text = next(_find(job, path), None)
        match = MOMENT.fullmatch(text.strip()) if isinstance(text, str) else None
        if match is None:
            continue
        try:
            moment = pendulum.parse("".join(part or "" for part in match.groups()))
            if isinstance(moment, pendulum.DateTime) and moment.year > ZERO_YEAR:
                return moment.in_timezone("UTC")
        except (ValueError, OverflowError):
            continue
    return None


def _error(vendor: Vendor, account: Account, job: object, secrets: Iterable[str]) -> str | None:
    found = (value for path in vendor.error for value in _find(job, path))
    told = [
        value if isinstance(value, str) else words(value) for value in found if isinstance(value, (str, dict))
    ]
    return clean(account.redact("; ".join(dict.fromkeys(filter(None, told))), secrets)) or None
