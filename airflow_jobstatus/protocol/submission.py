"""Submits a job: each write is made once, unless the vendor or HTTP itself makes it safe to repeat it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from airflow_jobstatus.protocol.answer import failure, read_object
from airflow_jobstatus.protocol.bounds import (
    LARGEST_PAGE_ANSWER,
    LONGEST_KEY,
    LONGEST_REPEAT_PAUSE,
)
from airflow_jobstatus.protocol.call import Caller, misdirected, unanswered
from airflow_jobstatus.protocol.errors import (
    CallError,
    InvalidJobIdError,
    InvalidSubmissionError,
    MaybeSubmittedError,
    PermanentError,
    TransientError,
    TransportError,
)
from airflow_jobstatus.protocol.facts import PAYLOAD, Submit
from airflow_jobstatus.protocol.http import Flow, RedirectError, Request, Response, is_success
from airflow_jobstatus.protocol.job_id import checked_job_id
from airflow_jobstatus.protocol.payload import checked_payload

BACKOFFS = (1.0, 2.0, 4.0)
"""Seconds before each repetition of a write: that bridges a moment, and a task has retries for what lasts."""
SEE_OTHER = 303
CONFLICT = 409
UNAVAILABLE = 503
FIRST_SERVER_ERROR = 500


@dataclass(frozen=True)
class Submitted:
    """A job that was submitted.

    :param job_id: The vendor's id of the job.
    :param warnings: What went wrong with a part of it, in words fit for a log.
    """

    job_id: str
    warnings: tuple[str, ...] = ()


class Submission:
    """One submission under way; a vendor's own flow makes its calls through it.

    :param caller: Makes the calls.
    :param submit: What the vendor declares.
    :param key: What names the submission.
    :raises InvalidSubmissionError: if the key cannot be sent in a header field.
    """

    def __init__(self, caller: Caller, submit: Submit, key: str) -> None:
        if not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable() and " " not in key):
            raise InvalidSubmissionError(
                f"idempotency_key must be 1 to {LONGEST_KEY} characters of ASCII without blanks"
            )
        self._caller = caller
        self._submit = submit
        self._key = key
        self._warnings: list[str] = []

    def run(self, payload: Any) -> Flow[Submitted]:
        """Submit the job, in the calls that the vendor declares.

        :param payload: What the vendor is to do.
        """
        payload = checked_payload(payload, self._submit)
        flow = self._submit.flow
        job_id = yield from self._in_one_call(payload) if flow is None else flow(self, payload)
        return Submitted(job_id, tuple(self._warnings))

    def write(  # noqa: PLR0913  what a write is made of
        self,
        path: str,
        body: Any,
        *,
        method: str = "POST",
        step: str = "",
        job_id: str | None = None,
        starts: bool = True,
    ) -> Flow[Response]:
        """Make one call that changes something at the vendor, and return its good answer.

        It is repeated, with backoff, where that cannot do it twice: the request never arrived, or was refused
        before it was processed, or the vendor knows it again by its idempotency key.

        :param path: The path below the base URL, percent-encoded.
        :param body: The JSON value to send, None for no body.
        :param method: The HTTP method.
        :param step: What names the call among those of one submission; nothing for the only one.
        :param job_id: The job that it is about, None for one that is yet to be.
        :param starts: Whether a job may run because of it; what is lost before that harms nobody.
        :raises MaybeSubmittedError: if a job may run because of it, but nobody knows.
        :raises CallError: if none does.
        """
        text = None if body is None else json.dumps(body, allow_nan=False).encode()
        request = self._caller.request(method, path, text, limit=LARGEST_PAGE_ANSWER)
        if header := self._submit.idempotency_header:
            request = request.with_headers({header: f"{self._key}-{step}" if step else self._key})
        unclear = False
        for backoff in (*BACKOFFS, math.inf):
            met = yield from self._attempt(request, job_id)
            if isinstance(met, Response):
                return met
            error, unclear = met.error, unclear or met.unclear
            pause = met.retry_after or backoff
            if pause > LONGEST_REPEAT_PAUSE or not self._may_repeat(met, unclear):
                break
            request = replace(request, delay=pause)
        raise self.doubtful(error, job_id, is_repeatable=self._is_safe) if unclear and starts else error

    def read_id(self, response: Response, *, starts: bool = True) -> str:
        """Return the id of the job that an answer tells of.

        :param response: The good answer of a call that made the job.
        :param starts: Whether the job may run already.
        :raises MaybeSubmittedError: if the answer holds no id, and the job may run.
        :raises CallError: if it holds none otherwise.
        """
        account = self._caller.account
        try:
            body = read_object(account, response, during="submission", secrets=self._caller.hidden)
            found = next((value for at in self._submit.id_at if (value := at.first(body)) is not None), None)
            return checked_job_id(found)
        except InvalidJobIdError:
            reason = "submission: the answer holds no job id where the vendor is declared to put it"
            problem: CallError = PermanentError(account.vendor.name, reason, http_status=response.status)
        except CallError as error:
            problem = error
        raise self.doubtful(problem, None, is_repeatable=False) if starts else problem

    def warn(self, text: str) -> None:
        """Report what went wrong with a part of the job.

        :param text: A sentence of ours, or of the vendor's.
        """
        self._warnings.append(self._caller.hidden.ours(text))

    def refused(self, reason: str, job_id: str | None = None) -> PermanentError:
        """Return the error of a job that the vendor will not do.

        :param reason: Why not.
        :param job_id: The job, None for one that never was.
        """
        return PermanentError(
            self._caller.account.vendor.name, self._caller.hidden.ours(reason), job_id=job_id
        )

    def doubtful(self, error: CallError, job_id: str | None, *, is_repeatable: bool) -> MaybeSubmittedError:
        """Return the error of a write of which nobody knows whether it was carried out.

        :param error: What is known.
        :param job_id: The job that may have been set going, None for one that may have been made.
        :param is_repeatable: Whether it may safely be made again, with the same key.
        """
        return MaybeSubmittedError(
            error.vendor,
            error.reason,
            find=self._submit.find if job_id is None else "look at that job",
            is_repeatable=is_repeatable,
            job_id=job_id,
            http_status=error.http_status,
        )

    def _in_one_call(self, payload: Any) -> Flow[str]:
        submit = self._submit
        response = yield from self.write(submit.path, _filled(submit.body, payload), method=submit.method)
        return self.read_id(response)

    @property
    def _is_safe(self) -> bool:
        return self._submit.idempotency_header is not None

    def _attempt(self, request: Request, job_id: str | None) -> Flow[Response | _Met]:
        account = self._caller.account
        try:
            response = yield from self._caller.exchange(request)
        except CallError as error:  # signing in
            return _Met(error, unclear=False, is_final=True)
        except TransportError as error:
            return _Met(unanswered(account, error, job_id), unclear=error.may_have_arrived)
        except RedirectError as error:  # 303 alone says that the request was carried out
            return _Met(misdirected(account, error, job_id), unclear=error.status == SEE_OTHER)
        if is_success(response.status):
            return response
        met = failure(account, response, during="submission", job_id=job_id, secrets=self._caller.hidden)
        # RFC 9110: 408, 421, 429 and a 503 that says when to come again refuse a request; behind any other
        # server error it may have been carried out, for one as when a gateway gave up waiting.
        refused = response.status == UNAVAILABLE and response.retry_after is not None
        return _Met(met, unclear=response.status >= FIRST_SERVER_ERROR and not refused)

    def _may_repeat(self, met: _Met, unclear: bool) -> bool:  # noqa: FBT001  whether any attempt was
        if met.is_final or (unclear and not self._is_safe):
            return False
        # A key whose first request is still being processed: draft-ietf-httpapi-idempotency-key-header.
        is_busy = unclear and met.error.http_status == CONFLICT
        return is_busy or isinstance(met.error, TransientError)


@dataclass(frozen=True)
class _Met:
    """A write that went wrong.

    :param error: What happened.
    :param unclear: Whether it may have been carried out all the same.
    :param is_final: Whether it is not to be repeated; False by default.
    """

    error: CallError
    unclear: bool
    is_final: bool = False

    @property
    def retry_after(self) -> float | None:
        """The seconds that the vendor asked to wait, None where it did not ask."""
        return self.error.retry_after if isinstance(self.error, TransientError) else None


def _filled(template: Any, payload: Any) -> Any:
    """Return a JSON value with the payload in its place."""
    if template == PAYLOAD:
        return payload
    if isinstance(template, Mapping):
        return {name: _filled(inner, payload) for name, inner in template.items()}
    return [_filled(inner, payload) for inner in template] if isinstance(template, list) else template
