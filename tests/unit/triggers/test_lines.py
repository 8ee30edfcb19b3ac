"""When the triggerer logs the lines of its waits: in virtual time, and in a thread."""

from __future__ import annotations

import asyncio
import logging
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from datetime import datetime, timezone
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
import structlog

from airflow_jobstatus.triggers import lines as module
from airflow_jobstatus.triggers.lines import HELD, Lines, gathered
from tests.support.clock import Clock
from tests.support.virtual_time import VirtualTimeLoop

TASK: ContextVar[str] = ContextVar("task")


@pytest.fixture
def loop() -> Iterator[VirtualTimeLoop]:
    loop = VirtualTimeLoop()
    yield loop
    loop.close()


class Log:
    """Notes when each line came."""

    def __init__(self, loop: VirtualTimeLoop) -> None:
        self.lines: list[tuple[str, float]] = []
        self._loop = loop

    def note(self, line: str) -> None:
        if line == "broken":
            raise ValueError(line)
        self.lines.append((line, round(self._loop.now, 3)))


@pytest.fixture
def log(loop) -> Log:
    return Log(loop)


def play(loop: VirtualTimeLoop, log: Log, script: dict[float, str | None], until: float = 60.0) -> None:
    """Log lines, each at its time; None waits until all so far are logged."""

    def here(function, lines) -> asyncio.Future[None]:
        function(lines)
        done = loop.create_future()
        done.set_result(None)
        return done

    async def run() -> None:
        lines = Lines(here)
        for at, line in script.items():
            await asyncio.sleep(at - loop.now)
            if line is None:
                await lines.logged()
                log.note("logged")
            else:
                lines.add(partial(log.note, line))
        await asyncio.sleep(until - loop.now)

    loop.run_until_complete(run())


def test_lines_that_follow_each_other_are_logged_together(loop, log):
    play(loop, log, {1.0: "one", 1.5: "two"})
    assert log.lines == [("one", 1.0 + HELD), ("two", 1.0 + HELD)]


def test_a_later_line_is_held_anew(loop, log):
    play(loop, log, {1.0: "one", 5.0: "two"})
    assert log.lines == [("one", 1.0 + HELD), ("two", 5.0 + HELD)]


def test_whoever_ends_waits_for_no_more_than_the_logging(loop, log):
    play(loop, log, {1.0: "one", 1.2: None})
    assert log.lines == [("one", 1.2), ("logged", 1.2)]


def test_whoever_ends_without_a_line_ends_at_once(loop, log):
    play(loop, log, {1.0: None})
    assert log.lines == [("logged", 1.0)]


def test_a_line_that_cannot_be_logged_costs_no_other(loop, log, caplog):
    play(loop, log, {1.0: "broken", 1.1: "two", 1.2: None})
    assert [line for line, _ in log.lines] == ["two", "logged"]
    assert "A line of a task's log is lost" in caplog.text


def test_a_loop_with_nothing_to_log_keeps_no_task(loop, log):
    play(loop, log, {1.0: "one"})
    assert asyncio.all_tasks(loop) == set()


def refuse(*_: object) -> asyncio.Future[None]:
    raise RuntimeError("can't start new thread")


def test_a_machine_without_a_thread_to_spare_holds_up_no_wait(loop, caplog):
    async def run() -> None:
        lines = Lines(refuse)
        lines.add(lambda: None)
        await asyncio.wait_for(lines.logged(), 10)

    loop.run_until_complete(run())
    assert "1 lines of tasks' logs are lost: no thread can be started" in caplog.text


@pytest.mark.parametrize("seconds", [0.0, 0.01, HELD + 0.2], ids=["at once", "held back", "in the thread"])
def test_a_triggerer_that_shuts_down_loses_no_line(seconds):
    said: list[str] = []
    begins = asyncio.Event()

    def say(_level: int, event: str, **_fields: Any) -> None:
        time.sleep(0.4)
        said.append(event)

    async def forever() -> None:
        async with gathered(say) as hold:
            await begins.wait()
            hold(logging.INFO, "a line")
            await asyncio.sleep(3600)

    async def run() -> None:
        waits = [asyncio.ensure_future(forever()) for _ in range(2)]
        await asyncio.sleep(0)
        begins.set()
        await asyncio.wait(waits, timeout=seconds)

    # In a thread of its own, for what is claimed is that it ends.
    triggerer = threading.Thread(target=asyncio.run, args=[run()], daemon=True)
    triggerer.start()
    triggerer.join(60)
    assert (triggerer.is_alive(), said) == (False, ["a line"] * 2)


def test_a_loop_whose_threads_are_all_busy_logs_nevertheless():
    said: list[str] = []
    free = threading.Event()

    async def run() -> None:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(max_workers=1))
        busy = asyncio.ensure_future(asyncio.to_thread(free.wait, 60))
        async with gathered(lambda _level, event, **_fields: said.append(event)) as hold:
            hold(logging.INFO, "a line")
        free.set()
        await busy

    asyncio.run(asyncio.wait_for(run(), 30))
    assert said == ["a line"]


async def wait(said: list[tuple[str, str]], name: str) -> None:
    def say(level: int, event: str, **fields: Any) -> None:
        assert level == logging.INFO
        said.append((TASK.get(), event.format(**fields)))

    TASK.set(name)
    async with gathered(say) as hold:
        hold(logging.INFO, "{number} records", number=1)
        await asyncio.sleep(0)
        hold(logging.INFO, "{number} records", number=2)


async def test_a_line_is_logged_in_the_context_of_its_wait():
    said: list[tuple[str, str]] = []
    await asyncio.gather(wait(said, "one"), wait(said, "two"))
    assert sorted(said) == [(name, f"{number} records") for name in ("one", "two") for number in (1, 2)]


async def test_a_line_has_the_time_at_which_it_was_said():
    times: list[str] = []
    async with gathered(lambda *_line, timestamp: times.append(timestamp)) as hold:
        before = datetime.now(timezone.utc)
        hold(logging.INFO, "a line")
        after = datetime.now(timezone.utc)
        await asyncio.sleep(0.2)
    assert before <= datetime.fromisoformat(times[0]) <= after


async def test_a_wait_that_is_cancelled_loses_no_line():
    said: list[str] = []

    async def forever() -> None:
        async with gathered(lambda _level, event, **_fields: said.append(event)) as hold:
            hold(logging.INFO, "a line")
            await asyncio.sleep(3600)

    waiting = asyncio.ensure_future(forever())
    await asyncio.sleep(0.01)
    waiting.cancel()
    await asyncio.wait([waiting])
    assert said == ["a line"]


async def test_a_log_that_takes_nothing_does_not_stop_the_loop():
    room = threading.Event()
    had_room: list[bool] = []
    async with gathered(lambda *_line, **_fields: had_room.append(room.wait(60))) as hold:
        hold(logging.INFO, "a line")
        await asyncio.sleep(HELD + 0.2)
        room.set()
    assert had_room == [True]


class Factory:
    """Has Airflow's socket for the log, as Airflow's own factory of loggers does."""

    def __init__(self, sock: socket.socket) -> None:
        self.io = sock.makefile("wb", buffering=0)


def test_airflows_factory_of_loggers_has_the_log_there():
    script = (
        "import os, structlog; from airflow.sdk.log import configure_logging;"
        "output = os.fdopen(os.dup(1), 'wb', buffering=0);"
        "configure_logging(json_output=True, output=output);"
        "print(structlog.get_config()['logger_factory'].io.fileno() == output.fileno())"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"


@pytest.fixture
def full_socket() -> Iterator[socket.socket]:
    """Make the log a socket that is full; give its other end."""
    ours, theirs = socket.socketpair()
    ours.settimeout(0.0)
    try:
        while True:
            ours.send(b"a line of somebody else's\n" * 20)
    except BlockingIOError:
        pass
    earlier = structlog.get_config()
    factory = Factory(ours)
    structlog.configure(logger_factory=factory)
    theirs.settimeout(0.0)
    yield theirs
    structlog.configure(**earlier)
    for each in (factory.io, ours, theirs):
        each.close()


async def test_nobody_logs_into_a_log_that_is_full(full_socket):
    said: list[str] = []
    async with gathered(lambda _level, event, **_fields: said.append(event)) as hold:
        hold(logging.INFO, "a line")
        await asyncio.sleep(HELD + 0.2)
        while_full = [*said]
        await asyncio.get_running_loop().sock_recv(full_socket, 1 << 20)
    assert (while_full, said) == ([], ["a line"])


async def test_a_log_that_is_read_slowly_is_never_full_when_a_line_comes(full_socket, monkeypatch):
    clock = Clock(0.0)
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=clock))
    output = structlog.get_config()["logger_factory"].io
    had_room: list[bool] = []

    def say(*_line: Any, **_fields: Any) -> None:
        poll = select.poll()
        poll.register(output.fileno(), select.POLLOUT)
        had_room.append(bool(poll.poll(0)))
        output.write(b"a line\n" * 10_000)
        clock.advance(module.ROOM_WITHIN / 6)

    async def read_slowly() -> None:
        while True:
            await asyncio.get_running_loop().sock_recv(full_socket, 1 << 16)
            await asyncio.sleep(0.05)

    reading = asyncio.ensure_future(read_slowly())
    async with gathered(say) as hold:
        for _ in range(20):
            hold(logging.INFO, "a line")
    reading.cancel()
    assert had_room == [True] * 20


async def test_a_log_that_is_gone_holds_up_no_wait(full_socket):
    said: list[str] = []
    full_socket.close()
    async with gathered(lambda _level, event, **_fields: said.append(event)) as hold:
        hold(logging.INFO, "a line")
    assert said == ["a line"]
