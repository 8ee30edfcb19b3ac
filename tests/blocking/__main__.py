"""Prints how long each case blocks the event loop: ``python -m tests.blocking``, or some, ``... flood list``.

Each is measured three times, and the shortest counts: what else the machine does is not the loop's.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path

TRIES = 3

with tempfile.TemporaryDirectory(prefix="airflow-jobstatus-") as home:
    os.environ["AIRFLOW_HOME"] = home

    import pytest
    import trustme

    from tests.blocking.cases import CASES
    from tests.blocking.measure import longest_block
    from tests.support.connection import Connect

    bundle = Path(home) / "ca.pem"
    trustme.CA().cert_pem.write_to_path(str(bundle))
    blocks: dict[str, float] = {}
    with pytest.MonkeyPatch.context() as patch:
        for name, case in CASES.items():
            if not sys.argv[1:] or any(word in name for word in sys.argv[1:]):
                connect = Connect(patch, str(bundle))
                blocks[name] = min(asyncio.run(longest_block(case, connect)).wall for _ in range(TRIES))
                sys.stdout.write(f"{1000 * blocks[name]:7.1f} ms  {name}\n")
                sys.stdout.flush()
    worst = max(blocks, key=blocks.__getitem__)
    sys.stdout.write(f"\nThe longest block: {1000 * blocks[worst]:.1f} ms, by {worst!r}\n")
