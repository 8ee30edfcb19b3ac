"""Reads an answer by hand, without a DAG: ``python -m airflow_jobstatus read --connection C --answer A``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from airflow_jobstatus.protocol.account import Account
from airflow_jobstatus.protocol.errors import JobStatusError
from airflow_jobstatus.protocol.expressions import Expression
from airflow_jobstatus.protocol.http import Response
from airflow_jobstatus.protocol.reader import Reader
from airflow_jobstatus.protocol.sign_in import hidden
from airflow_jobstatus.vendors import declared

FACTS = ("state", "status", "counters", "progress", "error", "outputs")


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return its exit code: 0 for a job, 1 for none.

    :param arguments: The arguments; those of the command line by default.
    """
    parser = argparse.ArgumentParser(prog="python -m airflow_jobstatus", description=__doc__)
    read = parser.add_subparsers(dest="command", required=True).add_parser(
        "read", help="print what a connection makes of an answer"
    )
    read.add_argument("--connection", required=True, help="a file with a connection's JSON, or its id")
    read.add_argument("--answer", required=True, type=Path, help="a file with the body of the answer")
    read.add_argument("--code", type=int, default=200, help="the HTTP code of the answer")
    given = parser.parse_args(arguments)
    try:
        account = _account(given.connection)
        response = Response(given.code, {}, given.answer.read_bytes())
        job = Reader(account, account.hidden).read_job("by-hand", response).to_dict()
    except (JobStatusError, OSError, ValueError) as error:
        print(error, file=sys.stderr)  # noqa: T201  a command's output
        return 1
    for name in FACTS:
        print(f"{name}: {account.redact(json.dumps(job[name]))}")  # noqa: T201
    for name in _nothing(account, response):
        print(f"nothing found: {name}")  # noqa: T201
    return 0


def _account(connection: str) -> Account:
    """Return the account of a connection's file, or of a connection that Airflow knows."""
    if not Path(connection).is_file():
        from airflow_jobstatus.hooks.lookup import find_hook  # noqa: PLC0415  no Airflow for a file

        return find_hook(connection).api.account
    values: dict[str, Any] = json.loads(Path(connection).read_text())
    extra = values.get("extra", values)
    inner = {**values, **values.get("connection", {})}
    vendor = declared(json.loads(extra) if isinstance(extra, str) else extra)
    return Account(
        vendor=vendor,
        base_url="https://api.example.com",
        login=inner.get("login"),
        secret=inner.get("password") or "",
        secrets=hidden(vendor.auth),
        ca_bundle="",
    )


def _nothing(account: Account, response: Response) -> Iterator[str]:
    """Give each expression that finds nothing in an answer, with its field."""
    vendor = account.vendor
    job = vendor.expressions.job.first(response.json())
    fields: dict[str, tuple[Expression, ...]] = {
        "status": vendor.expressions.status,
        "error": vendor.expressions.error,
        **{f"counters.{name}": (at,) for name, at in vendor.records.expressions.items()},
        **{f"times.{name}": places for name, places in vendor.expressions.times},
        **{f"outputs.{name}": (at,) for name, at in vendor.expressions.outputs},
    }
    if vendor.expressions.percent is not None:
        fields["percent"] = (vendor.expressions.percent,)
    for name, places in fields.items():
        if places and all(at.whole(job) is None for at in places):
            yield f"{name} ({', '.join(at.text for at in places)})"


if __name__ == "__main__":
    sys.exit(main())
