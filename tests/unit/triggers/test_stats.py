"""Metrics arrive at a StatsD server, through Airflow's own settings; where none are taken, none are made."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest

from airflow_jobstatus.polling import metrics
from airflow_jobstatus.triggers import stats as module
from airflow_jobstatus.triggers.jobstatus import JobStatusTrigger
from tests.support.acme import CONN_ID, RUNNING, SUCCEEDED, AcmeHook
from tests.support.triggerer import event_of

stats = pytest.importorskip("airflow.sdk._shared.observability.metrics.stats")
if not hasattr(stats, "initialize"):
    pytest.skip("Airflow 3.3 takes metrics of what runs in a triggerer", allow_module_level=True)

# Airflow 3.1 itself uses what it warns of, where it takes a connection from the environment.
pytestmark = pytest.mark.filterwarnings("ignore:Using Connection.from_json")


@pytest.fixture
def statsd(monkeypatch) -> Iterator[socket.socket]:
    """Give a StatsD server that Airflow sends its metrics to."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(0.2)
        monkeypatch.setenv("AIRFLOW__METRICS__STATSD_ON", "True")
        monkeypatch.setenv("AIRFLOW__METRICS__STATSD_HOST", "127.0.0.1")
        monkeypatch.setenv("AIRFLOW__METRICS__STATSD_PORT", str(server.getsockname()[1]))
        monkeypatch.setenv("AIRFLOW__METRICS__STATSD_INFLUXDB_ENABLED", "True")
        module.sink.cache_clear()
        _initialize()
        try:
            yield server
        finally:
            stats._get_backend().statsd.close()  # noqa: SLF001  Airflow never closes it
            monkeypatch.undo()
            module.sink.cache_clear()
            _initialize()


def _initialize() -> None:
    from airflow.sdk.observability.metrics.stats_utils import get_stats_factory  # noqa: PLC0415  since 3.3

    stats.initialize(factory=get_stats_factory(), export_legacy_names=True)


@pytest.fixture
def trigger(acme, triggerer) -> JobStatusTrigger:
    now = time.time()
    trigger = JobStatusTrigger(
        hook_class=f"{AcmeHook.__module__}.{AcmeHook.__qualname__}",
        conn_id=CONN_ID,
        job_id=acme.add(RUNNING, SUCCEEDED),
        options={"interval": 0},
        began=now,
        deadline=now + 60,
    )
    trigger.task_instance = triggerer.instance()
    return trigger


def received(server: socket.socket) -> dict[str, str]:
    """Give what has arrived: names with their tags, and the last value of each."""
    lines: dict[str, str] = {}
    while True:
        try:
            packet = server.recv(65536).decode()
        except TimeoutError:
            return lines
        for line in packet.splitlines():
            name, _, value = line.partition(":")
            lines[name.removeprefix("airflow.")] = value


async def test_the_metrics_of_a_wait_arrive(statsd, trigger):
    await event_of(trigger)
    arrived = received(statsd)
    account = f"vendor=acme,connection={CONN_ID}"
    assert arrived[f"{metrics.REQUESTS},{account},outcome=good"] == "1|c"
    assert arrived[f"{metrics.ENDED},{account},ending=succeeded"] == "1|c"
    assert arrived[f"{metrics.WAITS},{account},hostname={socket.gethostname()}"] == "0|g"
    assert {name.partition(",")[0] for name in arrived if name.startswith("jobstatus.")} >= {
        metrics.LATENESS,
        metrics.FIRST_POLL,
        metrics.PAUSED_SECONDS,
    }


async def test_where_airflow_takes_no_metrics_there_is_nothing_to_give_them_to(trigger):
    module.sink.cache_clear()
    await event_of(trigger)
    assert module.sink() is None


@pytest.mark.parametrize("switch", ["STATSD_ON", "STATSD_DATADOG_ENABLED", "OTEL_ON"])
def test_each_of_airflows_ways_counts(monkeypatch, switch):
    monkeypatch.setenv(f"AIRFLOW__METRICS__{switch}", "True")
    module.sink.cache_clear()
    assert module.sink() is not None
    monkeypatch.undo()
    module.sink.cache_clear()
