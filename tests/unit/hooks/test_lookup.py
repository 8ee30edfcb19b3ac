"""The hook of a connection's type, or a sentence that says which types there are."""

from __future__ import annotations

import json

import pytest

from airflow_jobstatus.hooks.lookup import find_hook
from airflow_jobstatus.protocol.errors import InvalidConnectionError, JobStatusError, UnknownConnectionError
from airflow_jobstatus.tasks.exceptions import airflow_errors
from tests.support import secret
from tests.support.connection import HOOKS


@pytest.mark.parametrize("conn_type", ["http", "courrier", "acme_that_is_not_installed"])
def test_a_type_that_cannot_be_polled_is_refused_with_those_that_can(monkeypatch, conn_type):
    monkeypatch.setenv("AIRFLOW_CONN_OURS", json.dumps({"conn_type": conn_type, "password": secret.KEY}))
    with pytest.raises(InvalidConnectionError) as caught:
        find_hook("ours")
    assert f"connection 'ours' is of type '{conn_type}', whose hook cannot poll" in str(caught.value)
    assert [name for name in HOOKS if name not in str(caught.value)] == []
    assert "restart Airflow" in str(caught.value)


@pytest.mark.parametrize(
    "fields", [{"conn_type": "http"}, None, {"conn_type": "courier", "host": "ftp://h"}], ids=str
)
def test_a_chain_of_exceptions_says_a_sentence_once(monkeypatch, fields):
    if fields:
        monkeypatch.setenv("AIRFLOW_CONN_OURS", json.dumps(fields))
    with pytest.raises(Exception) as caught, airflow_errors():  # noqa: PT011  whichever it is, it stands alone
        find_hook("ours").get_job("1")
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_an_unknown_connection_drags_along_no_error_of_airflows():
    with pytest.raises(UnknownConnectionError) as caught:
        find_hook("nowhere")
    assert caught.value.__context__ is None
    assert isinstance(caught.value, JobStatusError)
