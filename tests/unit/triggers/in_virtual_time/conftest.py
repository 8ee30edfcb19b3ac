from __future__ import annotations

from tests.support.virtual_time import VirtualTimeLoop


def pytest_asyncio_loop_factories():
    """Run every asynchronous test here in virtual time."""
    return {"virtual": VirtualTimeLoop}
