"""What a request asks for: a file of the page, or a call with its arguments. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from azext_ml_endpoint import foreign_json
from azext_ml_endpoint.page.guard import JSON, Refusal

Verb = Literal["endpoints", "endpoint", "traffic", "logs", "invoke", "sample", "history"]
FILES: Mapping[str, str] = {
    "page.html": "text/html; charset=utf-8",
    **dict.fromkeys(
        ("page.js", "elements.js", "plot.js", "shares.js"), "text/javascript; charset=utf-8"
    ),
    "page.css": "text/css; charset=utf-8",
}
"""Files of the page, with what they are. There are no others."""
MOST_AT_ONCE = 50
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}")
_CONTENT_TYPE = re.compile(r"[\x20-\x7e]{1,200}")
_LAST_PERCENT = 100


@dataclass(frozen=True)
class File:
    name: str


@dataclass(frozen=True)
class Call:
    """endpoint, deployment: names, where the path has them."""

    verb: Verb
    endpoint: str = ""
    deployment: str = ""


@dataclass(frozen=True, kw_only=True)
class Sending:
    """A request to an endpoint. times: how often, all at once. deployment: None by traffic."""

    body: str
    content_type: str = JSON
    deployment: str | None = None
    times: int = 1


_OF_ENDPOINTS: Mapping[tuple[str, int], tuple[str, Verb]] = {
    ("traffic", 0): ("POST", "traffic"),
    ("invoke", 0): ("POST", "invoke"),
    ("sample", 0): ("GET", "sample"),
    ("history", 0): ("GET", "history"),
    ("logs", 1): ("GET", "logs"),
}
"""What follows an endpoint's name, and how many names follow that -> method, verb."""


def find(method: str, path: str) -> File | Call:
    """path: below the token. Raises Refusal: 404, or 405 with what is allowed."""
    allowed, found = _file(path) or _call(path.split("/"))
    if method != allowed:
        raise Refusal(405, f"{method} is not for this address, {allowed} is.", (allowed,))
    return found


def _file(path: str) -> tuple[str, File] | None:
    name = path or "page.html"
    return ("GET", File(name)) if name in FILES else None


def _call(parts: list[str]) -> tuple[str, Call]:
    if parts[:2] != ["api", "endpoints"] or len(parts) > 5:
        raise _nothing()
    if len(parts) == 2:
        return "GET", Call("endpoints")
    endpoint = _name(parts[2])
    if len(parts) == 3:
        return "GET", Call("endpoint", endpoint)
    names = [_name(each) for each in parts[4:]]
    if (parts[3], len(names)) not in _OF_ENDPOINTS:
        raise _nothing()
    method, verb = _OF_ENDPOINTS[parts[3], len(names)]
    return method, Call(verb, endpoint, *names)


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise _nothing()
    return text


def _nothing() -> Refusal:
    return Refusal(404, "There is nothing at this address.")


def traffic(body: bytes) -> dict[str, int]:
    """``{"blue": 90, "green": 10}``. Raises Refusal."""
    shares = _object(body)
    for name, share in shares.items():
        if not _NAME.fullmatch(name):
            raise Refusal(400, f"{name!r} is no name of a deployment.")
        if not (_is(share, int) and 0 <= share <= _LAST_PERCENT):
            raise Refusal(400, f"Traffic of {name} is no whole number from 0 to 100.")
    if not shares:
        raise Refusal(400, "No deployment is named.")
    return shares


def sending(body: bytes) -> Sending:
    """Raises Refusal for what is none."""
    said = _object(body)
    kinds = {"body": str, "content_type": str, "deployment": str, "times": int}
    for name, value in said.items():
        if name not in kinds:
            raise Refusal(400, f"{name!r} is nothing of a request.")
        if not (_is(value, kinds[name]) or (name == "deployment" and value is None)):
            raise Refusal(400, f"{name} is of another type.")
    if "body" not in said:
        raise Refusal(400, "The request has no body.")
    return _checked(Sending(**said))


def _checked(asked: Sending) -> Sending:
    if asked.deployment is not None and not _NAME.fullmatch(asked.deployment):
        raise Refusal(400, f"{asked.deployment!r} is no name of a deployment.")
    if not _CONTENT_TYPE.fullmatch(asked.content_type):
        raise Refusal(400, "The content type is none.")
    if not 1 <= asked.times <= MOST_AT_ONCE:
        raise Refusal(400, f"From 1 to {MOST_AT_ONCE} requests are sent at once.")
    if any("\ud800" <= each <= "\udfff" for each in asked.body):
        raise Refusal(400, "The body is no text.")
    return asked


def _is(value: object, kind: type) -> bool:
    """To Python true is a whole number."""
    return isinstance(value, kind) and not isinstance(value, bool)


def _object(body: bytes) -> dict[str, Any]:
    try:
        data = foreign_json.loads(body)
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise Refusal(400, "The body is no JSON object.")
    return data
