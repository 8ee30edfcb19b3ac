"""What tests take from inside Airflow, where each of its releases keeps it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow import __version__
from airflow.sdk.bases.operator import ExecutorSafeguard
from packaging.version import Version

IS_3_1 = Version(__version__) < Version("3.2")

if TYPE_CHECKING or not IS_3_1:
    from airflow.sdk._shared.module_loading import _get_grouped_entry_points
    from airflow.sdk.exceptions import AirflowRescheduleException
    from airflow.sdk.providers_manager_runtime import ProvidersManagerTaskRuntime as Providers
    from airflow.sdk.serde import deserialize, serialize
    from airflow.serialization.serialized_objects import DagSerialization
else:
    from airflow.exceptions import AirflowRescheduleException
    from airflow.providers_manager import ProvidersManager as Providers
    from airflow.serialization.serde import deserialize, serialize
    from airflow.serialization.serialized_objects import SerializedDAG as DagSerialization
    from airflow.utils.entry_points import _get_grouped_entry_points

__all__ = [
    "IS_3_1",
    "AirflowRescheduleException",
    "DagSerialization",
    "ExecutorSafeguard",
    "Providers",
    "deserialize",
    "forget_providers",
    "serialize",
]


def forget_providers() -> None:
    """Have the process look for installed providers again."""
    _get_grouped_entry_points.cache_clear()
    Providers()._cleanup()  # noqa: SLF001  Airflow has no public way
