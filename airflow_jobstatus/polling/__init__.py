"""WHO POLLS WHEN: one poller for each account that is waited on, shared by all waits in one event loop.

Start at ``poller.py`` and read ``Poller._step``: a dispatcher starts a poll of whatever is due, as far as the
account allows.

- ``agenda.py`` (pure) says which job is due next and who waits for it; ``joining.py`` puts the jobs of a wait
  on it, and has each polled in time for its deadline.
- ``throttle.py`` (pure) counts how fast the account may be asked and when it pauses, ``limiter.py`` waits
  for that.
- ``alarm.py`` lets the dispatcher sleep until there is news.
- ``listing.py`` polls the vendor's list of jobs, where that takes fewer requests than single polls.
- ``metrics.py`` names and measures what an operator of Airflow watches (``docs/reference/metrics.md``).
- ``client.py`` makes the calls over one session, and takes a changed connection up.
- ``registry.py`` finds the poller of an account, and closes it when nobody waits any more; ``per_loop.py``
  keeps one thing for each event loop.
- ``worker.py`` polls from the worker, without any of this: one job after the other.

A hook comes in by a ``Protocol``; this folder imports none.
"""
