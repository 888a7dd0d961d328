"""Whom the page answers."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from azext_ml_endpoint.page import guard
from azext_ml_endpoint.page.guard import HEADERS, MOST_BYTES, Head, Refusal

PORT = 8090
TOKEN = "t-0_ken"
OWN = {"Host": "127.0.0.1:8090"}
CHANGE = {**OWN, "Origin": "http://127.0.0.1:8090", "Content-Type": "application/json"}


def head(
    method: str = "GET",
    target: str = f"/{TOKEN}/api/endpoints",
    headers: Mapping[str, str] = OWN,
    *more: tuple[str, str],
) -> Head:
    return Head(method, target, (*headers.items(), *more))


def refused(asked: Head) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        guard.admitted(asked, PORT, TOKEN)
    return refusal.value


@pytest.mark.parametrize("host", ["127.0.0.1:8090", "localhost:8090", "LOCALHOST:8090"])
def test_the_page_is_known_by_two_names(host: str) -> None:
    assert guard.admitted(head(headers={"host": host}), PORT, TOKEN) == "api/endpoints"


@pytest.mark.parametrize(
    "host",
    [
        "",
        "127.0.0.1",
        "127.0.0.1:80",
        "evil.example:8090",
        "evil.example",
        "127.0.0.1:8090.evil.example",
        "localhost.evil.example:8090",
        "localhost:8090@evil.example",
        "[::1]:8090",
        "0.0.0.0:8090",
        "127.0.0.1.nip.io:8090",
        "127.1:8090",
        "localhost.:8090",
    ],
)
def test_other_names_are_refused_though_they_lead_here(host: str) -> None:
    assert refused(head(headers={"Host": host})).status == 403


def test_no_host_and_two_hosts_are_refused() -> None:
    assert refused(head(headers={})).status == 403
    assert refused(head("GET", "/", OWN, ("host", "localhost:8090"))).status == 400


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "",
        "/api/endpoints",
        f"/{TOKEN}",
        TOKEN,
        f"{TOKEN}/api/endpoints",
        f"//{TOKEN}/",
        f"/{TOKEN}x/",
        f"/{TOKEN[:-1]}/",
        f"/{TOKEN.upper()}/",
        "/%74-0_ken/",
        f"http://127.0.0.1:8090/{TOKEN}/",
        "/tökén/",
        "/\udce4/",
    ],
)
def test_without_the_token_nothing_is_there(target: str) -> None:
    refusal = refused(head(target=target))
    assert refusal.status == 403
    assert TOKEN not in refusal.message


@pytest.mark.parametrize(
    ("target", "path"),
    [
        (f"/{TOKEN}/", ""),
        (f"/{TOKEN}/page.js?x=/y", "page.js"),
        (f"/{TOKEN}/../page.js", "../page.js"),
    ],
)
def test_what_is_below_the_token_is_told_as_it_is(target: str, path: str) -> None:
    assert guard.admitted(head(target=target), PORT, TOKEN) == path


def test_changes_come_from_the_page_itself() -> None:
    assert guard.admitted(head("POST", headers=CHANGE), PORT, TOKEN) == "api/endpoints"
    local = {**CHANGE, "Host": "localhost:8090", "Origin": "http://localhost:8090"}
    assert guard.admitted(head("POST", headers=local), PORT, TOKEN) == "api/endpoints"


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "null",
        "http://evil.example",
        "https://127.0.0.1:8090",
        "http://127.0.0.1",
        "http://127.0.0.1:9000",
        "http://localhost:8090",
        "http://127.0.0.1:8090.evil.example",
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "HEAD"])
def test_nobody_else_changes_anything(method: str, origin: str | None) -> None:
    others = {name: text for name, text in CHANGE.items() if name != "Origin"}
    given = {**others, "Origin": origin} if origin else others
    assert refused(head(method, headers=given)).status == 403


def test_another_page_reads_nothing_either() -> None:
    assert refused(head(headers={**OWN, "Origin": "http://evil.example"})).status == 403
    for site in ("cross-site", "same-site"):
        assert refused(head(headers={**OWN, "Sec-Fetch-Site": site})).status == 403
    for site in ("same-origin", "none"):
        assert guard.admitted(head(headers={**OWN, "Sec-Fetch-Site": site}), PORT, TOKEN)


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
def test_what_a_form_could_send_is_not_read(kind: str) -> None:
    assert refused(head("POST", headers={**CHANGE, "Content-Type": kind})).status == 415


def test_json_may_say_its_charset() -> None:
    said = {**CHANGE, "Content-Type": "Application/JSON; charset=utf-8"}
    assert guard.admitted(head("POST", headers=said), PORT, TOKEN)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 411),
        ({"Transfer-Encoding": "chunked"}, 411),
        ({"Content-Length": "5", "Transfer-Encoding": "chunked"}, 411),
        ({"Content-Length": "-1"}, 400),
        ({"Content-Length": "1e3"}, 400),
        ({"Content-Length": "²"}, 400),
        ({"Content-Length": str(MOST_BYTES + 1)}, 413),
        ({"Content-Length": "9" * 5000}, 413),
    ],
)
def test_a_body_says_its_length_and_is_not_too_large(headers: dict[str, str], status: int) -> None:
    with pytest.raises(Refusal) as refusal:
        guard.length(head("POST", headers=headers))
    assert refusal.value.status == status


def test_the_largest_body_is_read() -> None:
    assert guard.length(head(headers={"content-length": str(MOST_BYTES)})) == MOST_BYTES


def test_nothing_is_loaded_but_the_pages_own() -> None:
    policy = dict(each.split(" ", 1) for each in HEADERS["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert {policy[name] for name in ("script-src", "style-src", "connect-src")} == {"'self'"}
    for name in ("base-uri", "form-action", "frame-ancestors"):
        assert policy[name] == "'none'"
    assert "unsafe" not in HEADERS["Content-Security-Policy"]
    assert HEADERS["Referrer-Policy"] == "no-referrer"
