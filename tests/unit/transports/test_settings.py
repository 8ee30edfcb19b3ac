"""What a connection or the environment sets means the same to both transports."""

from __future__ import annotations

import ssl

import pytest

from airflow_jobstatus.protocol.errors import InvalidConnectionError, Layer, TransientError
from tests.support import secret
from tests.support.carrier import CARRIERS
from tests.support.fault import JOB
from tests.support.scripted_server import Reply, ScriptedServer

pytestmark = pytest.mark.parametrize("poll", CARRIERS.values(), ids=CARRIERS)
CA_BUNDLES = ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"]
TARGET = "http://api.courier.test"


@pytest.fixture
def proxy():
    with ScriptedServer(Reply(body=JOB)) as server:
        yield server


def test_the_headers_of_the_extra_are_sent(poll, connect, server):
    server.play(Reply(body=JOB))
    poll(connect("courier", server.url, extra={"headers": {"X-Gateway": "abc", "user-agent": "me"}}), "1")
    sent = server.requests[0].headers
    assert (sent["x-gateway"], sent["user-agent"]) == ("abc", "me")


def test_the_headers_of_the_extra_do_not_replace_the_credential(poll, connect, server):
    server.play(Reply(body=JOB))
    poll(connect("courier", server.url, extra={"headers": {"authorization": "Basic x"}}), "1")
    assert server.requests[0].headers["authorization"] == f"Bearer {secret.KEY}"


def test_every_request_says_who_asks_and_wants_json(poll, connect, server):
    server.play(Reply(body=JOB))
    poll(connect("courier", server.url), "1")
    sent = server.requests[0].headers
    assert sent["accept"] == "application/json"
    assert sent["user-agent"].startswith("airflow-provider-jobstatus/")


def test_geobridge_gets_its_key_in_its_own_header_alone(poll, connect, server):
    server.play(Reply(body={"status": "queued"}))
    poll(connect("geobridge", server.url), "1")
    sent = server.requests[0].headers
    assert sent["x-api-key"] == secret.KEY
    assert "authorization" not in sent


def test_the_proxy_of_the_extra_carries_the_request(poll, connect, proxy):
    hook = connect("courier", TARGET, extra={"proxy": f"http://us%20er:p%40ss@127.0.0.1:{proxy.port}"})
    assert poll(hook, "1").status == "PROCESSING"
    assert proxy.paths == [f"{TARGET}/bulk/1"]
    assert proxy.requests[0].headers["proxy-authorization"] == "Basic dXMgZXI6cEBzcw=="


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "ALL_PROXY"])
def test_the_proxy_of_the_environment_carries_the_request(poll, connect, proxy, monkeypatch, name):
    monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
    poll(connect("courier", TARGET), "1")
    assert proxy.paths == [f"{TARGET}/bulk/1"]


def test_a_proxy_of_the_environment_needs_no_scheme(poll, connect, proxy, monkeypatch):
    monkeypatch.setenv("http_proxy", f"127.0.0.1:{proxy.port}")
    poll(connect("courier", TARGET), "1")
    assert len(proxy.requests) == 1


@pytest.mark.parametrize(
    "url", ["socks5://127.0.0.1:1080", "socks4a://u:hunter2@h:1", "http://h:port", "ftp://h"]
)
def test_a_proxy_of_the_environment_that_cannot_be_used_is_refused_at_once(poll, connect, monkeypatch, url):
    monkeypatch.setenv("ALL_PROXY", url)
    with pytest.raises(InvalidConnectionError, match="the proxy that the environment sets") as caught:
        poll(connect("courier", TARGET), "1")
    assert "hunter2" not in str(caught.value)


def test_a_proxy_of_the_extra_makes_that_of_the_environment_of_no_account(poll, connect, proxy, monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1080")
    poll(connect("courier", TARGET, extra={"proxy": f"http://127.0.0.1:{proxy.port}"}), "1")
    assert len(proxy.requests) == 1


def test_the_proxy_of_the_extra_wins_over_the_environment(poll, connect, proxy, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://proxy.invalid:1")
    poll(connect("courier", TARGET, extra={"proxy": f"http://127.0.0.1:{proxy.port}"}), "1")
    assert len(proxy.requests) == 1


@pytest.mark.parametrize("exempt", ["127.0.0.1", "*", "example.com,127.0.0.1"])
def test_no_proxy_exempts_a_host_from_the_environments_proxy(
    poll, connect, server, proxy, monkeypatch, exempt
):
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
    monkeypatch.setenv("no_proxy", exempt)
    server.play(Reply(body=JOB))
    poll(connect("courier", server.url), "1")
    assert (len(server.requests), len(proxy.requests)) == (1, 0)


def test_https_goes_through_a_tunnel_of_the_proxy(poll, connect, proxy):
    proxy.play(Reply(status=502))
    with pytest.raises(TransientError) as caught:
        poll(connect("courier", "https://api.courier.test", extra={"proxy": proxy.url}), "1")
    assert caught.value.layer is Layer.PROXY
    assert (proxy.requests[0].method, proxy.requests[0].path) == ("CONNECT", "api.courier.test:443")
    assert "authorization" not in proxy.requests[0].headers


@pytest.mark.usefixtures("unknown_names")
@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://proxy.invalid:3128"])
def test_a_proxy_out_of_reach_is_told_as_such(poll, connect, url):
    with pytest.raises(TransientError) as caught:
        poll(connect("courier", TARGET, extra={"proxy": url}), "1")
    assert caught.value.layer is Layer.PROXY


@pytest.mark.parametrize("name", CA_BUNDLES)
def test_the_ca_bundle_of_the_environment_is_trusted(poll, connect, authority, ca_bundle, monkeypatch, name):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    for other in CA_BUNDLES:
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv(name, ca_bundle)
    with ScriptedServer(Reply(body=JOB), tls=context) as server:
        assert poll(connect("courier", server.url, extra={"ca_bundle": None}), "1").status == "PROCESSING"


def test_a_netrc_does_not_replace_the_credential(poll, connect, server, monkeypatch, tmp_path):
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login me password other\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HOME", str(tmp_path))
    server.play(Reply(body=JOB))
    poll(connect("courier", server.url), "1")
    assert server.requests[0].headers["authorization"] == f"Bearer {secret.KEY}"


def test_cookies_are_not_sent_back(poll, connect, server):
    cookie = {"Set-Cookie": "session=abc; Path=/"}
    server.play(Reply(status=307, headers={"Location": "/again", **cookie}), Reply(body=JOB, headers=cookie))
    hook = connect("courier", server.url.replace("127.0.0.1", "localhost"))  # some jars mind no addresses
    poll(hook, "1")
    poll(hook, "1")
    assert not any("cookie" in request.headers for request in server.requests)


def test_a_chunked_answer_is_read(poll, connect, server):
    server.play(
        Reply(body='1a\r\n{"job": {"status": "ODD"}}\r\n0\r\n\r\n', headers={"Transfer-Encoding": "chunked"})
    )
    assert poll(connect("courier", server.url), "1").status == "ODD"
