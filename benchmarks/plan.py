"""Which cases are measured, in how many runs, and how many at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from benchmarks.case import Case
from benchmarks.peers import PEERS
from benchmarks.server.fault import FAULTS

FLOOR = "floor"
SINGLE = "ours, single polls"
LISTED = "ours, list polls"
OURS = (SINGLE, LISTED)
PLAIN = "http_job, plain paths"
JMESPATH = "http_job, five JMESPath expressions"
DECLARED = (SINGLE, PLAIN, JMESPATH)
"""Who waits for the same API: as a vendor in Python, and as connections declare it."""
COMPARED = tuple(name for name in PEERS if name not in (PLAIN, JMESPATH))
LIMITS = tuple(name for name in FAULTS if name.startswith("10 "))
TABLE = tuple(name for name in FAULTS if name not in LIMITS)
"""The faults of the fault table."""
HANG_WITHIN = 65.0
LIMITED_WITHIN = 150.0


@dataclass(frozen=True)
class Batch:
    """Cases that are measured under the same conditions.

    :param study: The study that they belong to.
    :param cases: The cases.
    :param at_once: How many are run at a time.
    """

    study: str
    cases: Sequence[Case]
    at_once: int = 1


def full(runs: int) -> list[Batch]:
    """Return the whole benchmark: cases that leave the two cores mostly idle run at the same time.

    :param runs: How often the comparison of 1,000 waiters is measured.
    """
    peers = list(COMPARED)
    others = [peer for peer in peers if peer not in (FLOOR, *OURS)]
    fault_peers = [*OURS, *others]
    usual = Case(peer=FLOOR, waiters=1000, shortest=12, longest=24)
    limited = replace(usual, within=LIMITED_WITHIN, account_rate=None)
    return [
        Batch("scale", _each(peers, replace(usual, rounds=runs)), 2),
        Batch("scale", _each(peers, replace(usual, tls=True)), 2),
        *(Batch("scale", _each(peers, replace(usual, waiters=100, tls=tls)), 4) for tls in (False, True)),
        *(Batch("scale", _each(peers, replace(usual, waiters=5000, tls=tls))) for tls in (False, True)),
        Batch("scale", _each([FLOOR, *OURS], replace(usual, waiters=10_000))),
        Batch("collector", _each([FLOOR, *OURS], replace(usual, waiters=10_000, collects=False))),
        Batch("minutes", _each([FLOOR, LISTED], replace(usual, shortest=60, longest=120)), 2),
        Batch("declared", _each(DECLARED, replace(usual, interval=2, rounds=runs)), len(DECLARED)),
        *(Batch("limited", _each([LISTED], replace(limited, fault=limit, rounds=runs))) for limit in LIMITS),
        Batch("limited", _each([SINGLE, *others], replace(limited, fault=LIMITS[0])), 3),
        *(Batch("faults", _each(fault_peers, fault_case(fault)), len(fault_peers)) for fault in TABLE),
    ]


def quick() -> list[Batch]:
    """Return a benchmark of about four minutes, to see that everything works."""
    usual = Case(peer=FLOOR, waiters=100, within=10).brief()
    declared = replace(usual, waiters=300, interval=1, rounds=3)
    limited = replace(usual, waiters=300, fault=LIMITS[0], account_rate=None, within=20)
    faults = [replace(fault_case(fault), waiters=50, within=15) for fault in TABLE[:2]]
    return [
        Batch("scale", _each(COMPARED, usual), 4),
        Batch("scale", _each([FLOOR, *OURS], replace(usual, tls=True)), 3),
        Batch("minutes", _each([FLOOR, LISTED], replace(usual, longest=12)), 2),
        Batch("declared", _each(DECLARED, declared), len(DECLARED)),
        Batch("limited", _each([LISTED], limited)),
        Batch("faults", [case for fault in faults for case in _each(OURS, fault)], 4),
    ]


def fault_case(fault: str) -> Case:
    """Return the case of one fault, for 200 waiters.

    :param fault: The name of the fault.
    """
    within = HANG_WITHIN if "hangs" in fault else 30.0
    return Case(peer=FLOOR, waiters=200, fault=fault, within=within)


def _each(peers: Sequence[str], case: Case) -> list[Case]:
    return [replace(case, peer=peer) for peer in peers]
