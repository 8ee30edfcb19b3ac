"""Reads an answer that was saved: what a connection makes of it, without a call."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from airflow_jobstatus.command.command import Command
from airflow_jobstatus.command.connection import read_fields
from airflow_jobstatus.command.facts import print_facts
from airflow_jobstatus.protocol.account import Account
from airflow_jobstatus.protocol.errors import InvalidConnectionError
from airflow_jobstatus.protocol.expressions import Expression
from airflow_jobstatus.protocol.http import NotJsonError, Response
from airflow_jobstatus.protocol.reader import Reader
from airflow_jobstatus.protocol.sign_in import hidden
from airflow_jobstatus.protocol.text import Secrets
from airflow_jobstatus.vendors import declared


def _add_options(parser: argparse.ArgumentParser, given: list[str]) -> None:  # noqa: ARG001  as for others
    parser.add_argument("--connection", required=True, help="a file with a connection's JSON, or its id")
    parser.add_argument("--answer", required=True, type=Path, help="a file with the body of the answer")
    parser.add_argument("--code", type=int, default=200, help="the HTTP code of the answer (200)")


def _run(options: argparse.Namespace) -> int:
    account = _account(options.connection)
    asked = replace(account, vendor=replace(account.vendor, id=None))  # the answer may be about any job
    response = Response(options.code, {}, options.answer.read_bytes())
    print_facts(Reader(asked, account.hidden).read_job("by-hand", response), account)
    for name in _nothing(account, response):
        print(f"nothing found: {name}")  # noqa: T201  a command's output
    return 0


def _account(connection: str) -> Account:
    """Return the account of a connection's file, or of a connection that Airflow knows."""
    if not Path(connection).is_file():
        from airflow_jobstatus.hooks.lookup import find_hook  # noqa: PLC0415  no Airflow for a file

        return find_hook(connection).api.account
    fields = read_fields(Path(connection))
    extra, password = fields["extra"], fields.get("password") or ""
    try:
        vendor = declared(json.loads(extra) if isinstance(extra, str) else extra)
    except ValueError as error:
        problem = Secrets([password]).redact(str(error))
    else:
        return Account(
            vendor=vendor,
            base_url="https://api.example.com",
            login=fields.get("login"),
            secret=password,
            secrets=hidden(vendor.auth),
            ca_bundle="",
        )
    raise InvalidConnectionError(problem)


def _nothing(account: Account, response: Response) -> Iterator[str]:
    """Give each expression that finds nothing in an answer, with its field."""
    vendor = account.vendor
    try:
        body = response.json()
    except NotJsonError:  # a code alone can say what state a job is in
        return
    job = vendor.expressions.job.first(body)
    fields: dict[str, tuple[Expression, ...]] = {
        "id": () if vendor.expressions.id is None else (vendor.expressions.id,),
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


READ = Command(
    about="print what a connection makes of an answer, without a call",
    exit_codes="Exit code: 0 if the answer holds a job, 1 if it does not or nothing could be read.",
    after_error=1,
    add_options=_add_options,
    run=_run,
)
