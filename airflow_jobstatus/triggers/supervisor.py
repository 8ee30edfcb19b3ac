"""Asks Airflow from the triggerer: without blocking its event loop, and never in vain."""

from __future__ import annotations

import asyncio
from typing import Any

from airflow.sdk.exceptions import AirflowRuntimeError
from airflow.sdk.execution_time import task_runner

ANSWER_LIMIT = 60.0
"""Seconds in which the triggerer has to answer; a request that it does not know it never answers."""


class NoAnswerError(Exception):
    """Airflow did not do what it was asked to; the message says why."""


async def ask(message: Any, limit: float | None = None) -> Any:
    """Return what Airflow answers.

    :param message: One of the messages of ``airflow.sdk.execution_time.comms``.
    :param limit: Seconds in which the answer has to come; ``ANSWER_LIMIT`` by default.
    :raises NoAnswerError: if it does not, or is an error.
    """
    # Shielded, for in Airflow 3.1 a request that is given up leaves its answer to the next one.
    asked = asyncio.ensure_future(task_runner.SUPERVISOR_COMMS.asend(message))
    limit = limit or ANSWER_LIMIT
    try:
        return await asyncio.wait_for(asyncio.shield(asked), limit)
    except asyncio.TimeoutError as error:
        raise NoAnswerError(f"the triggerer gave no answer in {limit:g} s") from error
    except AirflowRuntimeError as error:
        raise NoAnswerError(str(error)) from error
