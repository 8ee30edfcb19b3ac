"""The two polling triggers of apache-airflow-providers-http."""

from __future__ import annotations

from typing import Any

from benchmarks.peers.peer import Trigger, TriggerPeer


class Http(TriggerPeer):
    """A trigger with a connection of type ``http``."""

    def connection(self) -> tuple[str, dict[str, Any]]:
        """Return a connection to the server."""
        return "bench_http", {"conn_type": "http", "host": self.address.url}


class HttpEvent(Http):
    """``HttpEventTrigger``, which asks a function of the user's whether to fire."""

    name = "http, event"

    def prepare(self) -> None:
        """Import the trigger."""
        from airflow.providers.http.triggers.http import HttpEventTrigger  # noqa: PLC0415

        self._trigger = HttpEventTrigger

    def trigger(self, number: int) -> Trigger:
        """Return the trigger of one job."""
        return self._trigger(
            response_check_path="benchmarks.peers.check.has_ended",
            http_conn_id="bench_http",
            endpoint=f"bulk/job-{number:06d}",
            poll_interval=self.case.interval,
        )


class HttpSensor(Http):
    """``HttpSensorTrigger``, which fires at the first answer that is not 404."""

    name = "http, sensor"

    def prepare(self) -> None:
        """Import the trigger."""
        from airflow.providers.http.triggers.http import HttpSensorTrigger  # noqa: PLC0415

        self._trigger = HttpSensorTrigger

    def trigger(self, number: int) -> Trigger:
        """Return the trigger of one job."""
        return self._trigger(
            endpoint=f"ended/job-{number:06d}",
            http_conn_id="bench_http",
            poke_interval=self.case.interval,
        )

    def succeeded(self, payload: Any) -> bool:
        """Return whether it fired for the right reason."""
        return payload is True
