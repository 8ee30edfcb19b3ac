"""What is kept for an event loop lives as long as that is open."""

from __future__ import annotations

import asyncio
import gc
from weakref import ref

from airflow_jobstatus.polling.per_loop import PerLoop


class Thing:
    """Keeps a future of its loop, as a timer or a task does."""

    def __init__(self) -> None:
        self.future = asyncio.get_running_loop().create_future()


async def test_all_who_ask_in_one_loop_get_the_same():
    things = PerLoop(Thing)
    assert things() is things()


def test_another_loop_gets_another():
    things = PerLoop(Thing)

    async def ask() -> Thing:
        return things()

    assert asyncio.run(ask()) is not asyncio.run(ask())


def test_a_loop_that_was_closed_is_kept_alive_by_none_of_it():
    things = PerLoop(Thing)

    async def ask() -> None:
        things()

    loop = asyncio.new_event_loop()
    loop.run_until_complete(ask())
    loop.close()
    gone = ref(loop)
    del loop
    asyncio.run(ask())
    gc.collect()
    assert gone() is None
