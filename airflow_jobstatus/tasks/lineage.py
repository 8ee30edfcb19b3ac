"""Tells OpenLineage which jobs a task saw and which files it wrote, where Airflow asks for that."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from airflow_jobstatus.protocol.job import Job

FACET = "jobstatus"
"""The name of the facet of a run."""
MOST_JOBS = 50
"""How many jobs of a list the facet shows."""


def lineage(jobs: Iterable[Job], *, read: Iterable[str] = (), written: Iterable[str] = ()) -> Any:
    """Return what a task did, as ``airflow.providers.openlineage`` takes it.

    :param jobs: The jobs that it saw, each as it was last.
    :param read: The URLs that it read, without a query.
    :param written: The paths, or the URLs, of the files that it wrote.
    """
    from airflow.providers.openlineage.extractors import OperatorLineage  # noqa: PLC0415  who calls has it

    shown = [_shown(job) for job in jobs]
    return OperatorLineage(
        inputs=[_dataset(url) for url in read],
        outputs=[_dataset(path) for path in written],
        run_facets={FACET: _facet()(jobs=shown[:MOST_JOBS], total=len(shown))} if shown else {},
    )


def _shown(job: Job) -> dict[str, Any]:
    return {
        "vendor": job.vendor,
        "id": job.id,
        "state": job.state.value,
        "status": job.status,
        "counters": dict(job.counters),
    }


def _dataset(path: str) -> Any:
    """Return a dataset by OpenLineage's rules: its store is the namespace, its place there the name."""
    from openlineage.client.event_v2 import Dataset  # noqa: PLC0415  who calls has it

    parts = urlsplit(path)
    if parts.scheme in {"", "file"}:
        return Dataset(namespace="file", name=parts.path)
    host = parts.netloc.rpartition("@")[2]
    is_http = parts.scheme in {"http", "https"}
    name = parts.path if is_http else parts.path.lstrip("/")
    return Dataset(namespace=f"{parts.scheme}://{host}", name=name)


@cache
def _facet() -> Any:
    """Return the class of the facet; it extends one that is there only with OpenLineage."""
    import attrs  # noqa: PLC0415  OpenLineage has it
    from openlineage.client.facet_v2 import RunFacet  # noqa: PLC0415  who calls has it

    return attrs.make_class(
        "JobStatusRunFacet", {"jobs": attrs.field(), "total": attrs.field()}, bases=(RunFacet,), kw_only=True
    )
