"""The connection of a command: Airflow's, by its id, or that of a file."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow_jobstatus.protocol.errors import InvalidConnectionError

if TYPE_CHECKING:
    from airflow_jobstatus.hooks.base import JobStatusHook


FIELDS = {"conn_type", "host", "schema", "login", "password", "port", "extra"}
"""The fields of a connection; an extra alone has none of them."""


def add_job(parser: argparse.ArgumentParser, given: list[str]) -> None:
    """Add the arguments that name a job and its connection.

    :param parser: The command's parser.
    :param given: The arguments of the command line: a file takes the place of the id.
    """
    is_file = any(word.partition("=")[0] == "--connection" for word in given)
    if not is_file:
        parser.add_argument("conn_id", metavar="CONN_ID", help="the id of a connection that Airflow knows")
    parser.add_argument("job_id", metavar="JOB_ID", help="the id of the job at its API")
    parser.add_argument(
        "--connection",
        metavar="FILE",
        type=Path,
        help="a file with the JSON of a connection, in place of CONN_ID (conn_type is http_job by default)",
    )


def hook_for(options: argparse.Namespace) -> JobStatusHook:
    """Return the hook of the connection that was named.

    :param options: What :func:`add_job` read.
    :raises InvalidConnectionError: if there is no such connection, or it cannot be used.
    :raises OSError: if the file cannot be read.
    """
    from airflow_jobstatus.hooks.lookup import find_hook, hook_of  # noqa: PLC0415  Airflow takes a second

    if options.connection is None:
        return find_hook(options.conn_id)
    from airflow.providers.common.compat.sdk import Connection  # noqa: PLC0415  as above

    fields = read_fields(options.connection)
    extra, port = fields["extra"], fields.get("port")
    connection = Connection(
        conn_id=options.connection.name,
        conn_type=fields.get("conn_type") or "http_job",
        extra=extra if isinstance(extra, str) else json.dumps(extra),
        port=int(port) if isinstance(port, str) and port.isdecimal() else port,
        **{name: fields.get(name) for name in ("host", "schema", "login", "password")},
    )
    hook = hook_of(connection.conn_id, connection)
    vars(hook)["get_connection"] = lambda _: connection
    return hook


def read_fields(path: Path) -> dict[str, Any]:
    """Return the fields of a file's connection: at its top or under ``connection``; or an extra alone.

    :param path: The file.
    :raises InvalidConnectionError: if it holds no JSON object.
    :raises OSError: if it cannot be read.
    """
    try:
        values = json.loads(path.read_text())
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise InvalidConnectionError(f"{path} is not a JSON object with the fields of a connection")
    inner = values.get("connection")
    fields = {**values, **inner} if isinstance(inner, dict) else values
    is_extra = fields is values and not FIELDS & values.keys()
    return {**fields, "extra": values if is_extra else fields.get("extra") or {}}
