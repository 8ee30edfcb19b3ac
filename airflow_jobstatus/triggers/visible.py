"""Says whether the progress of a wait is shown inside Airflow."""

from __future__ import annotations

from airflow.providers.common.compat.sdk import conf


def shows_progress(*, do_xcom_push: bool) -> bool:
    """Return whether a task's progress is kept in an XCom: ``[jobstatus] progress``, True by default.

    A backend of the user's own may cost anything, and may not be meant for what is gone in a minute.

    :param do_xcom_push: Whether the task pushes XComs at all.
    """
    return (
        do_xcom_push and not xcom_backend() and bool(conf.getboolean("jobstatus", "progress", fallback=True))
    )


def xcom_backend() -> str | None:
    """Return the import path of a custom XCom backend, None where XComs are Airflow's own."""
    path = conf.get("core", "xcom_backend", fallback="")
    is_airflows = path.startswith("airflow.") and path.endswith(".BaseXCom")
    return None if not path or is_airflows else path
