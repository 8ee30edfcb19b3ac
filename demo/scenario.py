"""What each example DAG should come to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scenario:
    """An example DAG and how its waits should end.

    :param dag_id: The DAG.
    :param waits: How many waits it has.
    :param task_state: How each of their tasks should end.
    :param job_states: In which states their jobs may then be.
    :param run_state: How the run should end.
    :param files: How many files of results it writes.
    """

    dag_id: str
    waits: int = 1
    task_state: str = "success"
    job_states: frozenset[str] = frozenset({"succeeded"})
    run_state: str = "success"
    files: int = 0


SCENARIOS = (
    Scenario("wait_for_one_job"),
    Scenario("wait_for_many_jobs", waits=3),
    Scenario("wait_for_all_vendors", waits=3),
    Scenario("wait_for_any_http_job"),
    Scenario("geocode_a_file", files=1),
    Scenario("export_orders", files=1),
    Scenario("send_to_many", files=1),
    Scenario("poll_once_and_branch", job_states=frozenset({"pending", "running", "succeeded"})),
    Scenario("read_a_failed_job", task_state="failed", job_states=frozenset({"failed"})),
    Scenario(
        "notify_of_a_failed_job",
        task_state="failed",
        job_states=frozenset({"failed"}),
        run_state="failed",
    ),
)
