"""A host however it is typed: one right URL, or an error that says what is wrong."""

from __future__ import annotations

import pytest

from airflow_jobstatus.connections.reader import read_base_url
from airflow_jobstatus.vendors.courier import COURIER
from airflow_jobstatus.vendors.geobridge import GEOBRIDGE

RIGHT = {
    (None, None, None): "https://api-na.geobridge.io/v1",
    ("", None, None): "https://api-na.geobridge.io/v1",
    ("  ", None, None): "https://api-na.geobridge.io/v1",
    ("api-na.geobridge.io", None, None): "https://api-na.geobridge.io/v1",
    ("API-NA.GeoBridge.io/", None, None): "https://api-na.geobridge.io/v1",
    ("https://api-na.geobridge.io", None, None): "https://api-na.geobridge.io/v1",
    ("https://api-na.geobridge.io/v1/", None, None): "https://api-na.geobridge.io/v1",
    ("https://api-na.geobridge.io/v2", None, None): "https://api-na.geobridge.io/v2",
    ("gw.example.com", None, None): "https://gw.example.com",
    (" gw.example.com ", None, None): "https://gw.example.com",
    ("gw.example.com", None, "http"): "http://gw.example.com",
    ("gw.example.com", None, " HTTP "): "http://gw.example.com",
    ("https://gw.example.com", None, "http"): None,
    ("http://gw.example.com", None, "https"): None,
    ("https://gw.example.com", None, "https"): "https://gw.example.com",
    (None, None, "http"): "http://api-na.geobridge.io/v1",
    ("http://gw.example.com", None, "v1"): "http://gw.example.com/v1",
    ("gw.example.com", None, "/api/v2/"): "https://gw.example.com/api/v2",
    ("gw.example.com/api", 8443, "v2"): "https://gw.example.com:8443/api/v2",
    ("https://gw.example.com/v1", None, "v1"): "https://gw.example.com/v1",
    ("gw.example.com", None, "https://"): "https://gw.example.com",
    ("gw.example.com", None, "../v1"): None,
    ("gw.example.com", None, "v1?key=1"): None,
    ("gw.example.com", None, "https://other.example.com"): None,
    ("HTTPS://GW.example.com/Prefix", None, None): "https://gw.example.com/Prefix",
    ("gw.example.com/prefix/", None, None): "https://gw.example.com/prefix",
    ("gw.example.com/prefix///", None, None): "https://gw.example.com/prefix",
    ("gw.example.com/a b", None, None): None,
    ("gw.example.com/ä%20b", None, None): "https://gw.example.com/%C3%A4%20b",
    ("gw.example.com:8443", None, None): "https://gw.example.com:8443",
    ("gw.example.com", 8443, None): "https://gw.example.com:8443",
    ("gw.example.com", 8443, "http"): "http://gw.example.com:8443",
    ("gw.example.com:8443/p", 8443, None): "https://gw.example.com:8443/p",
    ("gw.example.com:443", None, None): "https://gw.example.com",
    ("http://gw.example.com:80", None, None): "http://gw.example.com",
    ("http://gw.example.com:443", None, None): "http://gw.example.com:443",
    ("gw.example.com:", 0, None): "https://gw.example.com",
    (None, 8443, None): "https://api-na.geobridge.io:8443/v1",
    ("localhost:5000", None, "http"): "http://localhost:5000",
    ("127.0.0.1", None, None): "https://127.0.0.1",
    ("[::1]:8443", None, None): "https://[::1]:8443",
    ("https://[2001:DB8::1]/p", None, None): "https://[2001:db8::1]/p",
    ("bücher.example", None, None): "https://xn--bcher-kva.example",
    ("gw_1.example.com", None, None): "https://gw_1.example.com",
    ("gw.example.com.", None, None): "https://gw.example.com.",
    ("::1", None, None): "https://[::1]",
    ("::1", 8080, "http"): "http://[::1]:8080",
    ("2001:DB8::1/v1", None, None): "https://[2001:db8::1]/v1",
    ("http://fe80::1", None, None): "http://[fe80::1]",
    ("fe80::1%eth0", None, None): None,
    ("gw.example.com:8443", 9443, None): None,
    ("gw.example.com:0", None, None): None,
    ("gw.example.com:99999", None, None): None,
    ("gw.example.com", 99999, None): None,
    ("gw.example.com", -1, None): None,
    ("gw.example.com:port", None, None): None,
    ("user@gw.example.com", None, None): None,
    ("https://user:pw@gw.example.com", None, None): None,
    ("https://@gw.example.com", None, None): None,
    ("gw.example.com?key=1", None, None): None,
    ("gw.example.com#top", None, None): None,
    ("ftp://gw.example.com", None, None): None,
    ("gw.example.com", None, "postgres"): None,
    ("https://", None, None): None,
    ("https:///v1", None, None): None,
    ("/v1", None, None): None,
    ("gw..example.com", None, None): None,
    ("g w.example.com", None, None): None,
    ("gw.example.com\\v1", None, None): None,
    ("gw.example.com/\nv1", None, None): None,
    ("gw.example.com\u2028", None, None): "https://gw.example.com",
    ("[::1", None, None): None,
    ("http:/gw.example.com", None, None): None,
    ("http://https://gw.example.com", None, None): None,
    ("gw.example.com/v1/../v2", None, None): None,
    ("gw.example.com/%2e%2E/v2", None, None): None,
    ("gw.example.com/.", None, None): None,
    ("gw.example.com;v=1", None, None): None,
    ("gw.example.com\u200b", None, None): None,
    (f"{'a' * 64}.example.com", None, None): None,
}


@pytest.mark.parametrize(("typed", "url"), RIGHT.items(), ids=ascii)
def test_a_host_gives_its_one_right_url_or_a_clear_error(typed, url):
    if url is not None:
        assert read_base_url(GEOBRIDGE, *typed) == url
        return
    with pytest.raises(ValueError, match=r"^has (a|the|port) .*") as caught:
        read_base_url(GEOBRIDGE, *typed)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("url", sorted({url for url in RIGHT.values() if url}))
def test_a_right_url_gives_itself(url):
    assert read_base_url(GEOBRIDGE, url) == url


def test_a_vendor_without_a_path_gets_none():
    assert read_base_url(COURIER, "api.courier.com/") == "https://api.courier.com"
