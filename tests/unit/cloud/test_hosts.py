"""Whom tokens, keys and files may be sent to."""

from __future__ import annotations

import pytest

from azext_ml_endpoint.cloud import hosts
from azext_ml_endpoint.errors import ScoringError, ServiceError, UnsupportedError

FOREIGN = [
    "https://evil.example/x",
    "http://{host}/x",
    "https://{host}.evil.example/x",
    "https://evil{host}/x",
    "https://{host}@evil.example/x",
    "https://evil.example\\.{host}/x",
    "https://evil.example%2F.{host}/x",
    "https://evil.example#.{host}/x",
    "https://evil.example?.{host}/x",
    "https://user:password@{host}/x",
    "https://[evil.example/x",
    "//{host}/x",
    "ftp://{host}/x",
    "https:///{host}/x",
    "https://\u0435vil.{host}/x",
    "",
]


@pytest.mark.parametrize("url", FOREIGN)
def test_what_is_not_below_a_host(url: str) -> None:
    host = "management.azure.com"
    assert not hosts.is_below(url.format(host=host), host)


@pytest.mark.parametrize(
    "url",
    [
        "https://{host}/x",
        "https://westeurope.{host}",
        "https://{host}/x?y=z",
        "HTTPS://{HOST}/",
    ],
)
def test_what_is_below_a_host(url: str) -> None:
    host = "management.azure.com"
    assert hosts.is_below(url.format(host=host, HOST=host.upper()), host)


@pytest.mark.parametrize("url", FOREIGN)
def test_uploads_go_to_azure_s_storage_only(url: str) -> None:
    with pytest.raises(ServiceError, match="nothing was sent there") as raised:
        hosts.require_storage(url.format(host="core.windows.net"), "core.windows.net")
    assert "password" not in raised.value.message


@pytest.mark.parametrize("suffix", ["core.windows.net", "core.usgovcloudapi.net", "stack.local"])
def test_uploads_go_to_the_storage_of_every_cloud(suffix: str) -> None:
    url = f"https://acct.blob.{suffix}/container"
    assert hosts.require_storage(url, "stack.local") == url


@pytest.mark.parametrize(
    ("account", "container", "endpoint"),
    [
        ("evil.example/", "c", "core.windows.net"),
        ("evil.example#", "c", "core.windows.net"),
        ("user:password@evil.example?", "c", "core.windows.net"),
        ("acct\\", "c", "core.windows.net"),
        ("acct", "../other", "core.windows.net"),
        ("acct", "c?comp=acl", "core.windows.net"),
        ("acct", "c", "evil.example"),
        ("acct", "c", "core.windows.net.evil.example"),
        ("acct", "c", "evil.example/core.windows.net"),
        ("", "c", "core.windows.net"),
    ],
)
def test_a_datastore_s_fields_are_names(account: str, container: str, endpoint: str) -> None:
    with pytest.raises(
        ServiceError, match=r"Datastore store names container .* cannot be in Azure"
    ):
        hosts.container_url("store", account, container, endpoint, "core.windows.net")


@pytest.mark.parametrize("protocol", ["http", "HTTP", "file", "https://evil.example/https"])
def test_a_datastore_is_reached_by_https(protocol: str) -> None:
    with pytest.raises(UnsupportedError, match="could be read on the way"):
        hosts.require_https("store", protocol)


@pytest.mark.parametrize("uri", FOREIGN)
def test_keys_go_to_managed_endpoints_only(uri: str) -> None:
    uri = uri.format(host="ml.azure.com")
    with pytest.raises(ScoringError, match="its key or token was not sent"):
        hosts.require_scoring("houses", uri, "ml.azure.com", ScoringError)


def test_what_is_shown_of_a_foreign_address_is_its_host() -> None:
    with pytest.raises(ServiceError) as raised:
        hosts.require_arm("https://evil.example/a?sig=secret\x1b[2J", "management.azure.com")
    assert "points at https://evil.example, which" in raised.value.message
    with pytest.raises(ServiceError) as raised:
        hosts.require_arm("https://evil\x1b[2J.example/", "management.azure.com")
    assert "\x1b" not in raised.value.message
