"""The file that results are written to: local, or in any store that Airflow reaches."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any
from uuid import uuid4

from airflow.sdk import ObjectStoragePath

from airflow_jobstatus.protocol.errors import InvalidTargetError, WriteError
from airflow_jobstatus.protocol.fetching import Fetched

log = logging.getLogger(__name__)
BLOCK = 16 * 1024 * 1024
"""How many bytes a store gets at once: they lie in memory, and S3 takes ten thousand such parts."""
TOLD_EVERY = 15.0
"""Seconds between two lines of the log that tell how far it is."""
SHOWN = 300
"""How many characters of a store's own words are shown."""
LOCAL = frozenset({"", "file", "local"})
MB = 1_000_000


@dataclass(frozen=True)
class Downloaded:
    """Results of a job that were written to a file.

    :param path: Where it is.
    :param size: How many bytes it has.
    :param sha256: Their digest, in hexadecimal digits.
    :param format: The name of its format.
    :param records: How many records it holds, None where nobody counted them.
    """

    path: str
    size: int
    sha256: str
    format: str
    records: int | None


class TargetFile:
    """Writes a file under another name beside its own, and moves it when it is whole.

    It is a context manager: what is not finished by its end is removed.

    :param path: Where the file is to be: a local path, or a URL such as ``s3://conn_id@bucket/key``.
    :param clock: Gives seconds that never run backwards; Python's monotonic clock by default.
    :raises InvalidTargetError: if it cannot be the path of a file.
    :raises WriteError: if its store cannot be reached.
    """

    def __init__(self, path: Any, clock: Callable[[], float] = time.monotonic) -> None:
        self.path = str(path).strip()
        if not self.path or self.path.endswith("/"):
            raise InvalidTargetError(
                f"path is {self.path!r:.200}; it must name a file, such as s3://bucket/orders.csv"
            )
        if "://" not in self.path:
            self.path = str(Path(self.path).absolute())  # to Airflow 3.1 each path begins at the root
        try:
            target = path if isinstance(path, ObjectStoragePath) else ObjectStoragePath(self.path)
            self._fs = target.fs
            self._is_local = target.protocol in LOCAL
            self._place: str = target.path
        except (ValueError, ImportError, NotImplementedError) as error:
            raise InvalidTargetError(f"path {self.path!r:.200} cannot be used: {_said(error)}") from None
        except Exception as error:  # noqa: BLE001  the look-up of a connection, or a store's library
            raise WriteError(f"the store of {self.path!r:.200} cannot be reached: {_said(error)}") from None
        folder, joint, name = self._place.rpartition("/")
        self._folder = folder or joint
        self._part = f"{folder}{joint}.{name}.{uuid4().hex}.part"
        self._clock = clock
        self._file: Any = None
        self._expected: int | None = None
        self._told_at = clock()
        self._is_stopped = False

    def __enter__(self) -> TargetFile:  # noqa: PYI034  nothing extends it
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._discard()

    def begin(self) -> None:
        """Begin anew, without what was written.

        :raises InvalidTargetError: if the path is that of a folder.
        :raises WriteError: if the store will not take it, or the task was ended meanwhile.
        """
        self._discard()
        self._size, self._digest, self._expected = 0, sha256(), None
        with self._writing():
            if self._is_local and self._folder:
                self._fs.makedirs(self._folder, exist_ok=True)
            if self._fs.isdir(self._place):
                raise InvalidTargetError(f"path {self.path!r} is a folder; it must name a file")
            self._check_stopped()
            self._file = self._fs.open(self._part, "wb", block_size=BLOCK)
            self._check_stopped()

    def expect(self, size: int | None) -> None:
        """Take note of how many bytes will come, None where nobody says."""
        self._expected = size

    def write(self, piece: bytes) -> None:
        """Write the next piece.

        :raises WriteError: if the store will not take it.
        """
        with self._writing():
            self._file.write(piece)
        self._digest.update(piece)
        self._size += len(piece)
        if self._clock() - self._told_at >= TOLD_EVERY:
            self._told_at = self._clock()
            of = f" of {self._expected / MB:.1f}" if self._expected else ""
            log.info("%.1f%s MB of the results are written", self._size / MB, of)

    def stop(self) -> None:
        """End what is under way, for a person who ends the task: who waits for the next piece is interrupted.

        :raises WriteError: if a file is under way.
        """
        self._is_stopped = True
        if self._file is not None:
            self._check_stopped()

    def finish(self, fetched: Fetched) -> Downloaded:
        """Close the file, move it to its place, and return what was written.

        :param fetched: What is in it.
        :raises WriteError: if the store will not take it.
        """
        with self._writing():
            self._file.close()
            if self._is_local:
                self._fs.mv(self._part, self._place)
            else:
                self._fs.cp_file(self._part, self._place)  # its mv takes [ and * in a name for a pattern
        self._file = None
        if not self._is_local:
            self._remove_part()
        digest = self._digest.hexdigest()
        return Downloaded(self.path, self._size, digest, fetched.format, fetched.records)

    def _discard(self) -> None:
        file, self._file = self._file, None
        if file is None:
            return
        # What went wrong before is what a person has to read, not what goes wrong here.
        if not self._is_local:
            with suppress(Exception):
                file.discard()  # else closing it would store the half that is there
                file.closed = True
        with suppress(Exception):
            file.close()
        self._remove_part()

    def _remove_part(self) -> None:
        try:
            self._fs.rm_file(self._part)
        except FileNotFoundError:
            pass
        except Exception as error:  # noqa: BLE001  whatever a store's library raises
            log.warning("%s is left behind: %s", self._part, _said(error))

    def _check_stopped(self) -> None:
        if self._is_stopped:
            raise WriteError("the task was ended while the results were written")

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except (InvalidTargetError, WriteError):
            raise
        except Exception as error:  # noqa: BLE001  whatever a store's library raises
            problem = _said(error)
        else:
            return
        raise WriteError(f"the results cannot be written to {self.path}: {problem}")


def _said(error: Exception) -> str:
    """Return what a store says, in one line."""
    words = " ".join(str(error).split())[:SHOWN]
    return f"{type(error).__name__}: {words}" if words else type(error).__name__
