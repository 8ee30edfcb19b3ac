"""What the Airflow that is installed can do, and what is installed with it."""

from __future__ import annotations

from airflow.providers.common.compat.sdk import BaseOperator, conf


def starts_in_the_triggerer() -> bool:
    """Tell whether Airflow can start a task in the triggerer and lets the trigger know its task.

    Airflow 3.1 and 3.2 take the arguments for that and ignore them. 3.3, where it works, is also the first
    that checks them.
    """
    return hasattr(BaseOperator, "_validate_start_from_trigger_kwargs")


def has_listeners() -> bool:
    """Tell whether a plugin listens to what becomes of tasks; the first call loads the plugins."""
    try:
        from airflow.sdk.listener import get_listener_manager  # noqa: PLC0415  its place since Airflow 3.2
    except ImportError:
        from airflow.listeners.listener import (  # type: ignore[assignment]  # noqa: PLC0415
            get_listener_manager,
        )
    return bool(get_listener_manager().has_listeners)


def xcom_backend() -> str | None:
    """Return the import path of a custom XCom backend, None where XComs are Airflow's own."""
    path = conf.get("core", "xcom_backend", fallback="")
    return None if not path or path.endswith(".BaseXCom") else path
