"""No answer, and nothing that comes in place of one, holds up the triggerer's event loop for long."""

from __future__ import annotations

import asyncio
import sys

import pytest

from tests.blocking.cases import CASES
from tests.blocking.measure import longest_block

MOST_BLOCKED = 0.05
"""CPU seconds between two turns of a task in the loop, so that a busy machine fails no test."""
TRIES = 5
"""A block that is of our making is there in each try."""


@pytest.mark.parametrize("name", CASES)
def test_the_loop_is_not_blocked_for_long(name, connect):
    limit = MOST_BLOCKED * (10 if sys.gettrace() else 1)  # while coverage is measured
    blocks: list[float] = []
    while len(blocks) < TRIES and (not blocks or min(blocks) > limit):
        blocks.append(asyncio.run(longest_block(CASES[name], connect)).cpu)
    assert min(blocks) < limit
