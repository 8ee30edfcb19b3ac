"""The documentation is built on Python 3.11 or newer, as its tools need it."""

from __future__ import annotations

import sys

collect_ignore_glob = ["test_*.py"] if sys.version_info < (3, 11) else []
