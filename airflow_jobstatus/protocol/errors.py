"""What can go wrong with a poll of a job, classed by what the caller should do about it."""

from __future__ import annotations

from enum import Enum

LONGEST_SHOWN = 120
"""How many characters of a wrong value a message shows."""


class Stated:
    """Stands in a message for a value that is not there, or must not be shown.

    :param words: What the message says in its place.
    """

    def __init__(self, words: str) -> None:
        self._words = words

    def __repr__(self) -> str:
        return self._words


HIDDEN = Stated("***")
MISSING = Stated("missing")


def quoted(value: object) -> str:
    """Return how a message shows a value that somebody gave: as Python writes it, cut where it is long.

    :param value: The value; Python cannot write every one.
    """
    try:
        shown = repr(value)
    except (ValueError, RecursionError):
        return f"<{type(value).__name__} that cannot be shown>"
    return _cut(shown)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


class JobStatusError(Exception):
    """The base of every error that this package raises on purpose."""


class InvalidJobIdError(JobStatusError, ValueError):
    """The job id cannot name a job; no call was made."""


class InvalidSubmissionError(JobStatusError, ValueError):
    """The payload or the idempotency key cannot be submitted; no call was made."""


class InvalidConnectionError(JobStatusError, ValueError):
    """The connection lacks something or holds something unusable; no call was made.

    :param problem: What is wrong; to follow the connection's name where one is given.
    :param conn_id: The id of the connection.
    """

    def __init__(self, problem: str, conn_id: str | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.conn_id = conn_id

    def __str__(self) -> str:
        return self.problem if self.conn_id is None else f"connection {self.conn_id!r} {self.problem}"


class InvalidVendorError(JobStatusError, ValueError):
    """A vendor's declaration holds something unusable; it was refused when it was made.

    :param owner: The class whose field it is, such as ``Listing``.
    :param name: The field's name.
    :param value: What it holds.
    :param may_be: What it may be, to follow the words "it must be".
    """

    def __init__(self, owner: str, name: str, value: object, may_be: str) -> None:
        super().__init__(owner, name, value, may_be)
        self.owner = owner
        self.name = name
        self.value = value
        self.may_be = may_be

    @property
    def advice(self) -> str:
        """What the field must be, without anything that somebody typed."""
        holds = f"is {self.value!r}; it " if isinstance(self.value, Stated) else ""
        name, _, entry = self.name.partition("[")
        return f"{'an entry of ' if entry else ''}{self.owner}.{name} {holds}must be {self.may_be}"

    def __str__(self) -> str:
        return f"{self.owner}.{_cut(self.name)} is {quoted(self.value)}; it must be {self.may_be}"


class UnknownConnectionError(InvalidConnectionError):
    """There is no such connection; or Airflow, asked for it, had a hiccup: it does not say which."""


class UnsupportedError(JobStatusError):
    """The vendor has no such call; none was made."""


class Layer(str, Enum):
    """The layer in which a call failed before it had an HTTP answer."""

    NAME = "name"
    CONNECT = "connect"
    PROXY = "proxy"
    TLS = "tls"
    TIMEOUT = "timeout"
    BODY = "body"


HINTS = {
    Layer.NAME: "check the host of the connection, and that this machine can resolve it",
    Layer.CONNECT: "check the host and port of the connection, and that this machine may reach it",
    Layer.PROXY: "check the proxy in the connection's extra or in the environment",
    Layer.TLS: "check that the host is right; for a private CA set ca_bundle in the connection's extra",
    Layer.TIMEOUT: "check the host of the connection, or raise timeout in its extra",
    Layer.BODY: "check that the host of the connection is the vendor's API",
}
"""What a person should check, by the layer that failed."""


class TransportError(JobStatusError):
    """No complete HTTP answer came back.

    :param reason: What happened, in words without credentials.
    :param layer: Where it happened; a person sees by it what to check.
    :param may_have_arrived: Whether the server may have got the request, True by default; False where no
        connection came about.
    """

    def __init__(self, reason: str, layer: Layer, *, may_have_arrived: bool = True) -> None:
        super().__init__(reason)
        self.layer = layer
        self.may_have_arrived = may_have_arrived


class CallError(JobStatusError):
    """A call to a vendor had no usable answer.

    :param vendor: The vendor's name.
    :param reason: What happened, already redacted and cut to a sane length.
    :param job_id: The job that was asked for, None for calls that concern no job.
    :param http_status: The HTTP status code, None where no answer came.
    :param from_vendor: Whether the answer is in the vendor's own form, and not a page of whatever stands
        between.
    :param advice: What a person should check, where nothing else is known of the job.
    """

    def __init__(  # noqa: PLR0913  what is known of a failed call
        self,
        vendor: str,
        reason: str,
        *,
        job_id: str | None = None,
        http_status: int | None = None,
        from_vendor: bool = True,
        advice: str = "",
    ) -> None:
        super().__init__(vendor, reason)
        self.vendor = vendor
        self.reason = reason
        self.job_id = job_id
        self.http_status = http_status
        self.from_vendor = from_vendor
        self.advice = advice

    @property
    def hint(self) -> str | None:
        """Return what a person should check, where no more is known than that no call ever went well."""
        return None

    def __str__(self) -> str:
        subject = self.vendor if self.job_id is None else f"{self.vendor} job {self.job_id!r}"
        advice = f" ({self.advice})" if self.advice else ""
        return f"{subject}: {self.reason}{advice}"


class TransientError(CallError):
    """The same call may well succeed later: network, 408, 425, 429, 5xx, an answer that is not JSON.

    :param retry_after: Seconds that the vendor asked to wait, None where it did not ask.
    :param layer: The layer that failed, None where an HTTP answer came.
    """

    def __init__(  # noqa: PLR0913  what is known of a failed call
        self,
        vendor: str,
        reason: str,
        *,
        job_id: str | None = None,
        http_status: int | None = None,
        retry_after: float | None = None,
        layer: Layer | None = None,
        from_vendor: bool = True,
    ) -> None:
        super().__init__(vendor, reason, job_id=job_id, http_status=http_status, from_vendor=from_vendor)
        self.retry_after = retry_after
        self.layer = layer

    @property
    def hint(self) -> str | None:
        """Return what a person should check, by the layer that failed, or as a page answered."""
        layer = self.layer if self.from_vendor else Layer.BODY
        return None if layer is None else HINTS[layer]


class NotReadyError(TransientError):
    """The results of the job are not there yet."""


class InvalidTargetError(JobStatusError, ValueError):
    """The results cannot be written where they are to go, or not in that format."""


class WriteError(JobStatusError):
    """The results could not be written; a retry may find the store in a better state."""


class PermanentError(CallError):
    """The same call will see the same answer: 4xx, a redirect elsewhere, JSON in a foreign shape."""


class MaybeSubmittedError(CallError):
    """A job may have been submitted: the request may have arrived, and no answer says what became of it.

    :param vendor: The vendor's name.
    :param reason: What happened, already redacted and cut to a sane length.
    :param find: How a person finds the job.
    :param is_repeatable: Whether the same submission with the same idempotency key may safely be made again.
    :param job_id: The job's id, None where it is not known either.
    :param http_status: The HTTP status code, None where no answer came.
    """

    def __init__(  # noqa: PLR0913  what is known of such a call
        self,
        vendor: str,
        reason: str,
        *,
        find: str,
        is_repeatable: bool,
        job_id: str | None = None,
        http_status: int | None = None,
    ) -> None:
        super().__init__(vendor, reason, job_id=job_id, http_status=http_status)
        self.find = find
        self.is_repeatable = is_repeatable

    def __str__(self) -> str:
        what = "a job may have been submitted" if self.job_id is None else "it may have been set going"
        return f"{super().__str__()}. So {what}: {self.find} before you submit again"


class UnauthorizedError(PermanentError):
    """The vendor refused the credential (401) or its rights (403); a person can fix it."""


class NotFoundError(PermanentError):
    """The vendor knows no such job (404)."""
