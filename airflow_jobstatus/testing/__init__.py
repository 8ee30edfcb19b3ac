"""Generates the tests of your own vendor: one call, from what its API answers.

In a file that pytest collects::

    from pathlib import Path
    from airflow_jobstatus.testing import contract
    from acme.vendor import ACME

    test_acme = contract(ACME, answers=Path(__file__).parent / "answers")

For an API that is declared in a connection of type ``http_job``, pass ``connection=`` in place of the vendor:
a mapping, or the path of a JSON file, with ``login``, ``password`` and ``extra``. The host is never called: a
server on this machine plays the answers. Each test is named after what it checks:

- ``read``: each scenario is read as it says, with ``requests`` and with ``aiohttp``, sign-in included
- ``fault``: an outage, throttling, a login page, cut JSON, a lost connection, foreign JSON: never a job
- ``secrets``: an API that echoes what it was sent gets none of it into a job, a message or a log
- ``restart``: a wait that goes on in another process does there what it would have done here

``answers`` is a JSON file, a folder of such files, or a mapping of the same form::

    {"auth": {"headers": {"authorization": "Bearer key-1"}, "query": {}},
     "scenarios": {"running": {
        "id": "j-1", "request": "GET /jobs/j-1", "status": 200, "headers": {}, "body": {"state": "busy"},
        "expect": {"state": "running", "progress": 0.5}}}}

- ``auth``: what each request must carry; header names in lower case. The connection holds the credential
- ``token``, where signing in takes a call: ``request``, ``form`` (what it must be sent) and ``body`` (what it
  answers). With ``other_host`` that call goes to a host of its own, ``{OTHER}`` in the connection
- ``expect``: fields of :class:`~airflow_jobstatus.vendors.Job`; ``error`` is a part of the job's error,
  ``result`` is any one of the outputs, ``next_poll`` the seconds that the API asks to wait, and ``raises``
  the name of the error in ``protocol/errors.py`` that a poll ends in
- ``source``: where the facts come from, for people

Start at ``contract.py``. pytest is needed by this folder alone, which nothing else in the package imports.
"""

from airflow_jobstatus.testing.contract import contract
from airflow_jobstatus.testing.server import Recorded, Reply, ScriptedServer

__all__ = ["Recorded", "Reply", "ScriptedServer", "contract"]
