"""Waits through hooks of a user's own; the connection that they name has a key that is wrong."""

from __future__ import annotations

from airflow.sdk import DAG

from airflow_jobstatus.hooks.courier import CourierHook
from airflow_jobstatus.sensors.jobstatus import JobStatusSensor
from tests.support.own_hooks import RIGHT, OwnConnectionHook


class LocalHook(OwnConnectionHook):
    """A hook that only who reads this file knows."""


class Choosing(JobStatusSensor):
    """Chooses another connection."""

    def get_hook(self) -> CourierHook:
        return CourierHook(RIGHT)


class Reading(JobStatusSensor):
    """Reads the connection in a way of its own."""

    def get_hook(self) -> CourierHook:
        return OwnConnectionHook(self.conn_id)


class Local(JobStatusSensor):
    """Has a hook of this file."""

    def get_hook(self) -> CourierHook:
        return LocalHook(self.conn_id)


with DAG("own_hooks", schedule=None):
    for sensor in (Choosing, Reading, Local):
        sensor(
            task_id=sensor.__name__.lower(),
            conn_id="courier_wrong",
            job_id="of-own-hooks",
            deferrable=True,
            start_from_trigger=True,
            poke_interval=1,
            timeout=900,
        )
