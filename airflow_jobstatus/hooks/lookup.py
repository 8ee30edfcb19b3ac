"""Finds the hook of a connection's type, on a worker or in the triggerer."""

from __future__ import annotations

import asyncio
import time
from contextvars import Context
from dataclasses import dataclass
from threading import Lock
from typing import Any

from airflow.providers.common.compat.connection import get_async_connection
from airflow.providers.common.compat.sdk import AirflowException, AirflowNotFoundException, BaseHook

from airflow_jobstatus.hooks.base import JobStatusHook, not_looked_up
from airflow_jobstatus.protocol.api import Api
from airflow_jobstatus.protocol.errors import InvalidConnectionError, JobStatusError, UnknownConnectionError
from airflow_jobstatus.provider import get_provider_info

LOOKUP_LIMIT = 60.0
"""Seconds in which Airflow has to return a connection to the triggerer, whoever asks."""
LOOKUP_LOST = 600.0
"""Seconds after which an answer to that counts as lost, and Airflow is asked again."""
SHARED_FOR = 30.0
"""Seconds for which one look-up serves every wait that begins in a triggerer: each takes three requests of
Airflow's supervisor, and a connection that was changed is seen soon enough."""
_finding = Lock()
"""Held while Airflow searches for hooks: the first time it reads all providers, which takes long."""


def find_hook(conn_id: str) -> JobStatusHook:
    """Return the hook of a connection's type.

    :param conn_id: The connection.
    :raises UnknownConnectionError: if the connection is not found.
    :raises InvalidConnectionError: if it is of a type that no hook of ours serves.
    """
    try:
        return hook_of(conn_id, BaseHook.get_connection(conn_id))
    except AirflowNotFoundException:
        problem: JobStatusError = _unknown(conn_id)
    except JobStatusError:
        raise
    except Exception as error:  # noqa: BLE001  whatever a secrets backend raises
        problem = not_looked_up(conn_id, error)
    raise problem  # from here, it drags no other error along


@dataclass(frozen=True)
class SharedLookup:
    """One look-up of a connection: what it finds, and when it was begun."""

    found: asyncio.Future[tuple[JobStatusHook, Api]]
    begun: float

    @property
    def age(self) -> float:
        """Seconds since it was begun."""
        return time.monotonic() - self.begun

    @property
    def is_shared(self) -> bool:
        """Whether it is under way, or brought what may be used still."""
        if self.found.get_loop() is not asyncio.get_running_loop():
            return False
        if not self.found.done():
            return self.age < LOOKUP_LOST
        is_good = not self.found.cancelled() and self.found.exception() is None
        return is_good and self.age < SHARED_FOR


_lookups: dict[str, SharedLookup] = {}


async def afind_shared(conn_id: str) -> tuple[JobStatusHook, Api]:
    """Return the hook of a connection's type and the account, by one look-up for all who ask within a while.

    :param conn_id: The connection.
    :raises JobStatusError: as :meth:`JobStatusHook.aget_api`, and as the above.
    :raises TimeoutError: if Airflow has not returned the connection within 60 s of being asked; raised at
        once if those have passed. It is asked again after ten minutes, so that no questions pile up.
    """
    lookup = _lookups.get(conn_id)
    if lookup is None or not lookup.is_shared:
        for other in [one for one, shared in _lookups.items() if not shared.is_shared]:
            del _lookups[other]
        # In a context of its own, so that it does not log into the task log of whoever asked first.
        found = Context().run(asyncio.ensure_future, _find(conn_id))
        found.add_done_callback(lambda answered: answered.cancelled() or answered.exception())
        lookup = _lookups[conn_id] = SharedLookup(found, time.monotonic())
    await asyncio.wait({lookup.found}, timeout=max(0.0, LOOKUP_LIMIT - lookup.age))
    if not lookup.found.done():
        raise TimeoutError
    return lookup.found.result()


async def _find(conn_id: str) -> tuple[JobStatusHook, Api]:
    """Return the hook of a connection's type, as :func:`find_hook`, and the account."""
    try:
        hook = await asyncio.to_thread(hook_of, conn_id, await get_async_connection(conn_id))
        return hook, await hook.aget_api()
    except AirflowNotFoundException:
        problem: JobStatusError = _unknown(conn_id)
    except JobStatusError:
        raise
    except Exception as error:  # noqa: BLE001  as above
        problem = not_looked_up(conn_id, error)
    raise problem


def hook_of(conn_id: str, connection: Any) -> JobStatusHook:
    """Return the hook of the type of a connection that was found.

    :param conn_id: The connection's id.
    :param connection: The Airflow connection.
    :raises InvalidConnectionError: if it is of a type that no hook of ours serves.
    """
    try:
        with _finding:
            hook = connection.get_hook()
    except AirflowNotFoundException as error:  # a hook may look more up where it is made
        raise not_looked_up(conn_id, error) from None
    except (AirflowException, ImportError):
        hook = None
    if isinstance(hook, JobStatusHook):
        return hook
    conn_type = connection.conn_type
    del connection, hook  # a log may show what stands here
    raise InvalidConnectionError(
        f"connection {conn_id!r} is of type {conn_type!r}, whose hook cannot poll bulk jobs; set its type to "
        f"one of {', '.join(_types())}. If a provider was installed for it, restart Airflow"
    )


def _types() -> list[str]:
    """Return the connection types that can be polled: ours, and those whose hooks are loaded already.

    To ask every installed provider would import all of their hooks.
    """
    ours = [str(entry["connection-type"]) for entry in get_provider_info()["connection-types"]]
    left: list[type[JobStatusHook]] = [JobStatusHook]
    found = set()
    while left:
        for hook in left.pop().__subclasses__():
            left.append(hook)
            found.add(getattr(hook, "conn_type", None))
    return ours + sorted(name for name in found if name and name not in ours)


def _unknown(conn_id: str) -> UnknownConnectionError:
    return UnknownConnectionError(
        f"connection {conn_id!r} is not defined; create it, or set conn_id to one that is"
    )
