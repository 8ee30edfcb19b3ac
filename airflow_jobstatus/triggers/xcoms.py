"""Pushes, pulls and deletes XComs from the triggerer, without blocking its event loop."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol

from airflow.sdk.bases.xcom import BaseXCom
from airflow.sdk.execution_time.comms import DeleteXCom, GetXCom, SetXCom, XComResult

from airflow_jobstatus.triggers.supervisor import NoAnswerError, Rank, send, served

RETURN_VALUE = BaseXCom.XCOM_RETURN_KEY
LONGEST_END = 60.0
"""The most seconds for which the end of a task queues: a worker pushes its XComs itself, and comes sooner."""


class XComError(Exception):
    """Airflow did not do what it was asked to with an XCom; the message names the XCom and says why."""


class Owner(Protocol):
    """The task instance whose XComs these are."""

    dag_id: str
    run_id: str
    task_id: str
    map_index: int | None


class XComs:
    """The XComs of one task instance, and those of the same run that it may pull.

    ``TaskSuccessEvent(xcoms=...)`` would store each value as JSON within JSON, an int as the text of one.

    :param owner: The task instance.
    """

    def __init__(self, owner: Owner) -> None:
        self._run: dict[str, Any] = {"dag_id": owner.dag_id, "run_id": owner.run_id}
        self._own = {**self._run, "task_id": owner.task_id, "map_index": owner.map_index}

    async def push(
        self,
        values: Mapping[str, Any],
        *,
        rank: Rank = Rank.WAIT,
        patience: float = LONGEST_END,
    ) -> None:
        """Push XComs: plain JSON values, which arrive as they are.

        :param values: The values by their keys.
        :param rank: Who is served first.
        :param patience: The most seconds to queue.
        :raises XComError: if Airflow did not store one of them, or would not for long.
        """
        pushed = [SetXCom(key=key, value=value, **self._own) for key, value in values.items()]
        await _ask(pushed, patience, rank)

    async def push_latest(self, key: str, value: Callable[[], Any], *, patience: float) -> None:
        """Push an XCom that is no more than news, with the value that it has when it is its turn.

        :param key: The key.
        :param value: Returns the value; None pushes nothing.
        :param patience: The most seconds to queue.
        :raises XComError: if Airflow did not store it, or would not for long.
        """

        def messages() -> Iterator[SetXCom]:
            if (latest := value()) is not None:
                yield SetXCom(key=key, value=latest, **self._own)

        await _ask(messages(), patience, Rank.NEWS)

    async def pull(self, task_id: str, key: str) -> Any:
        """Return an XCom of another task of the run, one that is not mapped; None if there is none.

        :param task_id: The task.
        :param key: The key.
        :raises XComError: if Airflow does not answer.
        """
        return await self._read(GetXCom(key=key, task_id=task_id, **self._run))

    async def own(self, key: str) -> Any:
        """Return an XCom of the task instance itself, None if there is none.

        :param key: The key.
        :raises XComError: if Airflow does not answer.
        """
        return await self._read(GetXCom(key=key, **self._own))

    async def delete(
        self, keys: Iterable[str], *, rank: Rank = Rank.WAIT, patience: float | None = None
    ) -> None:
        """Delete XComs, whether they exist or not.

        :param keys: Their keys.
        :param rank: Who is served first.
        :param patience: The most seconds to queue, as for :func:`served`.
        :raises XComError: if Airflow did not delete one of them.
        """
        await _ask([DeleteXCom(key=key, **self._own) for key in keys], patience, rank)

    async def _read(self, message: GetXCom) -> Any:
        answer = await _ask([message])
        if not isinstance(answer, XComResult) or answer.value is None:
            return None
        return BaseXCom.deserialize_value(answer)


async def _ask(messages: Iterable[Any], patience: float | None = None, rank: Rank = Rank.WAIT) -> Any:
    """Send some messages, one after the other without queueing anew, and return the answer to the last.

    :param messages: What is asked of Airflow: a list, for which nobody queues if it is empty, or an iterator,
        which is asked for each when it is its turn.
    :param patience: The most seconds to queue.
    :param rank: Who is served first.
    """
    answer = key = None
    if not messages:
        return None
    try:
        async with served(rank=rank, patience=patience):
            for message in messages:
                key = message.key
                answer = await send(message)
    except NoAnswerError as error:
        raise XComError(f"XCom {key!r}: {error}" if key else str(error)) from error
    return answer
