"""How waits end, and the exceptions by which tasks say so, as tables."""

from __future__ import annotations

from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_jobstatus import exceptions
from airflow_jobstatus.exceptions import OUTCOMES, JobStatusFailure
from docsite.table import prose, table


def others() -> str:
    """Return the table of the exceptions by which no wait ends, as it never began or nobody can say."""
    ending = {row.raises for row in OUTCOMES.values()}
    rows = [
        (
            prose((one.__doc__ or "").removesuffix(".")),
            f"`{one.__name__}` (`{base.__name__}`)",
            _retried(base),
        )
        for one in vars(exceptions).values()
        if isinstance(one, type) and issubclass(one, JobStatusFailure)
        if one not in ending and (base := one.__bases__[-1]) is not BaseException
    ]
    return table(("What happened", "The task raises", "Retried"), rows)


def _retried(base: type) -> str:
    return "no" if issubclass(base, AirflowFailException) else "yes"
