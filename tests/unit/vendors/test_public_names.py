"""Whoever declares a vendor imports one module."""

from __future__ import annotations

from pathlib import Path

import pytest

from airflow_jobstatus import vendors

OF_AN_AUTHOR = [
    "Account",
    "Auth",
    "Cancel",
    "Flow",
    "Form",
    "HttpAuth",
    "JobState",
    "KeyAuth",
    "Listing",
    "NoAuth",
    "OAuth2",
    "Probe",
    "Records",
    "Request",
    "Response",
    "Signature",
    "Vendor",
    "connection_type",
]


@pytest.mark.parametrize("name", vendors.__all__)
def test_every_public_name_is_there(name):
    assert hasattr(vendors, name)


@pytest.mark.parametrize("name", OF_AN_AUTHOR)
def test_what_an_author_needs_is_public(name):
    assert name in vendors.__all__


def test_every_shipped_vendor_is_public():
    folder = Path(vendors.__file__).parent
    shipped = {path.stem.upper() for path in folder.glob("[a-z]*.py")}
    assert shipped - {"DECLARED"} <= set(vendors.__all__)
