"""Serves one case until standard input ends: ``python -m benchmarks.server CASE DIRECTORY``."""

from __future__ import annotations

import asyncio
import gc
import json
import resource
import ssl
import sys
from pathlib import Path

import certifi
import trustme
import uvloop

from benchmarks.case import HOST, Case
from benchmarks.server.protocol import Account, connections_of

BACKLOG = 4096


def main() -> None:
    """Read the case and serve it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    uvloop.run(_serve(Case.from_json(sys.argv[1]), Path(sys.argv[2])))


async def _serve(case: Case, directory: Path) -> None:
    account = Account(case)
    loop = asyncio.get_running_loop()
    trust = _certificate(directory)
    plain = await loop.create_server(connections_of(account), HOST, 0, backlog=BACKLOG)
    secure = await loop.create_server(connections_of(account), HOST, 0, backlog=BACKLOG, ssl=trust)
    gc.freeze()
    ports = {"plain": plain.sockets[0].getsockname()[1], "tls": secure.sockets[0].getsockname()[1]}
    sys.stdout.write(json.dumps(ports) + "\n")
    sys.stdout.flush()
    await loop.run_in_executor(None, sys.stdin.read)


def _certificate(directory: Path) -> ssl.SSLContext:
    """Return the server's side of TLS; write what a client must trust, beside all that it usually does."""
    authority = trustme.CA()
    usual = Path(certifi.where()).read_bytes()
    (directory / "trusted.pem").write_bytes(usual + authority.cert_pem.bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST, "localhost").configure_cert(context)
    return context


if __name__ == "__main__":
    main()
