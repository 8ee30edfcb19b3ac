"""The file of results: there when it is whole, and otherwise not; local and in a store."""

from __future__ import annotations

import logging
import resource
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import ObjectStoragePath
from airflow.sdk.io.store import attach
from fsspec.implementations.memory import MemoryFileSystem

from airflow_jobstatus.hooks.target import TOLD_EVERY, TargetFile
from airflow_jobstatus.protocol.errors import InvalidTargetError, WriteError
from airflow_jobstatus.protocol.fetching import Fetched
from tests.support.clock import Clock

FETCHED = Fetched("csv", None)


@pytest.fixture
def store() -> Iterator[Any]:
    """Give a store of objects that is empty, and that Airflow knows under ``memory``."""
    fs = MemoryFileSystem()
    attach("memory", fs=fs)
    yield fs
    fs.store.clear()


def write(path: Any, *pieces: bytes) -> Any:
    with TargetFile(path) as file:
        file.begin()
        for piece in pieces:
            file.write(piece)
        return file.finish(FETCHED)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_holds_what_was_written(tmp_path):
    done = write(tmp_path / "a.csv", b"one", b"two")
    assert (tmp_path / "a.csv").read_bytes() == b"onetwo"
    assert (done.path, done.size, done.sha256) == (
        str(tmp_path / "a.csv"),
        6,
        sha256(b"onetwo").hexdigest(),
    )


def test_an_object_holds_what_was_written(store):
    write("memory://bucket/a.csv", b"one", b"two")
    assert store.cat("/bucket/a.csv") == b"onetwo"
    assert store.find("/") == ["/bucket/a.csv"]


@pytest.mark.parametrize("name", ["orders[1].csv", "a*b.csv", "what?.csv"])
def test_a_name_is_no_pattern(store, name):
    write(f"memory://bucket/{name}", b"one")
    assert store.store.keys() == {f"/bucket/{name}"}


def test_a_store_that_deletes_nothing_has_the_file_all_the_same(store, monkeypatch, caplog):
    def refuse(_path: str) -> None:
        raise PermissionError("s3:DeleteObject")

    monkeypatch.setattr(store, "rm_file", refuse)
    assert write("memory://bucket/a.csv", b"one").size == 3
    assert "is left behind: PermissionError" in caplog.text


def test_a_store_whose_connection_cannot_be_looked_up_is_tried_again(monkeypatch):
    def fail(*_args: object, **_more: object) -> None:
        raise RuntimeError("the API server is away")

    monkeypatch.setattr("airflow.sdk.io.path.attach", fail)
    with pytest.raises(WriteError, match="the API server is away"):
        TargetFile("memory://aws_default@bucket/a.csv")


def test_a_path_may_be_one_of_airflows_own(store):
    write(ObjectStoragePath("memory://bucket/a.csv"), b"one")
    assert store.cat("/bucket/a.csv") == b"one"


def test_folders_are_made_where_they_are_missing(tmp_path):
    write(tmp_path / "x" / "y" / "a.csv", b"one")
    assert (tmp_path / "x" / "y" / "a.csv").read_bytes() == b"one"


def test_a_name_alone_is_below_the_working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write("a.csv", b"one")
    assert names(tmp_path) == ["a.csv"]


def test_an_older_file_is_replaced_when_the_new_one_is_whole(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"old")
    with TargetFile(tmp_path / "a.csv") as file:
        file.begin()
        file.write(b"new")
        assert (tmp_path / "a.csv").read_bytes() == b"old"
        file.finish(FETCHED)
    assert (tmp_path / "a.csv").read_bytes() == b"new"


def test_nothing_is_left_of_a_file_that_was_not_finished(tmp_path):
    with TargetFile(tmp_path / "a.csv") as file:
        file.begin()
        file.write(b"half")
    assert names(tmp_path) == []


def test_nothing_is_left_of_an_object_that_was_not_finished(store):
    with TargetFile("memory://bucket/a.csv") as file:
        file.begin()
        file.write(b"half")
    assert store.find("/") == []


def test_a_second_begin_forgets_the_first(tmp_path):
    with TargetFile(tmp_path / "a.csv") as file:
        file.begin()
        file.write(b"half")
        file.begin()
        file.write(b"whole")
        done = file.finish(FETCHED)
    assert (done.size, (tmp_path / "a.csv").read_bytes()) == (5, b"whole")


def test_two_writers_of_one_file_do_not_mix(tmp_path):
    with TargetFile(tmp_path / "a.csv") as one, TargetFile(tmp_path / "a.csv") as other:
        for file, letter in ((one, b"1"), (other, b"2")):
            file.begin()
            file.write(letter)
        one.write(b"1")
        other.finish(FETCHED)
        one.finish(FETCHED)
    assert (tmp_path / "a.csv").read_bytes() == b"11"


@pytest.mark.parametrize("path", ["", "  ", "folder/", "s3://bucket/", "nobody://bucket/a.csv"])
def test_what_cannot_be_a_file_is_refused(path):
    with pytest.raises(InvalidTargetError, match="path "):
        TargetFile(path)


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(InvalidTargetError, match="is a folder"):
        write(tmp_path, b"one")
    assert names(tmp_path) == []


def test_a_store_that_does_not_take_it_says_why(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(WriteError) as caught:
        write(tmp_path / "file" / "a.csv", b"one")
    assert str(caught.value).startswith(f"the results cannot be written to {tmp_path}/file/a.csv: ")


@pytest.fixture
def limited() -> Iterator[None]:
    """Let no file of this process grow beyond 64 KiB."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (65_536, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.usefixtures("limited")
def test_a_disk_that_takes_no_more_says_so(tmp_path):
    with TargetFile(tmp_path / "a.csv") as file:
        file.begin()
        with pytest.raises(WriteError, match="File too large"):
            file.write(bytes(1_000_000))
    assert names(tmp_path) == []


def test_what_is_under_way_is_interrupted_where_the_task_was_ended(tmp_path):
    with TargetFile(tmp_path / "a.csv") as file:
        file.begin()
        file.write(b"half")
        with pytest.raises(WriteError, match="the task was ended"):
            file.stop()
    assert names(tmp_path) == []


def test_a_task_that_was_ended_before_begins_no_file(tmp_path):
    with TargetFile(tmp_path / "a.csv") as file:
        file.stop()
        with pytest.raises(WriteError, match="the task was ended"):
            file.begin()
    assert names(tmp_path) == []


def test_what_is_done_is_not_interrupted(tmp_path):
    with TargetFile(tmp_path / "a.csv") as file:
        file.begin()
        file.finish(FETCHED)
        file.stop()
    assert names(tmp_path) == ["a.csv"]


def test_the_log_says_now_and_then_how_far_it_is(tmp_path, caplog):
    clock = Clock()
    caplog.set_level(logging.INFO)
    with TargetFile(tmp_path / "a.csv", clock) as file:
        file.begin()
        file.expect(8_000_000)
        for _ in range(4):
            clock.now += TOLD_EVERY / 2
            file.write(bytes(2_000_000))
        file.finish(FETCHED)
    assert [record.getMessage() for record in caplog.records] == [
        "4.0 of 8.0 MB of the results are written",
        "8.0 of 8.0 MB of the results are written",
    ]
