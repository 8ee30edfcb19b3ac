"""What Airflow asks of a plugin: the tabs and the page that show jobs in its UI.

Airflow imports it in each of its processes, so it imports nothing of a wait, and what serves the file only
when that is asked for.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from airflow.providers.common.compat.sdk import AirflowPlugin, conf

from airflow_jobstatus import __version__

MOUNTED_AT = "/jobstatus"


class JobStatusPlugin(AirflowPlugin):
    """Shows the jobs that tasks wait for, unless ``[jobstatus] ui`` is False.

    A task instance has a tab Job, a DAG run a tab Jobs, and Browse a page Remote jobs.
    """

    name = "jobstatus"

    def __init__(self) -> None:
        if conf.getboolean("jobstatus", "ui", fallback=True):
            self.fastapi_apps = [{"app": _serve, "url_prefix": MOUNTED_AT, "name": "Job Status"}]
            self.react_apps = [
                _react_app("Job", "job", "task_instance"),
                _react_app("Jobs", "jobs", "dag_run"),
                _react_app("Remote jobs", "remote-jobs", "nav", category="browse"),
            ]


def _react_app(name: str, route: str, destination: str, **more: str) -> dict[str, Any]:
    """Return what Airflow asks of a React app; the name is its label, and its component's in the JavaScript.

    Airflow 3.1 and 3.2 import a URL as it is, so it has to be a path from the root.
    """
    prefix = urlsplit(conf.get("api", "base_url", fallback="/")).path.rstrip("/")
    bundle_url = f"{prefix}{MOUNTED_AT}/app.js?v={__version__}"
    return {"name": name, "bundle_url": bundle_url, "destination": destination, "url_route": route, **more}


async def _serve(scope: Any, receive: Any, send: Any) -> None:
    from airflow_jobstatus.ui.static import serve  # noqa: PLC0415  only the API server needs it

    await serve(scope, receive, send)
