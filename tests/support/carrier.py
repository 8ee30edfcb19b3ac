"""The two ways of polling a job: ``requests`` on the worker, ``aiohttp`` in the triggerer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from airflow_jobstatus.hooks.base import JobStatusHook
from airflow_jobstatus.protocol.job import Job

Poll = Callable[[JobStatusHook, object], Job]


def poll_with_requests(hook: JobStatusHook, job_id: object) -> Job:
    return hook.get_job(job_id)  # type: ignore[arg-type]


def poll_with_aiohttp(hook: JobStatusHook, job_id: object) -> Job:
    return asyncio.run(hook.aget_job(job_id))  # type: ignore[arg-type]


CARRIERS: dict[str, Poll] = {"requests": poll_with_requests, "aiohttp": poll_with_aiohttp}
