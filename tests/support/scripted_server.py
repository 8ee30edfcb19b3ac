"""The raw HTTP server of the contract kit, under the name that the tests know it by."""

from airflow_jobstatus.testing.server import Recorded, Reply, ScriptedServer

__all__ = ["Recorded", "Reply", "ScriptedServer"]
