"""The ``tests`` of an endpoint or a deployment: what is wrong with them, and their frozen form.

    tests:
      - name: two patients
        request_file: sample-request.json       # or data: {…}, or text: …
        expect:
          status: 200                           # as it is without
          json:
            length(@): 2
            "[0]": {approx: 205.5, tolerance: 0.1}
          max_latency_ms: 800
          first_token_ms: 200                   # of a stream

``json`` may be a list of texts as well: ``- length(@) == 2``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from azext_ml_endpoint import foreign_json
from azext_ml_endpoint.document import comparisons, files, spelling
from azext_ml_endpoint.document.finding import Finding
from azext_ml_endpoint.document.model import Check, Comparison
from azext_ml_endpoint.document.node import plain
from azext_ml_endpoint.document.spot import Spot, shown

_BODIES = ("request_file", "data", "text")
_KEYS = {*_BODIES, "name", "content_type", "expect"}
_FIRST_FAILURE = 400


def findings(owner: Spot) -> Iterator[Finding]:
    for test in owner.items("tests"):
        if isinstance(test.node.value, dict):
            yield from _body(test)
            yield from _expected(test)


def complete(owner: Spot) -> tuple[Check, ...]:
    """Those of an owner without findings."""
    return tuple(_check(test, number) for number, test in enumerate(owner.items("tests"), 1))


# What is wrong


def _body(test: Spot) -> Iterator[Finding]:
    given = [spot for key in _BODIES if (spot := test.get(key))]
    if not given and _KEYS.issuperset(plain(test.node)):  # an unknown key may be meant for one
        yield test.finding("a test needs 'request_file', 'data' or 'text': what to send")
    for other in given[1:]:
        yield other.finding(f"the test has {given[0].key} already: a request has one body")
    if file := test.get("request_file"):
        yield from _file(file, test)
    data = test.get("data")
    if data and data.text and data.text.lstrip()[:1] in ("{", "["):
        yield data.finding(
            "this text is sent in quotes, as a JSON text",
            "Take the quotes around it away, or write text: instead of data:.",
            severity="warning",
        )


def _file(file: Spot, test: Spot) -> Iterator[Finding]:
    path = spelling.absolute(file)
    missing = list(files.check(file, path, "file"))
    yield from missing
    if path and not missing and _must_be_json(test):
        try:
            foreign_json.loads(path.read_bytes())
        except OSError as error:
            yield file.finding(f"{file.key} {shown(file.node)} cannot be read: {error.strerror}")
        except ValueError as error:
            yield file.finding(
                f"{file.key} {shown(file.node)} is no JSON: {_where(error)}",
                "For another content type, or for a request that is to fail, say so: "
                "content_type, expect.status.",
            )


def _must_be_json(test: Spot) -> bool:
    """Others may be sent to see how they are refused."""
    content_type, status = test.get("content_type"), test.get("expect", "status")
    is_json = content_type is None or "json" in (content_type.text or "").lower()
    return is_json and (status is None or (status.integer or 0) < _FIRST_FAILURE)


def _where(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        message = f"{error.msg[:1].lower()}{error.msg[1:]}"
        return f"{message}, line {error.lineno}, column {error.colno}"
    return "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else str(error)


def _expected(test: Spot) -> Iterator[Finding]:
    expected = test.get("expect")
    if expected is None:
        return
    for path, value in expected.entries("json"):
        if trouble := comparisons.path_trouble(path):
            place = _key_place(expected, path, value)
            yield value.finding(f"{path!r} is no JMESPath: {trouble}", place=place)
        yield from _comparison(value)
    for each in expected.items("json"):
        yield from _text_comparison(each)
    if text := expected.get("text"):
        yield from _comparison(text)


def _key_place(expected: Spot, path: str, value: Spot) -> Any:
    mapping = expected.get("json")
    return mapping.node.keys.get(path, value.node.place) if mapping else value.node.place


def _comparison(value: Spot) -> Iterator[Finding]:
    if not isinstance(value.node.value, dict):
        return
    if {"tolerance"}.issuperset(value.node.value):
        yield value.finding(
            f"a comparison needs one of {', '.join(comparisons.SIGNS)}",
            "To compare with a mapping, write it below '=='.",
        )
    elif (tolerance := value.get("tolerance")) and not value.has("approx"):
        yield tolerance.finding("tolerance is for approx")
    for near in value.items("approx"):
        if not _are_numbers(plain(near.node)):
            yield near.finding(f"approx is for numbers, not for {shown(near.node)}")


def _are_numbers(value: Any) -> bool:
    if isinstance(value, list):
        return all(map(_are_numbers, value))
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text_comparison(text: Spot) -> Iterator[Finding]:
    if text.text is None:
        return
    try:
        comparisons.parse(text.text)
    except ValueError as why:
        yield text.finding(f"{shown(text.node)}: {why}")


# The frozen form


def _check(test: Spot, number: int) -> Check:
    file, name, expected = test.get("request_file"), test.get("name"), test.get("expect")
    path = spelling.absolute(file) if file else None
    return Check(
        name=(name and name.text) or (path.name if path else f"test {number}"),
        request_file=path,
        body=_sent(test),
        **_given(test, "content_type"),
        **(_answer(expected) if expected else {}),
    )


def _answer(expected: Spot) -> dict[str, Any]:
    text = expected.get("text")
    return {
        **_given(expected, "status", "max_latency_ms", "first_token_ms"),
        "json": tuple(_json(expected)),
        "text": tuple(_comparisons("", text)) if text else (),
    }


def _sent(test: Spot) -> bytes:
    data, text = test.get("data"), test.get("text")
    if data:
        return json.dumps(plain(data.node), ensure_ascii=False).encode()
    return (text.text or "").encode() if text else b""


def _json(expected: Spot) -> Iterator[Comparison]:
    for path, value in expected.entries("json"):
        yield from _comparisons(path, value)
    for text in expected.items("json"):
        yield comparisons.parse(text.text or "")


def _comparisons(path: str, value: Spot) -> Iterator[Comparison]:
    """A value that is no mapping must be there itself."""
    if not isinstance(value.node.value, dict):
        yield Comparison(path=path, sign="==", value=plain(value.node))
        return
    said = plain(value.node)
    for sign in comparisons.SIGNS:
        if sign in said:
            tolerance = said.get("tolerance") if sign == "approx" else None
            yield Comparison(path=path, sign=sign, value=said[sign], tolerance=tolerance)


def _given(spot: Spot, *keys: str) -> dict[str, Any]:
    return {key: below.node.value for key in keys if (below := spot.get(key))}
