"""The trigger of airflow-provider-fivetran-async."""

from __future__ import annotations

import warnings
from typing import Any

import pendulum

from benchmarks.peers.peer import SECRET, Trigger, TriggerPeer

LAST_SYNC = pendulum.datetime(2026, 7, 2, 12, 40)


class Fivetran(TriggerPeer):
    """``FivetranTrigger``, given the last sync as its sensor gives it."""

    name = "fivetran"

    def connection(self) -> tuple[str, dict[str, Any]]:
        """Return a connection with a key."""
        return "bench_fivetran", {"conn_type": "fivetran", "login": "key", "password": SECRET}

    def prepare(self) -> None:
        """Import the trigger, and direct its hook to the server: its host is a constant."""
        from fivetran_provider_async.hooks import FivetranHookAsync  # noqa: PLC0415
        from fivetran_provider_async.triggers import FivetranTrigger  # noqa: PLC0415

        warnings.filterwarnings("ignore", category=UserWarning, module="fivetran_provider_async")
        FivetranHookAsync.api_protocol = self.address.scheme
        FivetranHookAsync.api_host = f"{self.address.host}:{self.address.port}"
        self._trigger = FivetranTrigger

    def trigger(self, number: int) -> Trigger:
        """Return the trigger of one job."""
        return self._trigger(
            task_id="bench",
            connector_id=f"job-{number:06d}",
            fivetran_conn_id="bench_fivetran",
            previous_completed_at=LAST_SYNC,
            poke_interval=self.case.interval,
        )
