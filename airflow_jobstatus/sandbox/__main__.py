"""Starts the sandbox from the command line and prints the connections to use."""

from __future__ import annotations

import argparse
import asyncio
import json
import shlex
import signal
import sys
from pathlib import Path

from airflow_jobstatus.sandbox.server import Sandbox, bracketed


def main(arguments: list[str] | None = None) -> None:
    """Serve until SIGINT or SIGTERM.

    :param arguments: the command line without the program's name, the process's own by default.
    """
    parser = argparse.ArgumentParser(
        prog="python -m airflow_jobstatus.sandbox",
        description="Play the APIs of Courier, Elastic Path, GeoBridge and a small HTTP job API on one port.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--port", type=int, default=8099, help="TCP port, 0 for a free one")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long a job takes")
    parser.add_argument(
        "--token-lifetime", type=float, default=3600.0, help="seconds an access token is good"
    )
    parser.add_argument("--no-rate-limit", action="store_true", help="let GeoBridge jobs be polled any time")
    parser.add_argument(
        "--connection", type=Path, help="JSON file of a connection of type http_job, whose API is played too"
    )
    parser.add_argument(
        "--answers",
        type=Path,
        help="JSON file of what that API answers, in the form of airflow_jobstatus.testing",
    )
    options = parser.parse_args(arguments)
    sandbox = Sandbox(options.seconds, options.token_lifetime, rate_limit=not options.no_rate_limit)
    if options.connection is not None:
        try:
            sys.stdout.write(_declared(sandbox, options.connection, options.answers))
        except (OSError, ValueError) as error:
            parser.exit(1, f"Cannot play {options.connection}: {error}\n")
    try:
        asyncio.run(_serve_until_signalled(sandbox, options.port, options.host))
    except OSError as error:
        parser.exit(1, f"Cannot listen at {bracketed(options.host)}:{options.port}: {error.strerror}\n")


def _declared(sandbox: Sandbox, connection: Path, answers: Path | None) -> str:
    """Add the API that a file declares; return a line on each field that cannot be played."""
    script = None if answers is None else json.loads(answers.read_text())
    unplayed = sandbox.add_api(json.loads(connection.read_text()), answers=script)
    return "".join(
        f"No value is invented for {field}: {expression!r} is more than names joined by dots\n"
        for field, expression in unplayed.items()
    )


async def _serve_until_signalled(sandbox: Sandbox, port: int, host: str) -> None:
    signalled = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, signalled.set)
    async with sandbox.listen(port, host) as url:
        sys.stdout.write(_announcement(sandbox, url))
        sys.stdout.flush()
        await signalled.wait()


def _announcement(sandbox: Sandbox, url: str) -> str:
    connections = sandbox.connections(url)
    base_urls = [f"  {vendor:<13}{connection['host']}\n" for vendor, connection in connections.items()]
    exports = [
        f"export AIRFLOW_CONN_{vendor.upper()}_DEFAULT={shlex.quote(json.dumps(connection))}\n"
        for vendor, connection in connections.items()
    ]
    return "".join(
        [
            "The sandbox listens; Ctrl-C ends it.\n",
            *base_urls,
            "\n",
            *exports,
            "\nMake a job with\n",
            f'  curl -d \'{{"vendor": "courier", "seconds": 3}}\' {url}/sandbox/jobs\n',
            "\nRehearse an outage, or with kind throttle, slow or page something else, with\n",
            f'  curl -d \'{{"vendor": "courier", "kind": "outage", "seconds": 60}}\' {url}/sandbox/faults\n',
        ]
    )


if __name__ == "__main__":
    main()
