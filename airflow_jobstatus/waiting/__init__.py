"""ONE WAIT, pure: when to poll, and when the wait ends. It knows neither Airflow nor the network nor a clock.

Start at ``watch.py``: a ``Watch`` is one wait under way. Whoever drives it asks it when to poll next, polls,
and passes on what was seen; it answers whether, and how, that ends the wait.

- ``wait.py`` is what was asked for, and ``state.py`` what is remembered from poll to poll; both are plain
  values that survive a restart.
- ``schedule.py`` says when to poll next, ``verdict.py`` what a job means for the wait, and ``outcome.py`` how
  the wait ended.
- ``log.py`` writes the news of a wait to the task's log.
- ``batch.py`` makes one wait of many jobs.

Triggerer (``polling/poller.py``) and worker (``polling/worker.py``) drive the same code.
"""
