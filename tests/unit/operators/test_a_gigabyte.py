"""A gigabyte of results goes through the operator in bounded memory."""

from __future__ import annotations

import pytest

from tests.support import gigabyte

MOST = 150
"""Megabytes that the process may take more than before."""


@pytest.fixture(scope="module")
def fetched(tmp_path_factory):
    path = tmp_path_factory.mktemp("large") / "table.csv"
    with gigabyte.served() as env:
        yield gigabyte.fetched(str(path), env)
    path.unlink()


def test_it_arrives_whole(fetched):
    assert (fetched["size"], fetched["sha256"]) == (gigabyte.SIZE, gigabyte.digest())


def test_it_is_never_in_memory(fetched):
    assert fetched["megabytes"] < MOST
