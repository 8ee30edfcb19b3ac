"""What a vendor's hook extends: a connection becomes an account, and the vendor's calls run over it."""

from __future__ import annotations

import asyncio
import os
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.common.compat.connection import get_async_connection
from airflow.providers.common.compat.sdk import AirflowNotFoundException, BaseHook

from airflow_jobstatus.connections.form import field_behaviour, form_widgets
from airflow_jobstatus.connections.reader import Fields, read_account
from airflow_jobstatus.protocol.account import Account
from airflow_jobstatus.protocol.api import Api
from airflow_jobstatus.protocol.errors import (
    CallError,
    InvalidConnectionError,
    InvalidVendorError,
    JobStatusError,
    UnknownConnectionError,
)
from airflow_jobstatus.protocol.job import Job
from airflow_jobstatus.protocol.submission import Submitted
from airflow_jobstatus.protocol.vendor import Vendor
from airflow_jobstatus.transports import aio, sync
from airflow_jobstatus.transports.session import SignedSession

if TYPE_CHECKING:
    from airflow.sdk import ObjectStoragePath

    from airflow_jobstatus.hooks.target import Downloaded, TargetFile


class JobStatusHook(BaseHook):
    """Polls the bulk jobs of one vendor through one Airflow connection.

    A vendor's hook extends this class and names its declaration; connection type, default connection and
    name follow from it::

        class AcmeHook(JobStatusHook):
            vendor = ACME

    The class attribute ``vendor`` is the declaration for the connection type: its form and its name. The
    declaration for one connection is known once the connection is read: ``api.vendor``.

    :param conn_id: The id of the Airflow connection; ``<connection type>_default`` by default.
    """

    vendor: ClassVar[Vendor]
    conn_name_attr = "conn_id"
    conn_type: ClassVar[str]
    hook_name: ClassVar[str]
    default_conn_name: ClassVar[str]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if vendor := cls.__dict__.get("vendor"):
            cls.conn_type = vendor.conn_type
            cls.hook_name = vendor.name
            cls.default_conn_name = f"{vendor.conn_type}_default"
            # Airflow 3.1 asks each hook class for its form, and only for what is its own.
            cls.get_ui_field_behaviour = classmethod(lambda _: field_behaviour(vendor))  # type: ignore[assignment,method-assign]
            cls.get_connection_form_widgets = classmethod(lambda _: form_widgets(vendor))  # type: ignore[assignment,method-assign]

    def __init__(self, conn_id: str | None = None) -> None:
        super().__init__()
        self.conn_id = conn_id or self.default_conn_name

    def get_job(self, job_id: str) -> Job:
        """Poll one job, with requests.

        :param job_id: The vendor's id of the job.
        :returns: the job as it is now.
        :raises InvalidJobIdError: before any call, if the id cannot name a job.
        :raises InvalidConnectionError: before any call, if the connection is incomplete or unusable.
        :raises TransientError: if the same poll may well succeed later.
        :raises PermanentError: if it will see the same; a subclass each for an unknown id and a refused key.
        """
        return self._transport.run(self.api.get_job(job_id))

    async def aget_job(self, job_id: str) -> Job:
        """Poll one job, with aiohttp; otherwise as :meth:`get_job`.

        :param job_id: The vendor's id of the job.
        """
        api = self.__dict__.get("api") or await self.aget_api()
        async with aio.Transport(api.account) as transport:
            return await transport.run(api.get_job(job_id))

    def submit_job(self, payload: Any, *, idempotency_key: str | None = None) -> str:
        """Submit a job, with requests.

        A call that fails is repeated for some seconds, if that cannot submit the job twice.

        :param payload: What the vendor is to do, in its own form: a JSON object or list, or JSON text.
        :param idempotency_key: What names this submission: with the same key and payload it may be made
            again, if the vendor knows keys. A new one by default.
        :returns: the vendor's id of the job.
        :raises InvalidSubmissionError: before any call, if payload or key cannot be submitted.
        :raises UnsupportedError: if the vendor has no such call.
        :raises MaybeSubmittedError: if a job may have been submitted, but nobody knows.
        :raises CallError: if no job was, a subclass as of :meth:`get_job`.
        """
        return self._job_id_of(self._transport.run(self.api.submit(payload, idempotency_key)))

    async def asubmit_job(self, payload: Any, *, idempotency_key: str | None = None) -> str:
        """Submit a job, with aiohttp; otherwise as :meth:`submit_job`.

        :param payload: What the vendor is to do.
        :param idempotency_key: What names this submission.
        """
        api = await self.aget_api()
        async with aio.Transport(api.account) as transport:
            return self._job_id_of(await transport.run(api.submit(payload, idempotency_key)))

    def download_results(
        self,
        job_id: str,
        target: TargetFile | ObjectStoragePath | os.PathLike[str] | str,
        *,
        format: str | None = None,  # noqa: A002  what users call it
    ) -> Downloaded:
        """Write the results of a job to a file, in bounded memory, with requests.

        The file appears when it is whole. A call that fails is repeated for a minute.

        :param job_id: The vendor's id of the job.
        :param target: Where they are written: a local path, a URL such as ``s3://conn_id@bucket/key``, or an
            ``ObjectStoragePath``.
        :param format: The name of the format, where the vendor offers several; its usual one by default.
        :returns: what was written.
        :raises InvalidTargetError: before any call, if target or format cannot be.
        :raises UnsupportedError: if the vendor declares no results.
        :raises NotReadyError: if they are not there yet.
        :raises WriteError: if the target's store does not take them.
        :raises JobStatusError: as :meth:`get_job`.
        """
        from airflow_jobstatus.hooks.target import TargetFile  # noqa: PLC0415  no storage where nothing is fetched

        with target if isinstance(target, TargetFile) else TargetFile(target) as file:
            fetched = self._transport.run(self.api.fetch(job_id, file, format))
            return file.finish(fetched)

    def cancel_job(self, job_id: str) -> bool:
        """Ask the vendor to cancel a job, with requests.

        :param job_id: The vendor's id of the job.
        :returns: whether it will; False if the job has ended already.
        :raises UnsupportedError: if the vendor has no such call.
        :raises JobStatusError: as :meth:`get_job`.
        """
        return self._transport.run(self.api.cancel(job_id))

    async def acancel_job(self, job_id: str) -> bool:
        """Ask the vendor to cancel a job, with aiohttp; otherwise as :meth:`cancel_job`.

        :param job_id: The vendor's id of the job.
        """
        api = await self.aget_api()
        async with aio.Transport(api.account) as transport:
            return await transport.run(api.cancel(job_id))

    def get_conn(self) -> SignedSession:
        """Return a requests session that is signed in and sends its credential to the account's API alone.

        Its attribute ``base_url`` is the URL of the API, without a trailing slash. Its time limits are those
        of requests: for connecting and for each piece of an answer, not for the whole.

        :raises InvalidConnectionError: if the connection is incomplete or unusable.
        :raises CallError: if signing in takes a call, and that fails.
        """
        return SignedSession(self.api.account, self._transport.run(self.api.sign()))

    def test_connection(self) -> tuple[bool, str]:
        """Make one cheap authorised call; return whether it went well, and what to do if not."""
        try:
            account = self.api.account
            self._transport.run(self.api.probe())
        except InvalidConnectionError as error:
            # Airflow tests a connection under a random id, of which nobody has heard.
            return False, str(error) if error.conn_id is None else f"The connection {error.problem}"
        except CallError as error:
            return False, f"{error}. {error.hint[0].upper()}{error.hint[1:]}" if error.hint else str(error)
        return True, f"Signed in to {account.vendor.name} at {account.base_url}"

    @cached_property
    def api(self) -> Api:
        """The vendor's calls with this connection's account.

        :raises InvalidConnectionError: if the connection is unknown, incomplete or unusable.
        """
        return self._looked_up()

    def renew(self) -> bool:
        """Read the connection anew, as after a credential was refused; return whether it has changed.

        What is no longer there, or of no use, counts as unchanged.
        """
        try:
            api = self._looked_up()
        except JobStatusError:
            return False
        if api.account == self.api.account:
            return False
        if transport := self.__dict__.pop("_transport", None):
            transport.close()
        self.api = api
        return True

    def _looked_up(self) -> Api:
        # Raised below, so that no error drags another one with the same sentence along.
        try:
            return Api(self._account(self.get_connection(self.conn_id)))
        except AirflowNotFoundException:
            problem: JobStatusError = _unknown(self.conn_id, self.conn_type)
        except JobStatusError:
            raise
        except Exception as error:  # noqa: BLE001  whatever a secrets backend raises
            problem = not_looked_up(self.conn_id, error)
        raise problem

    async def aget_api(self) -> Api:
        """Return :attr:`api` as the connection describes it now, looked up without blocking the event loop.

        :raises InvalidConnectionError: if the connection is unknown, incomplete or unusable.
        """
        try:
            # No name is given to the connection: a log may show what stands here.
            if self._has_own_lookup:
                account = self._account(await asyncio.to_thread(self.get_connection, self.conn_id))
            else:
                account = self._account(await get_async_connection(self.conn_id, hook=self))
            self.api = Api(account)
        except AirflowNotFoundException:
            pass
        else:
            return self.api
        raise _unknown(self.conn_id, self.conn_type)

    def declaration(self, connection: Any) -> Vendor:  # noqa: ARG002  for a hook that reads it
        """Return the declaration that holds for a connection: that of the class, unless overridden.

        :param connection: The Airflow connection.
        :raises InvalidVendorError: if the connection declares something unusable.
        """
        return self.vendor

    def _job_id_of(self, submitted: Submitted) -> str:
        vendor, job_id = self.api.vendor.name, submitted.job_id
        self.log.info("%s job %r was submitted", vendor, job_id)
        for warning in submitted.warnings:
            self.log.warning("%s job %r: %s", vendor, job_id, warning)
        return job_id

    @property
    def _has_own_lookup(self) -> bool:
        """Whether a class below looks the connection up itself, in the way of a worker alone."""
        for kind in type(self).__mro__:
            if kind is BaseHook or "aget_connection" in vars(kind):
                return False
            if "get_connection" in vars(kind):
                return True
        return False

    def _account(self, connection: Any) -> Account:
        # A hook with a declaration of its own reads further fields of the extra.
        others = type(self).declaration is not JobStatusHook.declaration
        try:
            vendor = self.declaration(connection)
        except InvalidVendorError as error:
            problem = error.advice
        else:
            connection = Fields(connection)  # a log may show what stands here
            return read_account(vendor, connection, others=others)
        del connection
        raise InvalidConnectionError(f"declares what cannot be used: {problem}", self.conn_id)

    @cached_property
    def _transport(self) -> sync.Transport:
        return sync.Transport(self.api.account)


def _unknown(conn_id: str, conn_type: str) -> UnknownConnectionError:
    return UnknownConnectionError(f"connection {conn_id!r} is not defined; create it with type {conn_type!r}")


def not_looked_up(conn_id: str, error: Exception) -> UnknownConnectionError:
    """Return the error of a look-up that failed for another reason than a missing connection.

    :param conn_id: The connection.
    :param error: What Airflow, or a secrets backend, raised; its text may hold anything.
    """
    return UnknownConnectionError(
        f"connection {conn_id!r} could not be looked up ({type(error).__name__}); "
        "check Airflow's API server and secrets backend"
    )
