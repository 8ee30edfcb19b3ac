"""What a distributed Airflow has used up by now."""

from __future__ import annotations

import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped,unused-ignore]
import psycopg2  # type: ignore[import-untyped,unused-ignore]

from benchmarks import counting
from benchmarks.machine import cpu_of
from lab.cluster import Cluster

COMMITS = "select xact_commit from pg_stat_database where datname = current_database()"
SYNC = "TriggerStateChanges"
"""The one message that a triggerer sends itself, again and again, whatever waits."""


@dataclass(frozen=True)
class Consumption:
    """What was used up since an installation came up, or between two moments.

    :param at: The moment, or how long it took, in seconds.
    :param cpu: CPU seconds by component; schedulers, triggerers and workers are added up.
    :param messages: What triggers asked their supervisors, by kind.
    :param commits: What the database committed.
    """

    at: float
    cpu: Counter[str]
    messages: Counter[str]
    commits: float

    @classmethod
    def of(cls, airflow: Cluster, counts: Path) -> Consumption:
        """Return what an installation has used up by now.

        :param airflow: The installation.
        :param counts: Where its triggerers write what they count.
        """
        cpu: Counter[str] = Counter()
        for name, node in airflow.nodes.items():
            cpu[name.rstrip("-0123456789")] += cpu_of(node.processes())
        postmaster = psutil.Process(airflow.postgresql.pid)
        cpu["postgresql"] = cpu_of([postmaster, *postmaster.children()])
        cpu["redis"] = cpu_of(airflow.redis.session.members())
        with closing(psycopg2.connect(airflow.postgresql.uri)) as database, database.cursor() as cursor:
            cursor.execute(COMMITS)
            (commits,) = cursor.fetchone()
        messages = counting.read(counts)
        del messages[SYNC]
        return cls(time.time(), cpu, messages, commits)

    def since(self, before: Consumption) -> Consumption:
        """Return what was used up since an earlier moment.

        :param before: What had been used up then.
        """
        return Consumption(
            self.at - before.at,
            Counter({name: seconds - before.cpu[name] for name, seconds in self.cpu.items()}),
            self.messages - before.messages,
            self.commits - before.commits,
        )
