"""What a declaration alone cannot check: that the shipped vendors' facts fit each other and what is known."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from airflow_jobstatus.protocol.account import Account
from airflow_jobstatus.protocol.auth import make_auth
from airflow_jobstatus.protocol.job import JobState
from airflow_jobstatus.protocol.vendor import Vendor
from tests.support.connection import VENDORS

pytestmark = pytest.mark.parametrize("vendor", VENDORS.values(), ids=VENDORS)
# Courier documents no word for a cancelled job.
NEVER_SAID = {"courier": {JobState.CANCELLED}}


def test_every_state_has_a_word(vendor: Vendor):
    assert set(JobState) - set(vendor.states.values()) == NEVER_SAID.get(vendor.conn_type, set())


def test_no_expression_reads_a_secret(vendor: Vendor):
    found = vendor.expressions
    times = [at for _, places in found.times for at in places]
    every = [found.job, *found.status, *vendor.records.expressions.values(), *found.error, *times]
    texts = [at.text for at in every]
    assert not any("callback" in text or "secret" in text or "definition" in text for text in texts)


def test_reads_may_lag_writes(vendor: Vendor):
    assert vendor.lag > 0


def test_the_job_path_has_one_place_for_the_id(vendor: Vendor):
    assert vendor.path.count("{id}") == 1


def test_the_base_url_is_one_over_https(vendor: Vendor):
    assert urlsplit(vendor.base_url).scheme == "https"


def test_the_documentation_is_a_page_over_https(vendor: Vendor):
    url = urlsplit(vendor.docs)
    assert url.scheme == "https"
    assert url.path.strip("/")


def test_the_codes_with_a_meaning_of_their_own_are_refusals(vendor: Vendor):
    assert all(400 <= code < 500 for code in vendor.http_states)


def test_the_sign_in_of_an_account_without_a_login_takes_no_call(vendor: Vendor):
    account = Account(vendor=vendor, base_url="https://h.example/p", secret="s", ca_bundle="", login=None)
    with pytest.raises(StopIteration) as signed:
        next(make_auth(account, lambda: 0.0).sign())
    assert any("s" in value for value in signed.value.value.headers.values())


def test_the_list_asks_for_the_largest_page(vendor: Vendor):
    if vendor.listing is not None:
        assert "?" in vendor.listing.path
        assert vendor.listing.page_size > 1
