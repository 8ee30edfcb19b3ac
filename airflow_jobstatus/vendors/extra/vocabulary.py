"""The well-known status words of HTTP job APIs, for a connection that declares its vendor itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from airflow_jobstatus.protocol.job import JobState

WORDS: Mapping[JobState, str] = {
    JobState.PENDING: """
        pending; queued; queueing; enqueued; in queue; created; new; submitted; scheduled; waiting; deferred;
        not started; initialized; initializing; provisioning; starting
    """,
    JobState.RUNNING: """
        running; processing; in progress; in process; started; working; executing; ongoing; preprocessing;
        pre processing; post processing; postprocessing; validating; finalizing; finalising; finishing;
        completing; importing; exporting; loading; uploading; downloading; indexing; retrying; restarting;
        resuming; cancelling; canceling; cancel requested; aborting; stopping; terminating; timing out
    """,
    JobState.SUCCEEDED: """
        succeeded; success; successful; completed; complete; done; finished; job complete; job completed
    """,
    JobState.FAILED: """
        failed; failure; fail; job failed; error; errored; in error; fatal; crashed; rejected; timed out;
        timeout; internal error; system error
    """,
    JobState.CANCELLED: """
        cancelled; canceled; aborted; user aborted; revoked; stopped; user cancelled; user canceled
    """,
}
"""The words by state; the blanks of a word may be missing, underscores or hyphens."""


def _spelt(word: str) -> Iterator[str]:
    for joint in ("", "_", "-"):
        yield joint.join(word.split())


VOCABULARY: Mapping[str, JobState] = MappingProxyType(
    {
        spelling: state
        for state, words in WORDS.items()
        for word in words.split(";")
        for spelling in _spelt(word)
    }
)
"""What each word means; words that mean different things at different vendors are not in it."""
GUESSES: Mapping[str, JobState] = MappingProxyType({"ready": JobState.PENDING, "expired": JobState.FAILED})
"""How words with two faces are read where nobody says what they mean, with the warning of an unknown word:
so that neither a result is fetched that is not there, nor a job waited for that will never move again."""
