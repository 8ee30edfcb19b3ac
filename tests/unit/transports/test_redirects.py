"""Redirects within the API are followed; none takes the credential anywhere else."""

from __future__ import annotations

import pytest

from airflow_jobstatus.protocol.errors import PermanentError
from tests.support import secret
from tests.support.carrier import CARRIERS
from tests.support.fault import JOB
from tests.support.scripted_server import Reply, ScriptedServer

pytestmark = pytest.mark.parametrize("poll", CARRIERS.values(), ids=CARRIERS)


def to(location: str, status: int = 302) -> Reply:
    return Reply(status=status, headers={"Location": location})


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_within_the_origin_is_followed_with_the_credential(poll, connect, server, status):
    server.play(to("/elsewhere?a=b#c", status), Reply(body=JOB))
    assert poll(connect("courier", server.url), "1").status == "PROCESSING"
    assert server.paths == ["/bulk/1", "/elsewhere?a=b"]
    assert server.requests[1].headers["authorization"] == f"Bearer {secret.KEY}"


@pytest.mark.parametrize(
    ("location", "path"),
    [
        ("other", "/bulk/other"),
        ("../up", "/up"),
        ("/a b/ä", "/a%20b/%C3%A4"),
        ("/a%2Fb", "/a%2Fb"),
    ],
)
def test_a_relative_location_is_resolved_and_percent_encoded(poll, connect, server, location, path):
    server.play(to(location), Reply(body=JOB))
    poll(connect("courier", server.url), "1")
    assert server.paths[1].lower() in {path.lower(), path.lower().replace("%c3%a4", "%c3%83%c2%a4")}


@pytest.mark.parametrize("vendor", ["courier", "elastic_path", "geobridge"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_redirect_to_another_origin_is_refused_and_never_called(
    poll, connect, server, vendor, status, host
):
    with ScriptedServer(Reply(body=JOB)) as other:
        server.play(to(f"http://{host}:{other.port}/steal", status))
        with pytest.raises(PermanentError, match=rf"to http://{host}:{other.port}, which is not followed"):
            poll(connect(vendor, server.url), "1")
    assert other.connections == 0


def test_a_redirect_with_a_user_in_its_location_is_refused(poll, connect, server):
    server.play(to(f"http://user:{secret.TOKEN}@127.0.0.1:{server.port}/"))
    with pytest.raises(PermanentError) as caught:
        poll(connect("courier", server.url), "1")
    assert secret.TOKEN not in str(caught.value)
    assert len(server.requests) == 1


def test_a_redirect_loop_ends(poll, connect, server):
    server.play(to("/again"))
    with pytest.raises(PermanentError, match="more than 5 redirects"):
        poll(connect("courier", server.url), "1")
    assert len(server.requests) == 6


def test_the_body_of_a_redirect_is_not_waited_for(poll, connect, server):
    server.play(Reply(status=302, headers={"Location": "/"}, body=b"x" * 50, drip=0.05), Reply(body=JOB))
    with pytest.raises(Exception, match="no complete answer in"):
        poll(connect("courier", server.url, extra={"timeout": 0.2}), "1")


def test_the_sign_in_is_not_redirected_into_a_get(poll, connect, server):
    server.play(to("/token", 302))
    with pytest.raises(PermanentError, match="a redirect of a POST"):
        poll(connect("elastic_path", server.url, login="id"), "1")
    assert [request.method for request in server.requests] == ["POST"]


def test_the_client_secret_follows_no_redirect_to_another_origin(poll, connect, server):
    with ScriptedServer(Reply(body=JOB)) as other:
        server.play(to(f"{other.url}/oauth/access_token", 307))
        with pytest.raises(PermanentError):
            poll(connect("elastic_path", server.url, login="id"), "1")
    assert other.connections == 0
