"""What a task remembers of its submission, so that another try does not submit the job again."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from airflow_jobstatus.exceptions import StoreUnavailable
from airflow_jobstatus.protocol.errors import InvalidSubmissionError
from airflow_jobstatus.protocol.payload import read_payload

if TYPE_CHECKING:
    from airflow.sdk import Context

NAME = "airflow_jobstatus_submission"
"""The key in the store; what an earlier release wrote there is read by the next."""


@dataclass(frozen=True)
class Attempt:
    """A submission that was begun.

    :param key: Its idempotency key.
    :param at: When it was begun, in seconds since the epoch.
    :param max_tries: Airflow's number of the last try that is made by itself; it is another one after each
        time that a person clears the task.
    :param job_id: The vendor's id of the job, None as long as no answer has told it.
    :param account: The connection and its host; None in what an earlier release wrote.
    :param payload: What tells its payload from another, and nothing of what that holds; None for one that
        cannot be submitted, and in what an earlier release wrote.
    """

    key: str
    at: float
    max_tries: int
    job_id: str | None = None
    account: str | None = None
    payload: str | None = None

    @classmethod
    def of(cls, context: Context, account: str, payload: Any) -> Attempt:
        """Return the attempt of this try.

        :param context: Airflow's task context.
        :param account: The connection and its host.
        :param payload: What is to be submitted.
        """
        ti: Any = context["ti"]
        # By its id, two installations of Airflow that share an account cannot take each other's jobs.
        names = (ti.dag_id, ti.task_id, ti.run_id, ti.map_index, ti.try_number, getattr(ti, "id", None))
        key = hashlib.sha256("\n".join(map(str, names)).encode()).hexdigest()[:32]
        tries = getattr(ti, "max_tries", 0)
        return cls(f"airflow-{key}", time.time(), tries, account=account, payload=_digest(payload))

    def is_retry_of(self, earlier: Attempt) -> bool:
        """Return whether no person has cleared the task since an earlier attempt.

        :param earlier: The earlier attempt.
        """
        return self.max_tries == earlier.max_tries

    def corrects(self, earlier: Attempt) -> bool:
        """Return whether a person has cleared the task since an earlier attempt, and changed its payload.

        :param earlier: The earlier attempt.
        """
        is_known = None not in {self.payload, earlier.payload}
        return is_known and self.payload != earlier.payload and not self.is_retry_of(earlier)

    def with_job(self, job_id: str) -> Attempt:
        """Return the attempt with the job that came of it."""
        return replace(self, job_id=job_id)


class SubmissionStore:
    """The last attempt of a task to submit, in Airflow's task state store, which Airflow has from 3.3.

    It outlives tries, and the clearing of the task by a person. Where Airflow has no store, nothing is
    remembered.

    :param context: Airflow's task context.
    :param log: The task's logger.
    """

    def __init__(self, context: Context, log: Any) -> None:
        self._store: Any = context.get("task_state_store")
        self._log = log

    @property
    def is_there(self) -> bool:
        """Whether Airflow has a store."""
        return self._store is not None

    def load(self) -> Attempt | None:
        """Return the last attempt, None if there was none.

        :raises StoreUnavailable: if the store fails.
        """
        if self._store is None:
            return None
        try:
            kept = self._store.get(NAME)
            if not isinstance(kept, dict):
                return None
            later = {name: kept.get(name) for name in ("account", "payload")}
            return Attempt(kept["key"], kept["at"], kept["max_tries"], kept["job_id"], **later)
        except Exception as error:  # noqa: BLE001  whatever a store's backend raises, or holds
            raise self._unavailable(error) from None

    def begin(self, attempt: Attempt) -> None:
        """Remember an attempt before its first call.

        :param attempt: The attempt.
        :raises StoreUnavailable: if the store fails.
        """
        if self._store is not None:
            try:
                self._store.set(NAME, asdict(attempt))
            except Exception as error:  # noqa: BLE001  as above
                raise self._unavailable(error) from None

    def end(self, attempt: Attempt | None) -> None:
        """Remember what came of an attempt; if that fails, the next try takes it for one without an answer.

        :param attempt: The attempt with its job, or None if there is no job.
        """
        if self._store is None:
            return
        try:
            if attempt is None:
                self._store.delete(NAME)
            else:
                self._store.set(NAME, asdict(attempt))
        except Exception as error:  # noqa: BLE001  as above
            self._log.warning("Airflow's task state store failed (%s)", type(error).__name__)

    @staticmethod
    def _unavailable(error: Exception) -> StoreUnavailable:
        return StoreUnavailable(
            f"Airflow's task state store failed ({type(error).__name__}); without it a job might be "
            "submitted twice, so none was"
        )


def _digest(payload: Any) -> str | None:
    try:
        text = json.dumps(read_payload(payload), sort_keys=True)
    except (InvalidSubmissionError, TypeError, ValueError, RecursionError):
        return None
    return hashlib.sha256(text.encode()).hexdigest()
