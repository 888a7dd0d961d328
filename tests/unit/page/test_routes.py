"""What a request to the page asks for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from azext_ml_endpoint import page
from azext_ml_endpoint.page import routes
from azext_ml_endpoint.page.guard import Refusal
from azext_ml_endpoint.page.routes import FILES, MOST_AT_ONCE, Call, File, Sending


def refused(method: str, path: str) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        routes.find(method, path)
    return refusal.value


@pytest.mark.parametrize(
    ("method", "path", "found"),
    [
        ("GET", "", File("page.html")),
        ("GET", "page.js", File("page.js")),
        ("GET", "page.css", File("page.css")),
        ("GET", "api/endpoints", Call("endpoints")),
        ("GET", "api/endpoints/my-houses", Call("endpoint", "my-houses")),
        ("POST", "api/endpoints/houses/traffic", Call("traffic", "houses")),
        ("POST", "api/endpoints/houses/invoke", Call("invoke", "houses")),
        ("GET", "api/endpoints/houses/sample", Call("sample", "houses")),
        ("GET", "api/endpoints/houses/history", Call("history", "houses")),
        ("GET", "api/endpoints/houses/logs/blue", Call("logs", "houses", "blue")),
    ],
)
def test_each_address_has_its_meaning(method: str, path: str, found: object) -> None:
    assert routes.find(method, path) == found


@pytest.mark.parametrize("name", FILES)
def test_the_files_of_the_page_are_there(name: str) -> None:
    assert Path(page.__file__).with_name(name).is_file()


@pytest.mark.parametrize(
    "path",
    [
        "server.py",
        "../page/page.js",
        "..",
        "%2e%2e/page.js",
        "page.js/",
        "/page.js",
        "page.js%00",
        "api",
        "api/",
        "api/endpoints/",
        "api/endpoints/../x",
        "api/endpoints/houses/",
        "api/endpoints/houses/delete",
        "api/endpoints/houses/logs",
        "api/endpoints/houses/logs/",
        "api/endpoints/houses/logs/blue/x",
        "api/endpoints/houses/logs/..",
        "api/endpoints/houses/logs/blue%2f..",
        "api/endpoints/houses/traffic/blue",
        "api/endpoints/a.b",
        "api/endpoints/-x",
        "api/endpoints/" + "x" * 65,
        "api/endpoints/hoüses",
        "api/endpoints/houses/traffic/a/b/c/d",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_there_is_nothing_else(method: str, path: str) -> None:
    assert refused(method, path).status == 404


@pytest.mark.parametrize("method", ["DELETE", "PUT", "PATCH", "HEAD", "OPTIONS", "get", ""])
@pytest.mark.parametrize("path", ["", "api/endpoints", "api/endpoints/houses/traffic"])
def test_other_methods_are_refused(method: str, path: str) -> None:
    assert refused(method, path).status == 405


def test_a_change_is_no_get_and_what_is_allowed_is_said() -> None:
    refusal = refused("GET", "api/endpoints/houses/traffic")
    assert (refusal.status, refusal.allowed) == (405, ("POST",))
    assert refused("POST", "api/endpoints/houses/logs/blue").allowed == ("GET",)


def test_traffic_is_whole_percents() -> None:
    assert routes.traffic(b'{"blue": 90, "green": 10}') == {"blue": 90, "green": 10}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"null",
        b"\xff",
        b'{"blue": "90"}',
        b'{"blue": true}',
        b'{"blue": 90.5}',
        b'{"blue": -1}',
        b'{"blue": 101}',
        b'{"blue": NaN}',
        b'{"": 100}',
        b'{"a b": 100}',
        b'{"blue": ' + b"[" * 300 + b"]" * 300 + b"}",
    ],
)
def test_what_is_no_traffic_is_refused(body: bytes) -> None:
    with pytest.raises(Refusal) as refusal:
        routes.traffic(body)
    assert refusal.value.status == 400


def test_a_request_goes_by_traffic_and_once_unless_it_says_otherwise() -> None:
    assert routes.sending(b'{"body": "[1]"}') == Sending(body="[1]")
    said = {"body": "é", "content_type": "text/plain", "deployment": "blue", "times": 20}
    assert routes.sending(json.dumps(said).encode()) == Sending(**said)
    assert routes.sending(b'{"body": "", "deployment": null}').deployment is None


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"body": 1},
        {"body": None},
        {"body": "", "deployment": ""},
        {"body": "", "deployment": "../x"},
        {"body": "", "content_type": "text/plain\r\nX: y"},
        {"body": "", "content_type": ""},
        {"body": "", "times": 0},
        {"body": "", "times": True},
        {"body": "", "times": MOST_AT_ONCE + 1},
        {"body": "", "headers": {}},
        {"body": "\ud800"},
    ],
)
def test_what_is_no_request_is_refused(said: dict[str, Any]) -> None:
    with pytest.raises(Refusal) as refusal:
        routes.sending(json.dumps(said).encode())
    assert refusal.value.status == 400
