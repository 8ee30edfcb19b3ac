"""A file of results: where it is written, and how it is had from behind a link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol
from urllib.parse import urlsplit

from airflow_jobstatus.protocol.account import HEADERS
from airflow_jobstatus.protocol.answer import is_transient
from airflow_jobstatus.protocol.bounds import LARGEST_PAGE_ANSWER, LONGEST_URL, MOST_REDIRECTS
from airflow_jobstatus.protocol.call import Caller, naming
from airflow_jobstatus.protocol.errors import (
    CallError,
    NotReadyError,
    PermanentError,
    TransientError,
    UnauthorizedError,
)
from airflow_jobstatus.protocol.facts import REFUSALS
from airflow_jobstatus.protocol.http import (
    REDIRECTS,
    Flow,
    RedirectError,
    Request,
    Response,
    is_success,
    resolved,
    same_site,
)
from airflow_jobstatus.protocol.results import WITHOUT_ANSWER, Results

PARTIAL = 206
HTML = "text/html"
ANYTHING = {"Accept": "*/*"}


class Target(Protocol):
    """Where results are written."""

    def begin(self) -> None:
        """Begin anew, without what was written."""

    def expect(self, size: int | None) -> None:
        """Take note of how many bytes will come, None where nobody says."""

    def write(self, piece: bytes) -> None:
        """Write the next piece."""


class File:
    """Takes the body of an answer that is the file itself.

    :param target: Where it goes.
    :param results: What the vendor declares of answers that are about the file; None, the default, where
        there are none such.
    :param accepts: The media type that was asked for; any by default.
    """

    def __init__(self, target: Target, results: Results | None = None, *, accepts: str = "*/*") -> None:
        self._target = target
        self._results = results
        self._accepts = accepts

    def takes(self, status: int, head: Mapping[str, str]) -> bool:
        """Return whether the body of an answer is the file.

        :param status: The HTTP status code.
        :param head: The header fields, names in lower case.
        """
        is_page = media_type(head) == HTML and self._accepts != HTML
        is_about_it = self._results is not None and self._results.is_answer(media_type(head), self._accepts)
        if not is_whole(status) or is_page or is_about_it:
            return False
        length = head.get("content-length", "")
        is_known = length.isdecimal() and "content-encoding" not in head
        self._target.expect(int(length) if is_known else None)
        return True

    def write(self, piece: bytes) -> None:
        """Write the next piece."""
        self._target.write(piece)


class FileLink:
    """Writes the file behind a link.

    The call gets no credential of ours: the link holds its own, or leads to somebody else. Only where the
    account's own API turns it away, it is made again, signed.

    :param caller: Makes the signed call.
    :param job_id: The job.
    :param target: Where the file is written.
    """

    def __init__(self, caller: Caller, job_id: str, target: Target) -> None:
        self._caller = caller
        self._account = caller.account
        self._job_id = job_id
        self._target = target
        self._file = File(target)

    def open(self, link: str) -> Flow[None]:
        """Write the file.

        :param link: The link, as the vendor gave it.
        :raises LinkRefusedError: if it is refused: it has expired, or never led anywhere.
        :raises NotReadyError: if nothing is there yet.
        :raises SignedLinkRefusedError: if the account's own API refuses it, with the credential too.
        :raises TransientError: if the same link may well lead somewhere later.
        :raises PermanentError: if it must not be followed.
        """
        url = self._checked(f"{self._account.base_url}/", link)
        self._target.begin()
        with naming(self._account, self._job_id):
            response = yield from self._unsigned(url)
            if _turns_away(response) and same_site(self._account.base_url, url):
                signed = self._caller.request("GET", "", None, limit=LARGEST_PAGE_ANSWER).at(url)
                signed = replace(signed.with_headers(ANYTHING), into=self._file)
                response = yield from self._caller.exchange(signed, until_away=True)
                if response.status in REDIRECTS:
                    response = yield from self._unsigned(self._checked(url, response.location))
        if not self._file.takes(response.status, response.headers):
            raise self._failure(response, url)

    def _failure(self, response: Response, url: str) -> CallError:
        """Return an error that shows nothing of the answer, which may repeat the link, a credential."""
        what = (
            "a page"
            if is_whole(response.status) and media_type(response.headers) == HTML
            else f"HTTP {response.reason}"
        )
        reason = f"results: {what} from {urlsplit(url).hostname}, where the link to them leads"
        vendor, job_id, status = self._account.vendor.name, self._job_id, response.status
        if not (is_transient(status) or status in WITHOUT_ANSWER):
            is_own = status in REFUSALS and same_site(self._account.base_url, url)
            refusal = SignedLinkRefusedError if is_own else LinkRefusedError
            return refusal(vendor, reason, job_id=job_id, http_status=status)
        kind: type[TransientError] = NotReadyError if status in WITHOUT_ANSWER else TransientError
        pause = response.retry_after
        return kind(vendor, reason, job_id=job_id, http_status=status, retry_after=pause)

    def _unsigned(self, url: str) -> Flow[Response]:
        """Call without a credential, and follow redirects to wherever a link may lead."""
        request = Request("GET", url, {**HEADERS, **ANYTHING}, into=self._file)
        for _ in range(MOST_REDIRECTS + 1):
            response = yield request
            if response.status not in REDIRECTS or not response.location:
                return response
            request = replace(request.at(self._checked(request.url, response.location)), delay=0.0)
        raise RedirectError(f"more than {MOST_REDIRECTS} redirects", response.status)

    def _checked(self, base: str, link: str) -> str:
        """Return the URL of a link, absolute or relative to a base, if it may be asked for."""
        try:
            url = resolved(base, link)
            parts = urlsplit(url)
            is_somewhere = parts.hostname and parts.port != 0
        except ValueError:
            raise self._refused("is no URL") from None
        if parts.scheme not in {"https", urlsplit(base).scheme}:
            raise self._refused(f"begins with {parts.scheme[:20]}:, and must with https:")
        if not is_somewhere or parts.username is not None or len(url) > LONGEST_URL:
            raise self._refused("names no host, holds a login, or is too long")
        if not same_site(self._account.base_url, url) and self._caller.hidden.keep(url) != url:
            raise self._refused("holds the account's own credential, and leads elsewhere")
        return url

    def _refused(self, why: str) -> PermanentError:
        return PermanentError(
            self._account.vendor.name, f"results: the link to them {why}", job_id=self._job_id
        )


class LinkRefusedError(PermanentError):
    """The link to the results was refused: it has expired, or never led anywhere."""


class SignedLinkRefusedError(LinkRefusedError, UnauthorizedError):
    """The account's own API refused the link, with the credential too."""


def is_whole(status: int) -> bool:
    """Return whether an answer holds all of what was asked for.

    :param status: Its HTTP status code.
    """
    return is_success(status) and status not in {*WITHOUT_ANSWER, PARTIAL}


def media_type(head: Mapping[str, str]) -> str:
    """Return the media type of an answer, in lower case and without its parameters; empty for none.

    :param head: The header fields, names in lower case.
    """
    return head.get("content-type", "").partition(";")[0].strip().lower()


def _turns_away(response: Response) -> bool:
    return response.status in REFUSALS or media_type(response.headers) == HTML
