"""The trigger of apache-airflow-providers-databricks."""

from __future__ import annotations

from typing import Any

from benchmarks.peers.peer import SECRET, Trigger, TriggerPeer


class Databricks(TriggerPeer):
    """``DatabricksExecutionTrigger``, which keeps a session per waiter."""

    name = "databricks"

    def connection(self) -> tuple[str, dict[str, Any]]:
        """Return a connection with a personal access token."""
        return "bench_databricks", {
            "conn_type": "databricks",
            "host": self.address.host,
            "port": self.address.port,
            "schema": self.address.scheme,
            "password": SECRET,
        }

    def prepare(self) -> None:
        """Import the trigger."""
        from airflow.providers.databricks.triggers.databricks import (  # noqa: PLC0415
            DatabricksExecutionTrigger,
        )

        self._trigger = DatabricksExecutionTrigger

    def trigger(self, number: int) -> Trigger:
        """Return the trigger of one job."""
        return self._trigger(
            run_id=number,
            databricks_conn_id="bench_databricks",
            polling_period_seconds=self.case.interval,  # type: ignore[arg-type]
        )

    def succeeded(self, payload: Any) -> bool:
        """Return whether the run's last state is success."""
        return isinstance(payload, dict) and '"SUCCESS"' in payload["run_state"]
