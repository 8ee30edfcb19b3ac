"""One signed call to the API of an account, and the state of being signed in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from airflow_jobstatus.protocol.account import Account
from airflow_jobstatus.protocol.auth import JSON, make_auth
from airflow_jobstatus.protocol.bounds import LARGEST_ANSWER
from airflow_jobstatus.protocol.errors import CallError, PermanentError, TransientError, TransportError
from airflow_jobstatus.protocol.http import Flow, RedirectError, Request, Response, follow
from airflow_jobstatus.protocol.signing import Clock, Signature
from airflow_jobstatus.protocol.text import Secrets

UNAUTHORIZED = 401


class Caller:
    """Makes the calls of one account, each signed.

    :param account: The account, which knows its vendor.
    :param clock: Seconds that never run backwards, by which tokens age.
    """

    def __init__(self, account: Account, clock: Clock) -> None:
        self.account = account
        self._auth = make_auth(account, clock)
        self._exchanged: tuple[str, ...] = ()
        self._kept = account.hidden

    @property
    def hidden(self) -> Secrets:
        """What must not be shown: the account's secrets, and what they were exchanged for."""
        words = self._auth.secrets
        if words != self._exchanged:
            self._exchanged, self._kept = words, self.account.hidden | words
        return self._kept

    def sign(self) -> Flow[Signature]:
        """Return what signs a request to this account; sign in first where that is needed.

        :raises CallError: if signing in takes a call, and that fails.
        """
        with naming(self.account, None):
            return (yield from self._auth.sign())

    def call(  # noqa: PLR0913  what is sent, about what, and what may come of it
        self,
        method: str,
        path: str,
        job_id: str | None,
        body: bytes | None = None,
        *,
        limit: int = LARGEST_ANSWER,
        once: bool = False,
    ) -> Flow[Response]:
        """Make one call and return its answer, whatever its code.

        :param method: The HTTP method.
        :param path: The path below the base URL, percent-encoded.
        :param job_id: The job that it is about, None for none; errors name it.
        :param body: The JSON body, None for none.
        :param limit: The most bytes of the answer that are read, decoded.
        :param once: Whether nobody makes it again.
        :raises CallError: if there is no answer.
        """
        with naming(self.account, job_id):
            return (yield from self.exchange(self.request(method, path, body, limit=limit, once=once)))

    def request(
        self, method: str, path: str, body: bytes | None, *, limit: int, once: bool = False
    ) -> Request:
        """Return an unsigned request; the parameters are those of :meth:`call`."""
        request = replace(self.account.request(method, path), limit=limit, once=once)
        return request if body is None else replace(request.with_headers(JSON), body=body)

    def exchange(self, request: Request, *, until_away: bool = False) -> Flow[Response]:
        """Sign a request, send it, and return its answer; sign in anew where the credential was refused.

        :param request: The request, unsigned.
        :param until_away: Whether to return a redirect to another origin; by default it is an error.
        :raises TransportError: if it had no answer.
        :raises RedirectError: if a redirect must not be followed.
        :raises CallError: if signing in failed; then the request was not sent, or refused.
        """
        signature = yield from self.sign()
        response = yield from follow(signature.apply(request), until_away=until_away)
        if response.status == UNAUTHORIZED and self._auth.renew(signature):
            signature = yield from self.sign()
            request = replace(request, delay=0.0)
            response = yield from follow(signature.apply(request), until_away=until_away)
        return response


@contextmanager
def naming(account: Account, job_id: str | None) -> Iterator[None]:
    """Name vendor and job in the errors from below, which know neither.

    :param account: The account.
    :param job_id: The job, None for none.
    """
    try:
        yield
    except TransportError as error:
        raise unanswered(account, error, job_id) from None  # it is not redacted, and a log shows its cause
    except RedirectError as error:
        raise misdirected(account, error, job_id) from None
    except CallError as error:
        error.job_id = job_id
        raise


def unanswered(account: Account, error: TransportError, job_id: str | None = None) -> TransientError:
    """Return the error of a call that had no answer.

    :param account: The account.
    :param error: What the transport says.
    :param job_id: The job, None for none.
    """
    reason = account.hidden.ours(str(error))
    return TransientError(account.vendor.name, reason, job_id=job_id, layer=error.layer)


def misdirected(account: Account, error: RedirectError, job_id: str | None = None) -> PermanentError:
    """Return the error of a call that was redirected to where it must not go.

    :param account: The account.
    :param error: What is wrong with the redirect.
    :param job_id: The job, None for none.
    """
    return PermanentError(
        account.vendor.name,
        account.hidden.ours(f"{error}; set the connection's host to where the API is"),
        job_id=job_id,
        http_status=error.status,
        from_vendor=False,
    )
