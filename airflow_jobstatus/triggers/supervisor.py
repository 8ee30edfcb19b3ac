"""Sends Airflow a request from the triggerer, without blocking its event loop, and with a timeout."""

from __future__ import annotations

import asyncio
from typing import Any

from airflow.sdk.exceptions import AirflowRuntimeError
from airflow.sdk.execution_time import task_runner

ANSWER_TIMEOUT = 60.0
"""Seconds in which the triggerer has to answer; it never answers a request that it does not know."""


class NoAnswerError(Exception):
    """Airflow did not do what it was asked to; the message says why."""


async def ask(message: Any, within: float | None = None) -> Any:
    """Return Airflow's answer to a request.

    :param message: One of the messages of ``airflow.sdk.execution_time.comms``.
    :param within: Seconds in which the answer has to come; ``ANSWER_TIMEOUT``, 60, by default.
    :raises NoAnswerError: if it does not, or is an error.
    """
    # Shielded, for in Airflow 3.1 a request that is given up leaves its answer to the next one.
    asked = asyncio.ensure_future(task_runner.SUPERVISOR_COMMS.asend(message))
    timeout = within or ANSWER_TIMEOUT
    try:
        return await asyncio.wait_for(asyncio.shield(asked), timeout)
    except asyncio.TimeoutError as error:
        raise NoAnswerError(f"the triggerer gave no answer in {timeout:g} s") from error
    except AirflowRuntimeError as error:
        raise NoAnswerError(str(error)) from error


def runs_inline() -> bool:
    """Return whether ``dag.test()`` runs the trigger: what it has for a supervisor answers no trigger."""
    comms = getattr(task_runner, "SUPERVISOR_COMMS", None)
    return comms is not None and not hasattr(comms, "asend")
