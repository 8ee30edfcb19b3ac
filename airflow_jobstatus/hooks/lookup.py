"""Finds the hook of a connection's type, on a worker or in the triggerer."""

from __future__ import annotations

import asyncio
from threading import Lock
from typing import Any

from airflow.providers.common.compat.connection import get_async_connection
from airflow.providers.common.compat.sdk import AirflowException, AirflowNotFoundException, BaseHook

from airflow_jobstatus.hooks.base import JobStatusHook, not_looked_up
from airflow_jobstatus.protocol.errors import InvalidConnectionError, UnknownConnectionError

LOOKUP_LIMIT = 60.0
"""Seconds in which Airflow has to return a connection to the triggerer."""
_finding = Lock()
"""Held while Airflow searches for hooks: the first time it reads all providers, which takes long."""


def find_hook(conn_id: str) -> JobStatusHook:
    """Return the hook of a connection's type.

    :param conn_id: The connection.
    :raises UnknownConnectionError: if the connection is not found.
    :raises InvalidConnectionError: if it is of a type that no hook of ours serves.
    """
    try:
        connection = BaseHook.get_connection(conn_id)
    except AirflowNotFoundException as error:
        raise _unknown(conn_id) from error
    except Exception as error:
        raise not_looked_up(conn_id, error) from error
    return _hook_of(conn_id, connection)


async def afind_hook(conn_id: str) -> JobStatusHook:
    """Return the hook of a connection's type without blocking the event loop; otherwise as the above.

    :param conn_id: The connection.
    """
    try:
        connection = await asyncio.wait_for(get_async_connection(conn_id), LOOKUP_LIMIT)
    except AirflowNotFoundException as error:
        raise _unknown(conn_id) from error
    except Exception as error:
        raise not_looked_up(conn_id, error) from error
    return await asyncio.to_thread(_hook_of, conn_id, connection)


def _hook_of(conn_id: str, connection: Any) -> JobStatusHook:
    try:
        with _finding:
            hook = connection.get_hook()
    except AirflowException:
        hook = None
    if not isinstance(hook, JobStatusHook):
        raise InvalidConnectionError(
            f"connection {conn_id!r} is of type {connection.conn_type!r}, which tells no bulk jobs; "
            "give it a type such as courier, elastic_path or geobridge"
        )
    return hook


def _unknown(conn_id: str) -> UnknownConnectionError:
    return UnknownConnectionError(
        f"connection {conn_id!r} is not defined; create it, or set conn_id to one that is"
    )
