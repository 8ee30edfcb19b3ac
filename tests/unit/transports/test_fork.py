"""A forked process makes connections of its own: over its parent's, each would read the other's answers."""

from __future__ import annotations

import os
import traceback

import pytest

from tests.support.fault import JOB
from tests.support.scripted_server import Reply

pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")


def in_a_fork(action) -> bool:
    """Return whether an action goes well in a forked process."""
    child = os.fork()
    if child == 0:
        try:
            action()
        except BaseException:  # noqa: BLE001  nothing of pytest may run in the child
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_hook_polls_over_another_connection_in_a_fork(connect, server):
    server.play(Reply(body=JOB))
    hook = connect("courier", server.url)
    hook.get_job("1")
    assert in_a_fork(lambda: hook.get_job("2"))
    assert [request.connection for request in server.requests] == [1, 2]


def test_a_signed_session_sends_over_another_connection_in_a_fork(connect, server):
    server.play(Reply(body=JOB))
    session = connect("courier", server.url).get_conn()
    session.get(f"{session.base_url}/x")
    assert in_a_fork(lambda: session.get(f"{session.base_url}/y"))
    assert [request.connection for request in server.requests] == [1, 2]


def test_the_parent_goes_on_over_its_own_connection(connect, server):
    server.play(Reply(body=JOB))
    hook = connect("courier", server.url)
    hook.get_job("1")
    in_a_fork(lambda: hook.get_job("2"))
    hook.get_job("3")
    assert [request.connection for request in server.requests] == [1, 2, 1]
