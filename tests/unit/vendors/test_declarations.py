"""Every vendor's data hold together."""

from __future__ import annotations

import string
from urllib.parse import urlsplit

import pytest

from airflow_jobstatus.protocol.account import Account
from airflow_jobstatus.protocol.job import TIMES, JobState
from airflow_jobstatus.protocol.vendor import Vendor, normal
from tests.support.connection import VENDORS

pytestmark = pytest.mark.parametrize("vendor", VENDORS.values(), ids=VENDORS)
# Courier documents no word for a cancelled job.
NEVER_TOLD = {"courier": {JobState.CANCELLED}}


def test_the_words_are_spelt_as_they_are_compared(vendor: Vendor):
    assert [word for word in vendor.states if word != normal(word)] == []


def test_every_state_has_a_word(vendor: Vendor):
    assert set(JobState) - set(vendor.states.values()) == NEVER_TOLD.get(vendor.conn_type, set())


def test_the_roles_of_counters_name_counters_that_exist(vendor: Vendor):
    roles = {vendor.total, vendor.processed, vendor.succeeded, vendor.failed} - {None}
    assert roles <= set(vendor.counters)


def test_the_counters_are_keys_fit_for_an_xcom(vendor: Vendor):
    assert all(name.isidentifier() for name in vendor.counters)


def test_the_times_are_fields_of_a_job(vendor: Vendor):
    assert set(vendor.times) <= set(TIMES)


def test_no_path_in_the_body_is_empty_or_reads_a_secret(vendor: Vendor):
    paths = [*vendor.status, *vendor.counters.values(), *vendor.error, *sum(vendor.times.values(), ())]
    assert all(all(path.split(".")) for path in paths)
    assert not any("callback" in path or "secret" in path or "definition" in path for path in paths)


def test_the_pauses_are_above_zero(vendor: Vendor):
    assert vendor.min_interval > 0
    assert vendor.lag > 0
    assert vendor.requests_per_second > 0


def test_the_job_path_has_one_place_for_the_id(vendor: Vendor):
    places = [name for _, name, _, _ in string.Formatter().parse(vendor.job_path) if name is not None]
    assert places == ["id"]


def test_the_paths_are_below_the_base_url(vendor: Vendor):
    paths = [vendor.job_path, vendor.probe_path, *filter(None, [vendor.cancel_path])]
    assert all(path.startswith("/") and "//" not in path and " " not in path for path in paths)


def test_the_base_url_is_one_over_https_without_a_trailing_slash(vendor: Vendor):
    url = urlsplit(vendor.base_url)
    assert (url.scheme, url.query, url.fragment) == ("https", "", "")
    assert url.hostname
    assert not vendor.base_url.endswith("/")


def test_the_documentation_is_a_page_over_https(vendor: Vendor):
    url = urlsplit(vendor.docs)
    assert url.scheme == "https"
    assert url.path.strip("/")


def test_the_codes_that_mean_running_stand_for_a_word_that_is_not_an_end(vendor: Vendor):
    for code, word in vendor.running_codes.items():
        assert 400 <= code < 500
        assert not vendor.states[word].is_terminal


def test_a_refused_key_proves_no_credential(vendor: Vendor):
    assert not vendor.probe_codes & {401, 403}


def test_the_connection_type_is_snake_case(vendor: Vendor):
    assert vendor.conn_type.isidentifier()
    assert vendor.conn_type == vendor.conn_type.lower()


def test_the_sign_in_starts_without_a_call_or_asks_the_accounts_host(vendor: Vendor):
    account = Account(
        vendor=vendor.name, base_url="https://h.example/p", secret="s", ca_bundle="", login=None
    )
    with pytest.raises(StopIteration) as signed:
        next(vendor.auth(account, lambda: 0.0).sign())
    assert any("s" in value for value in signed.value.value.values())


def test_the_list_has_a_place_for_jobs_and_a_page(vendor: Vendor):
    if vendor.listing is not None:
        assert vendor.listing.path.startswith("/")
        assert "?" in vendor.listing.path
        assert vendor.listing.page_size > 1
        assert vendor.listing.jobs
        assert vendor.listing.parameter
