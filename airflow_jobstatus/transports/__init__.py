"""THE ONLY I/O: two thin ways to carry the flows of ``protocol`` over HTTP.

Start at ``aio.py`` (aiohttp, in the triggerer) or ``sync.py`` (requests, on the worker). Both have ``send``,
one request and its whole answer, and ``run``, which drives a flow with it. What they share:

- ``body.py`` reads head and body within bounds.
- ``errors.py`` says why no answer came, alike for both libraries.
- ``tls.py`` says which certificates are trusted.
- ``quiet.py`` keeps out of the log what a library would repeat there of a request or an answer.
- ``timeout.py`` learns how long answers take, so that a request that hangs is given up early.

``sync.py`` alone needs ``exchange.py``, which ends a blocking exchange at its deadline, and ``session.py``.
"""
