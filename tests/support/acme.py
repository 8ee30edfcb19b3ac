"""Acme, a vendor of the tests' own: installed as any provider is, and played by a script for each job.

It answers in GeoBridge's form, and differs in two ways that make tests quick: it may be polled twenty
times a second, and its reads never lag its writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from airflow_jobstatus.hooks.base import JobStatusHook
from airflow_jobstatus.vendors import GEOBRIDGE, connection_type
from tests.support import secret
from tests.support.scripted_server import Recorded, Reply, ScriptedServer

FLOOR = 0.05
"""The least seconds between two polls of a job of Acme's."""
CONN_ID = "acme_default"

ACME = replace(
    GEOBRIDGE,
    name="Acme",
    conn_type="acme",
    base_url="https://acme.example",
    min_interval=FLOOR,
    lag=0.0,
    http_states={},
    listing=None,
)


class AcmeHook(JobStatusHook):
    vendor = ACME


def get_provider_info() -> dict[str, Any]:
    return {
        "package-name": "airflow-provider-acme",
        "name": "Acme",
        "description": "A vendor of the tests' own.",
        "connection-types": [connection_type(ACME, f"{__name__}.AcmeHook")],
    }


@dataclass(frozen=True)
class Answer:
    """What one poll of a job gets to see."""

    status: int
    body: dict[str, Any]


def seen(status: str, processed: int, failed: int = 0, **more: Any) -> Answer:
    """Give the answer that shows a job of 1000 records."""
    statistics = {
        "total_records": 1000,
        "processed_records": processed,
        "successful_records": processed - failed,
        "failed_records": failed,
    }
    callback = {"url": "https://app.example.com", "secret": secret.CALLBACK}
    return Answer(200, {"status": status, "statistics": statistics, "callback": callback, **more})


RUNNING = seen("processing", 640, 3)
SUCCEEDED = seen("succeeded", 1000)
SUCCEEDED_BUT_FOR_50 = seen("succeeded", 1000, 50)
FAILED = seen("failed", 700, 60, error="Input could not be downloaded.")
CANCELLED = seen("cancelled", 700, 60)
BAD_REQUEST = Answer(400, {"title": "Bad Request", "detail": "The job id has a bad form."})
UNAUTHORIZED = Answer(401, {"title": "Unauthorized", "detail": "API key is missing or invalid."})
NOT_FOUND = Answer(404, {"title": "Not Found", "detail": "No such job."})
UNAVAILABLE = Answer(503, {"title": "Service Unavailable"})


@dataclass
class AcmeServer:
    """Plays Acme's API: each job answers by its script, and the last answer goes on for ever."""

    server: ScriptedServer = field(default_factory=ScriptedServer)
    _scripts: dict[str, list[Answer]] = field(default_factory=dict)

    def add(self, *answers: Answer, job_id: str | None = None) -> str:
        """Make a job, and give its id."""
        job_id = job_id or f"job-{len(self._scripts) + 1}"
        self._scripts[job_id] = list(answers)
        return job_id

    def polls(self, job_id: str) -> int:
        """Return how often a job was polled, refused polls included."""
        return self.server.paths.count(f"/bulk/jobs/{job_id}")

    @property
    def connection(self) -> dict[str, str]:
        """The fields of the Airflow connection."""
        return {"conn_type": "acme", "host": self.server.url, "password": secret.KEY}

    @contextmanager
    def serve(self) -> Iterator[None]:
        """Listen as long as the context lasts."""
        self.server.play(self._reply)
        with self.server:
            yield

    def _reply(self, request: Recorded) -> Reply:
        answer = self._answer(request.headers.get("x-api-key"), request.path.rpartition("/")[2])
        return Reply(status=answer.status, body=answer.body)

    def _answer(self, key: str | None, job_id: str) -> Answer:
        if key != secret.KEY:
            return UNAUTHORIZED
        script = self._scripts.get(job_id)
        if script is None:
            return NOT_FOUND
        return script.pop(0) if len(script) > 1 else script[0]
