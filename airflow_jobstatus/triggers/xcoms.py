"""Pushes, pulls and deletes XComs from the triggerer, without blocking its event loop."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from airflow.sdk.bases.xcom import BaseXCom
from airflow.sdk.execution_time.comms import DeleteXCom, GetXCom, SetXCom, XComResult

from airflow_jobstatus.triggers.supervisor import NoAnswerError, ask

RETURN_VALUE = BaseXCom.XCOM_RETURN_KEY


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

    async def push(self, values: Mapping[str, Any]) -> None:
        """Push XComs: plain JSON values, which arrive as they are.

        :param values: The values by their keys.
        :raises XComError: if Airflow did not store one of them.
        """
        for key, value in values.items():
            await _ask(SetXCom(key=key, value=value, **self._own), key)

    async def pull(self, task_id: str, key: str) -> Any:
        """Return an XCom of another task of the run, one that is not mapped; None if there is none.

        :param task_id: The task.
        :param key: The key.
        :raises XComError: if Airflow does not answer.
        """
        return await self._read(GetXCom(key=key, task_id=task_id, **self._run))

    async def return_value(self) -> Any:
        """Return the return value that an earlier try left, None if there is none.

        :raises XComError: if Airflow does not answer.
        """
        return await self._read(GetXCom(key=RETURN_VALUE, **self._own))

    async def delete(self, keys: Iterable[str]) -> None:
        """Delete XComs, whether they exist or not.

        :param keys: Their keys.
        :raises XComError: if Airflow did not delete one of them.
        """
        for key in keys:
            await _ask(DeleteXCom(key=key, **self._own), key)

    async def _read(self, message: GetXCom) -> Any:
        answer = await _ask(message, message.key)
        if not isinstance(answer, XComResult) or answer.value is None:
            return None
        return BaseXCom.deserialize_value(answer)


async def _ask(message: Any, key: str) -> Any:
    try:
        return await ask(message)
    except NoAnswerError as error:
        raise XComError(f"XCom {key!r}: {error}") from error
