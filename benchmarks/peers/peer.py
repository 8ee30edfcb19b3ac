"""What every peer is asked for."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from benchmarks.case import HOST, Case

SECRET = "benchmark"  # noqa: S105  the server asks for none


@dataclass(frozen=True)
class Address:
    """Where the server listens.

    :param scheme: ``http`` or ``https``.
    :param port: The TCP port.
    :param host: The IP address: looking names up would burden those most who connect most.
    """

    scheme: str
    port: int
    host: str = HOST

    @classmethod
    def of(cls, case: Case, ports: Mapping[str, int]) -> Address:
        """Return where a case's server is to be called.

        :param case: The case.
        :param ports: The server's ports, ``plain`` and ``tls``.
        """
        return cls("https", ports["tls"]) if case.tls else cls("http", ports["plain"])

    @property
    def url(self) -> str:
        """The base URL."""
        return f"{self.scheme}://{self.host}:{self.port}"


class Trigger(Protocol):
    """What a triggerer needs of a trigger."""

    def run(self) -> AsyncIterator[Any]:
        """Wait, and yield an event."""


class Peer(ABC):
    """Somebody who waits for jobs.

    :param case: The case.
    :param address: Where the server listens.
    """

    name: ClassVar[str]

    def __init__(self, case: Case, address: Address) -> None:
        self.case = case
        self.address = address

    def connection(self) -> tuple[str, dict[str, Any]] | None:
        """Return the id of the Airflow connection and its fields, None where there is none."""
        return None

    def environment(self) -> dict[str, str]:
        """Return the environment variable that holds the connection."""
        if (connection := self.connection()) is None:
            return {}
        conn_id, fields = connection
        return {f"AIRFLOW_CONN_{conn_id.upper()}": json.dumps(fields)}

    @abstractmethod
    def prepare(self) -> None:
        """Import what is needed, and direct it to the server where a connection cannot."""

    @abstractmethod
    async def wait(self, number: int) -> bool:
        """Wait for a job; return whether it was seen to succeed.

        :param number: The number of the job.
        """

    async def opened(self) -> None:  # noqa: B027  most need nothing
        """Make ready for a round."""

    async def closed(self) -> None:  # noqa: B027  most need nothing
        """Clean up after a round."""


class TriggerPeer(Peer):
    """A released trigger, run as the triggerer runs it: one task each, until its first event."""

    async def wait(self, number: int) -> bool:
        """Run the trigger of one job; return whether its event reports success."""
        async for event in self.trigger(number).run():
            return self.succeeded(event.payload)
        return False

    @abstractmethod
    def trigger(self, number: int) -> Trigger:
        """Return the trigger of one job."""

    def succeeded(self, payload: Any) -> bool:
        """Return whether an event's payload reports success."""
        return isinstance(payload, dict) and payload.get("status") == "success"
