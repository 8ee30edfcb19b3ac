"""Every fault ends in the right error, whichever library carried the request."""

from __future__ import annotations

import socket
import ssl

import pytest
import trustme

from airflow_jobstatus.protocol.errors import Layer, PermanentError, TransientError
from tests.support.carrier import CARRIERS
from tests.support.fault import FAULTS, JOB, ZIPPED
from tests.support.scripted_server import Reply, ScriptedServer

pytestmark = pytest.mark.parametrize("poll", CARRIERS.values(), ids=CARRIERS)
JOB_ID = "job-1"


def met(poll, hook) -> TransientError | PermanentError:
    with pytest.raises((TransientError, PermanentError)) as caught:
        poll(hook, JOB_ID)
    return caught.value


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_has_its_class_layer_code_and_pause(poll, connect, server, name):
    fault = FAULTS[name]
    server.play(fault.reply)
    error = met(poll, connect("courier", server.url, extra=dict(fault.extra)))
    layer, pause = getattr(error, "layer", None), getattr(error, "retry_after", None)
    assert (type(error), layer, error.http_status) == (fault.kind, fault.layer, fault.http_status)
    assert pause == (fault.retry_after and pytest.approx(fault.retry_after, abs=fault.retry_after / 20))


@pytest.mark.parametrize("name", FAULTS)
def test_the_message_of_a_fault_names_vendor_job_and_what_happened(poll, connect, server, name):
    fault = FAULTS[name]
    server.play(fault.reply)
    error = met(poll, connect("courier", server.url, extra=dict(fault.extra)))
    assert str(error).startswith(f"Courier job '{JOB_ID}': ")
    assert fault.words in str(error)


@pytest.mark.parametrize("name", FAULTS)
def test_the_message_of_a_fault_is_one_line_of_sane_length(poll, connect, server, name):
    fault = FAULTS[name]
    server.play(fault.reply)
    error = met(poll, connect("courier", server.url, extra=dict(fault.extra)))
    assert str(error).isprintable()
    assert len(str(error)) < 600


def test_a_refused_connection_is_told_with_host_and_port(poll, connect, closed_port):
    error = met(poll, connect("courier", f"http://127.0.0.1:{closed_port}"))
    assert error.layer is Layer.CONNECT
    assert f"127.0.0.1:{closed_port}: the connection failed" in str(error)


@pytest.mark.usefixtures("unknown_names")
def test_an_unknown_host_name_is_told_as_such(poll, connect):
    error = met(poll, connect("courier", "https://api.courier.invalid"))
    assert error.layer is Layer.NAME
    assert "api.courier.invalid: the host name cannot be resolved" in str(error)


def test_a_connection_that_is_never_accepted_ends_at_the_connect_timeout(poll, connect):
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        address = deaf.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        try:
            for client in waiting:
                client.setblocking(False)  # noqa: FBT003  the socket's own signature
                client.connect_ex(address)
            hook = connect("courier", f"http://127.0.0.1:{address[1]}", extra={"connect_timeout": 0.15})
            assert met(poll, hook).layer is Layer.TIMEOUT
        finally:
            for client in waiting:
                client.close()


def test_an_answer_that_breaks_off_within_its_head_is_transient(poll, connect, server):
    server.play(Reply(body=JOB, keep=30, then="close"))
    assert type(met(poll, connect("courier", server.url))) is TransientError


@pytest.fixture
def tls(authority) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


def test_a_certificate_of_the_given_bundle_is_trusted(poll, connect, tls):
    with ScriptedServer(Reply(body=JOB), tls=tls) as server:
        assert poll(connect("courier", server.url), JOB_ID).status == "PROCESSING"


def test_a_certificate_of_a_foreign_authority_is_refused(poll, connect, tls, tmp_path):
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(other))
    with ScriptedServer(Reply(body=JOB), tls=tls) as server:
        error = met(poll, connect("courier", server.url, extra={"ca_bundle": str(other)}))
    assert (type(error), error.layer) == (TransientError, Layer.TLS)
    assert "certificate verify failed" in str(error)
    assert server.requests == []


def test_a_certificate_for_another_host_is_refused(poll, connect, authority):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("api.example.com").configure_cert(context)
    with ScriptedServer(Reply(body=JOB), tls=context) as server:
        assert met(poll, connect("courier", server.url)).layer is Layer.TLS
    assert server.requests == []


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_without_verify_any_certificate_will_do(poll, connect, tls, tmp_path):
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(other))
    with ScriptedServer(Reply(body=JOB), tls=tls) as server:
        hook = connect("courier", server.url, extra={"ca_bundle": str(other), "verify": False})
        assert poll(hook, JOB_ID).status == "PROCESSING"


def test_plain_http_where_tls_was_expected_is_a_fault_of_tls(poll, connect, server):
    error = met(poll, connect("courier", server.url.replace("http:", "https:")))
    assert error.layer is Layer.TLS


def test_a_gzip_body_is_read(poll, connect, server):
    server.play(ZIPPED)
    assert poll(connect("courier", server.url), JOB_ID).status == "PROCESSING"


def test_a_body_that_drips_within_the_timeout_is_read(poll, connect, server):
    server.play(Reply(body=JOB, drip=0.001))
    assert poll(connect("courier", server.url), JOB_ID).counters["received"] == 2


@pytest.mark.parametrize("vendor", ["courier", "elastic_path"])
def test_a_code_409_is_permanent_where_it_means_nothing_else(poll, connect, server, vendor):
    server.play(Reply(status=409))
    assert type(met(poll, connect(vendor, server.url))) is PermanentError


def test_a_code_409_of_geobridge_means_still_running(poll, connect, server):
    server.play(Reply(status=409, body="no JSON at all"))
    job = poll(connect("geobridge", server.url), JOB_ID)
    assert (job.state.value, job.status) == ("running", "processing")
