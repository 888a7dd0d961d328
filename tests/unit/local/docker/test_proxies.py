from __future__ import annotations

import pytest

from azext_ml_endpoint.local.docker.proxies import build_arguments

PROXY = "http://user:pass@proxy.example.com:3128"


def test_each_program_finds_its_spelling() -> None:
    found = build_arguments({"HTTPS_PROXY": PROXY, "no_proxy": ".example.com"})
    assert found == {
        "https_proxy": PROXY,
        "HTTPS_PROXY": PROXY,
        "no_proxy": ".example.com",
        "NO_PROXY": ".example.com",
    }


def test_the_lower_spelling_goes_first_as_in_curl() -> None:
    found = build_arguments({"http_proxy": PROXY, "HTTP_PROXY": "http://other:1"})
    assert set(found.values()) == {PROXY}


@pytest.mark.parametrize(
    "here",
    ["http://127.0.0.1:8080", "http://localhost:3128", "127.0.1.1:1", "http://[::1]:9", ""],
)
def test_a_proxy_on_this_machine_is_nobodys_in_a_build(here: str) -> None:
    assert build_arguments({"HTTPS_PROXY": here, "NO_PROXY": "x"}) == {}


def test_without_proxies_there_are_no_arguments() -> None:
    assert build_arguments({"PATH": "/bin", "NO_PROXY": "localhost"}) == {}
