"""Finds the poller of an account: one for each event loop, hook class and connection."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from airflow_jobstatus.polling.client import Client, Hook
from airflow_jobstatus.polling.lookup import Lookup
from airflow_jobstatus.polling.metrics import Metrics, Sink
from airflow_jobstatus.polling.per_loop import PerLoop
from airflow_jobstatus.polling.poller import Poller
from airflow_jobstatus.polling.throttle import Throttle

T = TypeVar("T")


@dataclass
class Membership:
    """A poller, and how many wait for something of it."""

    poller: Poller
    members: int = 0


Key = tuple[type, str]


@dataclass
class Accounts:
    """The accounts of one event loop.

    :param pollers: The pollers of those that somebody waits on.
    :param throttles: The throttles of those that nobody waits on now, but that must not be asked too fast.
    :param lookups: The look-ups of their connections that have not been answered; who comes joins them.
    """

    pollers: dict[Key, Membership] = field(default_factory=dict)
    throttles: dict[Key, Throttle] = field(default_factory=dict)
    lookups: dict[Key, Lookup] = field(default_factory=dict)


_accounts = PerLoop(Accounts)


@asynccontextmanager
async def joined(hook: Hook, sink: Sink | None = None) -> AsyncIterator[Poller]:
    """Join the poller of a hook's account in this event loop; the first makes it, the last closes it.

    :param hook: The hook; its class and connection id name the account.
    :param sink: What takes metrics; nothing by default.
    """
    accounts = _accounts()
    pollers, throttles, lookups = accounts.pollers, accounts.throttles, accounts.lookups
    key = (type(hook), hook.conn_id)
    membership = pollers.get(key)
    if membership is None:
        metrics = Metrics(sink, hook.vendor.conn_type, hook.conn_id)
        client = Client(hook, lookup=lookups.pop(key, None))
        poller = Poller(hook, client=client, throttle=throttles.pop(key, None), metrics=metrics)
        membership = pollers[key] = Membership(poller)
    membership.members += 1
    try:
        yield membership.poller
    finally:
        membership.members -= 1
        if not membership.members:
            del pollers[key]
            now = time.monotonic()
            _keep(throttles, key, membership.poller.throttle, lambda throttle: throttle.remembers(now))
            _keep(lookups, key, membership.poller.lookup, lambda lookup: lookup.is_under_way)
            await membership.poller.close()


def _keep(kept: dict[Key, T], key: Key, one: T, is_of_use: Callable[[T], bool]) -> None:
    """Keep what a poller leaves behind if it is of use; forget what is of use no more."""
    kept[key] = one
    for other in [name for name, left in kept.items() if not is_of_use(left)]:
        del kept[other]


def polled() -> list[Poller]:
    """Return the pollers that somebody waits on in this event loop."""
    return [membership.poller for membership in _accounts().pollers.values()]
