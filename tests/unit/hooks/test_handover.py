"""The triggerer polls through the very hook of the worker, or the task does not defer."""

from __future__ import annotations

import queue
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import ModuleType
from typing import Any

import pytest
import requests
from airflow.providers.common.compat.sdk import BaseHook

from airflow_jobstatus.hooks.base import JobStatusHook
from airflow_jobstatus.hooks.geobridge import GeoBridgeHook
from airflow_jobstatus.hooks.handover import against_handover, made_of
from airflow_jobstatus.protocol.api import Api


class PlainHook(GeoBridgeHook):
    pass


class OwnConnectionHook(GeoBridgeHook):
    @classmethod
    def get_connection(cls, conn_id: str) -> Any:
        return super().get_connection(conn_id)


class OwnAsyncConnectionHook(GeoBridgeHook):
    @classmethod
    async def aget_connection(cls, conn_id: str) -> Any:
        return await super().aget_connection(conn_id)


class BothConnectionsHook(OwnConnectionHook, OwnAsyncConnectionHook):
    pass


class Vault(BaseHook):
    @classmethod
    def get_connection(cls, conn_id: str) -> Any:
        return super().get_connection(conn_id)


class AsyncVault(BaseHook):
    @classmethod
    async def aget_connection(cls, conn_id: str) -> Any:
        return await super().aget_connection(conn_id)


class VaultHook(GeoBridgeHook, Vault):
    pass


class AsyncVaultHook(GeoBridgeHook, AsyncVault):
    pass


class TracingHook(GeoBridgeHook):
    def get_job(self, job_id: str) -> Any:
        return super().get_job(job_id)


class OneApiHook(GeoBridgeHook):
    async def aget_api(self) -> Api:
        return await super().aget_api()


class RegionHook(GeoBridgeHook):
    def __init__(self, conn_id: str | None = None, region: str = "eu") -> None:
        super().__init__(conn_id)
        self.region = region


class DemandingHook(GeoBridgeHook):
    def __init__(self, conn_id: str, *, region: str) -> None:
        super().__init__(conn_id)
        self.region = region


class Place:
    """Has slots."""

    __slots__ = ("__region", "unset")

    def __init__(self, region: str) -> None:
        self.__region = region


class SlotsHook(GeoBridgeHook):
    def __init__(self, conn_id: str | None = None, region: str = "eu") -> None:
        super().__init__(conn_id)
        self.place = Place(region)


class Client:
    """What a hook makes of its argument; it knows no equality of its own."""

    def __init__(self, region: str) -> None:
        self.region = region
        self.lock = threading.Lock()
        self.session = requests.Session()

    def host_of(self, host: str) -> str:
        return f"{self.region}.{host}"


class ClientHook(GeoBridgeHook):
    def __init__(self, conn_id: str | None = None, region: str = "eu") -> None:
        super().__init__(conn_id)
        self.clients = {"jobs": [Client(region)]}
        self.said = self.log.info


class FunctionHook(GeoBridgeHook):
    def __init__(self, conn_id: str | None = None, region: str = "eu") -> None:
        super().__init__(conn_id)
        self.host_of = lambda host: f"{region}.{host}"


class MethodHook(GeoBridgeHook):
    def __init__(self, conn_id: str | None = None, region: str = "eu") -> None:
        super().__init__(conn_id)
        self.host_of = Client(region).host_of


class BusyHook(GeoBridgeHook):
    """Keeps what Python never calls equal, and what leads back to the hook."""

    def __init__(self, conn_id: str | None = None) -> None:
        super().__init__(conn_id)
        self.log.debug("made")
        self.kept = [ThreadPoolExecutor(1), threading.Event(), queue.Queue(), threading.Thread()]
        self.host_of = lambda host: f"{self.conn_id}.{host}"
        self.said = self.log.info


class PartialHook(GeoBridgeHook):
    def __init__(self, conn_id: str | None = None, region: str = "eu") -> None:
        super().__init__(conn_id)
        self.host_of = partial(str.format, "{region}.{host}", region=region)


class Outer:
    class InnerHook(GeoBridgeHook):
        pass


def local_hook() -> JobStatusHook:
    class LocalHook(GeoBridgeHook):
        pass

    return LocalHook("c")


def hook_of_module(name: str) -> JobStatusHook:
    return type("AHook", (GeoBridgeHook,), {"__module__": name})("c")


def shadowed_hook() -> JobStatusHook:
    return type("PlainHook", (GeoBridgeHook,), {"__module__": __name__})("c")


def patched_hook() -> JobStatusHook:
    hook = GeoBridgeHook("c")
    hook.get_connection = lambda _: None  # type: ignore[method-assign]
    return hook


FIT: dict[str, Any] = {
    "ours": lambda: GeoBridgeHook("c"),
    "a subclass": lambda: PlainHook("c"),
    "an inner class": lambda: Outer.InnerHook("c"),
    "a get_connection of its own": lambda: OwnConnectionHook("c"),
    "a get_connection from beside it": lambda: VaultHook("c"),
    "both look-ups of its own": lambda: BothConnectionsHook("c"),
    "an argument at its default": lambda: RegionHook("c"),
    "an argument at its default, in a client": lambda: ClientHook("c"),
    "an argument at its default, in a method": lambda: MethodHook("c"),
    "locks, threads, and itself": lambda: BusyHook("c"),
    "an argument at its default, in slots": lambda: SlotsHook("c"),
    "an argument at its default, in a function": lambda: FunctionHook("c"),
    "an argument at its default, in a partial": lambda: PartialHook("c"),
}
UNFIT: dict[str, tuple[Any, str]] = {
    "a local class": (local_hook, "cannot be imported by its name"),
    "a class that another of its name hides": (shadowed_hook, "cannot be imported by its name"),
    "a module that is not there": (lambda: hook_of_module("nowhere.hooks"), "cannot be imported"),
    "a class of the DAG file": (lambda: hook_of_module("unusual_prefix_0a1b_dag"), "of the DAG file"),
    "a class of a script": (lambda: hook_of_module("__main__"), "of the DAG file"),
    "a get_job of its own": (lambda: TracingHook("c"), "polls on a worker in a way of its own"),
    "one api of its own": (lambda: OneApiHook("c"), "polls on a worker in a way of its own"),
    "a patched hook": (patched_hook, "polls on a worker in a way of its own"),
    "an aget_connection from beside it alone": (lambda: AsyncVaultHook("c"), "looks up the connection in a"),
    "an aget_connection alone": (lambda: OwnAsyncConnectionHook("c"), "looks up the connection in a way"),
    "an argument": (lambda: RegionHook("c", "us"), "made of more than the connection's id"),
    "an argument in a client": (lambda: ClientHook("c", "us"), "made of more than"),
    "an argument in a method": (lambda: MethodHook("c", "us"), "made of more than"),
    "an argument in slots": (lambda: SlotsHook("c", "us"), "made of more than"),
    "an argument in a function": (lambda: FunctionHook("c", "us"), "made of more than"),
    "an argument in a partial": (lambda: PartialHook("c", "us"), "made of more than"),
    "an argument that must be": (lambda: DemandingHook("c", region="us"), "made of more than"),
}


@pytest.mark.parametrize("name", FIT)
def test_a_hook_that_can_be_made_again_is_handed_over(name):
    assert against_handover(FIT[name]()) is None


@pytest.mark.parametrize("name", UNFIT)
def test_a_hook_that_cannot_is_not(name):
    make, reason = UNFIT[name]
    assert reason in (against_handover(make()) or "")


def test_a_hook_that_has_polled_is_handed_over(connect, server):
    hook = connect("geobridge", server.url)
    assert hook.api.vendor
    assert against_handover(hook) is None


@pytest.mark.parametrize("path", ["nowhere.AHook", f"{__name__}.NoHook", "builtins.dict"])
def test_a_path_that_names_no_hook_makes_none(path):
    with pytest.raises((ImportError, AttributeError, TypeError)):
        made_of(path, "c")


@pytest.mark.parametrize("beside", [False, True])
async def test_a_get_connection_of_its_own_is_used_in_the_triggerer_too(beside, connect, server):
    hook = connect("geobridge", server.url)
    asked = []

    class Asking(BaseHook):
        @classmethod
        def get_connection(cls, conn_id: str) -> Any:
            asked.append(conn_id)
            return super().get_connection(hook.conn_id)

    kinds = (GeoBridgeHook, Asking) if beside else (Asking, GeoBridgeHook)
    api = await type("AskingHook", kinds, {})("another").aget_api()
    assert (asked, api.account.base_url) == (["another"], server.url)


def test_a_module_that_was_put_in_place_by_hand_cannot_be_imported_elsewhere(monkeypatch):
    module = ModuleType("by_hand")
    monkeypatch.setitem(sys.modules, "by_hand", module)
    module.AHook = type("AHook", (GeoBridgeHook,), {"__module__": "by_hand"})  # type: ignore[attr-defined]
    assert "cannot be imported" in (against_handover(module.AHook("c")) or "")
