"""Why Azure refused or failed, dug out of its error JSON.

ARM wraps the reason: ``{"error": {code, message, details: [{…}], additionalInfo: […]}}``, where
the outer text is often empty talk and the message of an inner one is JSON again, as text, with or
without words around it. The code may be in the text, too: see :mod:`.messages`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from azext_ml_endpoint.cloud.arm.messages import linked, named, opened
from azext_ml_endpoint.cloud.remedies import canonical

_VAGUE = frozenset(
    {
        "badrequest",
        "conflict",
        "deploymentfailed",
        "inferencingclientcallfailed",
        "inferencingclientcreatedeploymentfailed",
        "internalservererror",
        "invalidrequest",
        "none",
        "notfound",
        "operationfailed",
        "resourcedeploymentfailure",
        "resourceoperationfailure",
        "systemerror",
        "usererror",
        "validation",
        "validationerror",
    }
)
"""Codes that say no more than the status; an inner code says it better."""

_LONGEST = 2000
"""Characters of one message; the service puts whole logs in some."""

_MOST = 100
"""Errors in one document that are read."""
_DEEPEST = 8
"""Errors in errors, and twice that in nodes."""

_TEXTS = ("message", "Message", "detail", "messageFormat")
_INNER = ("details", "innererror", "innerError", "error", "odata.error", "statusMessage")


@dataclass(frozen=True, kw_only=True)
class Reason:
    """``message`` may have several lines, the outer text first; "" where Azure says nothing."""

    message: str = ""
    code: str | None = None
    correlation_id: str | None = None


def reason(body: object, headers: Mapping[str, str] | None = None) -> Reason:
    """Of an error document, or of an operation's status document with an ``error`` in it.

    headers: of the answer that brought it, names in lower case.
    """
    told = list(islice(_walk(body), _MOST))
    code = _code(told)
    return Reason(
        message=_message(told, code),
        code=code,
        correlation_id=_correlation(body) or _correlation_header(headers or {}),
    )


@dataclass(frozen=True)
class _Told:
    code: str | None
    text: str


def _walk(node: object, depth: int = 0) -> Iterator[_Told]:
    """Every error in the document, outer ones first."""
    if depth > _DEEPEST:
        return
    if isinstance(node, list):
        for each in node:
            yield from _walk(each, depth + 1)
    if isinstance(node, str):
        yield from _walk(opened(node).packed, depth + 1)
    if not isinstance(node, dict):
        return
    invalid = list(_invalid(node))
    talk = ("title",) if not invalid else ()  # it says how many there are, and not what
    text = _first(node, *_TEXTS, *talk, "error_description")
    message = opened(text)
    inner = list(islice(_walk(message.packed, depth + 1), _MOST))
    code = _first(node, "code", "Code")
    if code or text:
        yield _Told(code or None, text if message.packed and not inner else message.words)
    yield from invalid
    yield from inner
    for key in (*_INNER, "errors"):
        yield from _walk(node.get(key), depth + 1)


def _invalid(node: Mapping[str, Any]) -> Iterator[_Told]:
    """``errors: {member: [text]}`` of problem details (RFC 9457), as ASP.NET writes them; others
    write one text there, or texts without members."""
    errors = node.get("errors")
    for member, texts in errors.items() if isinstance(errors, dict) else [("", errors)]:
        for text in texts if isinstance(texts, list) else [texts]:
            if isinstance(text, str):
                yield _Told(None, f"{member}: {text}" if member else text)


def _first(node: Mapping[str, Any], *keys: str) -> str:
    """A text of OData stands in an object: ``{"lang": …, "value": …}``."""
    found = (_object(node, key).get("value", node.get(key)) for key in keys)
    return next((each.strip() for each in found if isinstance(each, str) and each.strip()), "")


def _message(told: list[_Told], code: str | None) -> str:
    """All texts, each once; one that another contains is left out."""
    texts = dict.fromkeys(_cut(_without(code, each.text)) for each in told if each.text)
    return "\n".join(
        text for text in texts if not any(text in other for other in texts.keys() - {text})
    )


def _without(code: str | None, text: str) -> str:
    """The code is told apart."""
    text = text.removeprefix("(None) ")
    return text.removeprefix(f"{code}: ").removeprefix(f"({code}) ") if code else text


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _code(told: list[_Told]) -> str | None:
    """Those that the service gives as codes come first, then those in its words, then links."""
    given = [each.code for each in told if each.code]
    spelled = [code for each in told for code in named(each.text)]
    links = [code for each in told for code in linked(each.text)]
    codes = [*given, *spelled, *links]
    telling = [code for code in codes if code.lower() not in _VAGUE]
    helping = [code for code in codes if canonical(code)]
    return next(iter(telling or helping or [code for code in codes if code != "None"]), None)


def _correlation(node: object, depth: int = 0) -> str | None:
    """``additionalInfo: [{type: Correlation, info: {value: {operation, request}}}]``, anywhere."""
    if depth > 2 * _DEEPEST:
        return None
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    if isinstance(node, dict) and node.get("type") == "Correlation":
        return _first(_object(_object(node, "info"), "value"), "operation", "request") or None
    return next((found for each in inner if (found := _correlation(each, depth + 1))), None)


def _object(node: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Nothing in it where there is none."""
    found = node.get(key)
    return found if isinstance(found, dict) else {}


def _correlation_header(headers: Mapping[str, str]) -> str | None:
    names = ("x-ms-correlation-request-id", "x-ms-request-id", "request-id")
    return next((headers[name] for name in names if headers.get(name)), None)
