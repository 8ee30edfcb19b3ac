"""Our trigger, with and without a list of jobs to poll."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, ClassVar

from benchmarks.peers.peer import SECRET, Trigger, TriggerPeer

LONGEST = 3600.0
"""Seconds that a wait may take: more than any run."""


class Ours(TriggerPeer):
    """``JobStatusTrigger`` for one vendor."""

    hook_class: ClassVar[str]
    conn_type: ClassVar[str]
    prefix: ClassVar[str] = ""
    declaration: ClassVar[Mapping[str, Any]] = {}

    def connection(self) -> tuple[str, dict[str, Any]]:
        """Return a connection to the vendor."""
        rate = self.case.account_rate
        return self.conn_type, {
            "conn_type": self.conn_type,
            "host": self.address.url + self.prefix,
            "password": SECRET,
            "extra": {**self.declaration, **({} if rate is None else {"requests_per_second": rate})},
        }

    def prepare(self) -> None:
        """Import the trigger."""
        from airflow_jobstatus.triggers.jobstatus import JobStatusTrigger  # noqa: PLC0415  only who is measured

        self._trigger = JobStatusTrigger

    def trigger(self, number: int) -> Trigger:
        """Return the trigger as the sensor makes it."""
        now = time.time()
        return self._trigger(
            hook_class=self.hook_class,
            conn_id=self.conn_type,
            job_id=f"job-{number:06d}",
            began=now,
            deadline=now + LONGEST,
            options={"interval": self.case.interval},
        )

    def succeeded(self, payload: Any) -> bool:
        """Return whether the wait ended with success."""
        return isinstance(payload, dict) and payload.get("ending") == "succeeded"


class OursSingle(Ours):
    """Courier, which has no list: every job is polled singly."""

    name = "ours, single polls"
    hook_class = "airflow_jobstatus.hooks.courier.CourierHook"
    conn_type = "courier"


class OursListed(Ours):
    """GeoBridge, whose list shows a hundred jobs per request."""

    name = "ours, list polls"
    hook_class = "airflow_jobstatus.hooks.geobridge.GeoBridgeHook"
    conn_type = "geobridge"
    prefix = "/v1"


class Declared(Ours):
    """Courier as a connection declares it, by names joined by dots alone."""

    name = "http_job, plain paths"
    hook_class = "airflow_jobstatus.hooks.http_job.HttpJobHook"
    conn_type = "http_job"
    declaration = {  # noqa: RUF012  a constant
        "path": "/bulk/{id}",
        "job": "job",
        "counters": {"total": "received", "succeeded": "enqueued", "failed": "failures"},
    }


class DeclaredInJmespath(Declared):
    """The same by five expressions that only the library ``jmespath`` evaluates."""

    name = "http_job, five JMESPath expressions"
    declaration = {  # noqa: RUF012  a constant
        "path": "/bulk/{id}",
        "job": "job",
        "status": "status || state",
        "counters": {
            "total": "received || total",
            "succeeded": "enqueued || done",
            "failed": "not_null(failures, errors)",
        },
        "times": {"created_at": "definition.data.created_at || created_at"},
    }
