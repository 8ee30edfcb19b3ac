"""The trigger of apache-airflow-providers-dbt-cloud."""

from __future__ import annotations

import time
from typing import Any

from benchmarks.peers.peer import SECRET, Trigger, TriggerPeer

LONGEST = 3600.0


class DbtCloud(TriggerPeer):
    """``DbtCloudRunJobTrigger``."""

    name = "dbt-cloud"

    def connection(self) -> tuple[str, dict[str, Any]]:
        """Return a connection whose tenant is the server."""
        return "bench_dbt", {
            "conn_type": "dbt_cloud",
            "host": f"{self.address.host}:{self.address.port}",
            "login": "1",
            "password": SECRET,
        }

    def prepare(self) -> None:
        """Import the trigger; have it call http where the case is plain, for it knows https alone."""
        from airflow.providers.dbt.cloud.hooks.dbt import DbtCloudHook  # noqa: PLC0415
        from airflow.providers.dbt.cloud.triggers.dbt import DbtCloudRunJobTrigger  # noqa: PLC0415

        self._trigger = DbtCloudRunJobTrigger
        if self.case.tls:
            return
        released = DbtCloudHook.get_request_url_params

        def plain(*arguments: Any, **options: Any) -> tuple[str, dict[str, Any]]:
            url, parameters = released(*arguments, **options)
            return url.replace("https:", "http:", 1), parameters

        DbtCloudHook.get_request_url_params = staticmethod(plain)  # type: ignore[method-assign]

    def trigger(self, number: int) -> Trigger:
        """Return the trigger of one job."""
        return self._trigger(
            conn_id="bench_dbt",
            run_id=number,
            end_time=time.time() + LONGEST,
            poll_interval=self.case.interval,
            account_id=1,
        )
