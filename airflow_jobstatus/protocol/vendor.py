"""A vendor as data: where its jobs are, how it signs in, which field means what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from airflow_jobstatus.protocol.account import Account
from airflow_jobstatus.protocol.auth import Auth, Clock
from airflow_jobstatus.protocol.job import JobState

Path = str
"""Where a value stands in a JSON body: keys joined by dots; ``*`` stands for every entry of a list."""
LONGEST_WORD = 64
"""Longer than any status word."""


@lru_cache
def normal(word: str) -> str:
    """Return a status word as it is compared: without regard to case or blanks."""
    return "".join(word.split()).casefold()


@dataclass(frozen=True, kw_only=True)
class Form:
    """How the standard fields of a vendor's connection are called in Airflow's connection form.

    :param password: The label of the password field, which holds the secret.
    :param password_placeholder: What the empty field shows.
    :param login: The label of the login field, None to hide the field.
    :param login_placeholder: What the empty field shows.
    """

    password: str
    password_placeholder: str = ""
    login: str | None = None
    login_placeholder: str = ""


@dataclass(frozen=True, kw_only=True)
class Listing:
    """How a vendor lists its jobs, the newest first.

    :param path: The path of the list, with the query that asks for the largest page.
    :param page_size: How many jobs such a page holds.
    :param jobs: Where the jobs stand in the body.
    :param cursor: Where the cursor of the next page stands in the body; None for pages by offset.
    :param parameter: The query parameter of the next page: of its cursor, or of its offset.
    :param id: Where the id stands in a job.
    """

    path: str
    page_size: int
    jobs: Path
    cursor: Path | None = None
    parameter: str
    id: Path = "id"


@dataclass(frozen=True, kw_only=True)
class Vendor:
    """Everything that tells one vendor's bulk jobs from another's.

    :param name: The name that people read.
    :param conn_type: The Airflow connection type, in snake case.
    :param docs: The URL of the vendor's documentation of the GET-job call.
    :param base_url: Where the API is, unless the connection says otherwise.
    :param auth: Makes the way to sign in from an account and a clock of seconds.
    :param form: The labels of the connection's fields.
    :param job_path: The path of one job, ``{id}`` standing for its percent-encoded id.
    :param probe_path: The path of a cheap authorised GET, to test a connection.
    :param probe_codes: The HTTP codes of the probe that prove the credential good.
    :param states: What each status word means, words in lower case without blanks.
    :param job: Where the job stands in the body; the body itself when empty.
    :param status: Where the status word stands in the job; the first that is there counts.
    :param counters: Where the counters stand in the job, by the name under which they are told.
    :param total: The counter of all records.
    :param processed: The counter of the records dealt with; the sum of the next two when None.
    :param succeeded: The counter of the records that went well.
    :param failed: The counter of the records that failed.
    :param times: Where the times stand in the job, by the name of the field of ``Job``.
    :param error: Where the vendor says why a job failed.
    :param running_codes: HTTP codes on the job that mean a state, with the status word each stands for.
    :param cancel_path: The path on which DELETE cancels a job; None where the vendor cannot.
    :param cancel_ended_codes: HTTP codes of that call that mean that the job has ended already.
    :param listing: How the vendor lists jobs; None where it does not.
    :param min_interval: The least seconds between two polls of one job.
    :param requests_per_second: How many requests an account may make, unless its connection says otherwise.
    :param lag: For how many seconds after a wait began a 404 may be a read that lags the write.
    """

    name: str
    conn_type: str
    docs: str
    base_url: str
    auth: Callable[[Account, Clock], Auth]
    form: Form
    job_path: str
    probe_path: str
    probe_codes: frozenset[int] = frozenset({200})
    states: Mapping[str, JobState]
    job: Path = ""
    status: tuple[Path, ...] = ("status",)
    counters: Mapping[str, Path] = field(default_factory=dict)
    total: str | None = None
    processed: str | None = None
    succeeded: str | None = None
    failed: str | None = None
    times: Mapping[str, tuple[Path, ...]] = field(default_factory=dict)
    error: tuple[Path, ...] = ()
    running_codes: Mapping[int, str] = field(default_factory=dict)
    cancel_path: str | None = None
    cancel_ended_codes: frozenset[int] = frozenset()
    listing: Listing | None = None
    min_interval: float = 1.0
    requests_per_second: float = 20.0
    lag: float = 10.0

    def state_of(self, status: str, taught: Mapping[str, JobState]) -> JobState | None:
        """Return what a status word means, None for a word that nobody knows.

        :param status: The vendor's word.
        :param taught: Words that the connection teaches, normalised; they win over the vendor's.
        """
        if len(status) > LONGEST_WORD:
            return None
        word = normal(status)
        return taught.get(word) or self.states.get(word)
