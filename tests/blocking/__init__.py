"""How long an answer holds up the triggerer's event loop, over every fault that the tests know.

``python -m tests.blocking`` prints the longest block for each, and ``tests/unit/polling/test_blocking.py``
bounds it.
"""
