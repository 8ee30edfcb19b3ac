"""A real Airflow whose connections lead to a sandbox."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from aiohttp import web

from airflow_jobstatus.sandbox import Sandbox
from lab.installation import Installation

DAGS = Path(__file__).parent / "dags"
JOB_SECONDS = 10.0
"""How long a job takes by the clock of the sandbox, which stands still until a test moves it."""

SIGNED = ("Authorization", "X-API-Key")
"""The headers that carry credentials."""


class NotingSandbox(Sandbox):
    """A sandbox that notes with which credentials it is called."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.credentials: set[str] = set()

    def application(self) -> web.Application:
        application = super().application()
        application.middlewares.append(self._note)
        return application

    @web.middleware
    async def _note(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        sent = [request.headers[name].rpartition(" ")[2] for name in SIGNED if name in request.headers]
        self.credentials.update(sent)
        return await handler(request)


@contextmanager
def airflow_beside(sandbox: Sandbox, dags: Path, **env: str) -> Iterator[tuple[Installation, str]]:
    """Start the sandbox, and an Airflow with a connection to each vendor in the environment.

    :param sandbox: The sandbox.
    :param dags: The folder with the DAG files.
    :param env: More of Airflow's environment.
    """
    with sandbox.serve() as url:
        connections = {f"{vendor}_default": fields for vendor, fields in sandbox.connections(url).items()}
        with Installation(dags, connections, env) as airflow:
            yield airflow, url
