"""Drives a flow by hand, with the answers that a test gives it."""

from __future__ import annotations

import json
from collections.abc import Generator
from dataclasses import dataclass, field, replace
from typing import Any

from airflow_jobstatus.protocol.account import Account
from airflow_jobstatus.protocol.errors import JobStatusError, TransportError
from airflow_jobstatus.protocol.http import Request, Response
from airflow_jobstatus.vendors import Vendor

BASE = "https://h.example"
KEY = "secret-key"
Met = Response | TransportError


@dataclass
class Talk:
    """What a flow said, and what came of it."""

    requests: list[Request] = field(default_factory=list)
    result: Any = None
    error: Exception | None = None

    def run(self, flow: Generator[Request, Response, Any], *answers: Met) -> None:
        """Give a flow these answers, and then none, carried as the transport on a worker carries them."""
        left = iter(answers)
        try:
            self.requests.append(next(flow))
            for met in left:
                into = self.requests[-1].into
                if isinstance(met, TransportError):
                    asked = flow.throw(met)
                elif into is not None and into.takes(met.status, met.headers):
                    into.write(met.body)
                    asked = flow.send(replace(met, body=b""))
                else:
                    asked = flow.send(met)
                self.requests.append(asked)
        except StopIteration as end:
            self.result = end.value
        except JobStatusError as error:
            self.error = error
        assert not list(left), "the flow ended before the vendor had given all of its answers"

    @property
    def urls(self) -> list[str]:
        return [request.url.removeprefix(BASE) for request in self.requests]

    @property
    def bodies(self) -> list[Any]:
        return [json.loads(request.body) if request.body else None for request in self.requests]

    @property
    def delays(self) -> list[float]:
        return [request.delay for request in self.requests]


def account_of(vendor: Vendor | Account) -> Account:
    """Give an account with a vendor, or that which is given."""
    if isinstance(vendor, Account):
        return vendor
    return Account(vendor=vendor, base_url=BASE, secret=KEY, ca_bundle="")
