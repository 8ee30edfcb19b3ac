"""Runs an Airflow command that counts what its triggers ask their supervisor.

``python -m benchmarks.counting triggerer`` is Airflow's triggerer, and a count beside it, which goes into a
file of the folder that the environment variable ``COUNTS`` names.
"""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from pathlib import Path
from typing import Any

from airflow.__main__ import main
from airflow.jobs.triggerer_job_runner import TriggerRunnerSupervisor

EVERY = 1.0
"""Seconds between two writes."""


class Count:
    """Counts messages by their kind."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._by_kind: Counter[str] = Counter()
        self._written_at = 0.0

    def __call__(self, message: Any) -> None:
        """Count one.

        :param message: The message.
        """
        self._by_kind[type(message).__name__] += 1
        if time.monotonic() > self._written_at + EVERY:
            self._written_at = time.monotonic()
            half_done = self._file.with_suffix(".half-done")
            half_done.write_text(json.dumps(self._by_kind))
            half_done.rename(self._file)


def read(folder: Path) -> Counter[str]:
    """Return what all triggerers have counted.

    :param folder: Where their files are.
    """
    total: Counter[str] = Counter()
    for file in folder.glob("*.json"):
        total.update(json.loads(file.read_text()))
    return total


def _run() -> None:
    count = Count(Path(os.environ["COUNTS"]) / f"{os.getpid()}.json")
    handle = TriggerRunnerSupervisor._handle_request  # noqa: SLF001  what is counted has no public name

    def counted(self: Any, message: Any, *rest: Any) -> Any:
        count(message)
        return handle(self, message, *rest)

    TriggerRunnerSupervisor._handle_request = counted  # type: ignore[method-assign]  # noqa: SLF001
    main()


if __name__ == "__main__":
    _run()
