"""The night that all tests of this folder share."""

from __future__ import annotations

import pytest

from tests.scaleout.night import Night, spend


@pytest.fixture(scope="session")
def night() -> Night:
    return spend()
