"""The errors for what ARM answers, or for its silence, in words for the one who reads them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from azext_ml_endpoint import foreign_json
from azext_ml_endpoint.cloud.arm.reasons import Reason, reason
from azext_ml_endpoint.cloud.arm.resource_names import spoken
from azext_ml_endpoint.cloud.redaction import redact
from azext_ml_endpoint.cloud.remedies import remedy
from azext_ml_endpoint.errors import (
    EndpointError,
    MissingResourceError,
    NotLoggedInError,
    ServiceError,
    UnreachableError,
)

_VERBS = {"GET": "to show", "PUT": "to write", "PATCH": "to update", "DELETE": "to delete"}
_NETWORK = "Check the network, and HTTPS_PROXY and NO_PROXY if there is a proxy."
_LOGIN = (
    "Log in with `az login`. Where no person is: `az login --service-principal` or"
    " `az login --identity`."
)

_PAGE = "Azure answers with JSON. Check whether a proxy answers in its place (HTTPS_PROXY)."
_MOST_DIGITS = 9
_LONG_SECONDS = 120
"""A wait below this is a minute, in words."""
_WORKSPACE = "Check --resource-group and --workspace-name, and the subscription: `az account show`."


def parsed(
    content: bytes, made: Callable[[dict[str, Any]], dict[str, Any]] | None = None
) -> object:
    """The JSON of a body; None where there is none; its text where it is no JSON.

    made: what becomes of each object.
    """
    if not content.strip():
        return None
    try:
        return foreign_json.loads(content, made)
    except ValueError:
        return content.decode("utf-8", errors="replace")


def redirected(host: str, status: int, location: str) -> ServiceError:
    """For an answer that points elsewhere: what was asked may hold secrets, and stays here."""
    to = redact(location.partition("?")[0][:200]).encode("unicode_escape").decode("ascii")
    return ServiceError(
        f"{host} answers {status} and points to {to or 'nowhere'}; that is not followed, and "
        "nothing was sent there.",
        _PAGE,
        code="Redirected",
        status=status,
    )


def refused(
    method: str, path: str, status: int, body: object, headers: Mapping[str, str]
) -> EndpointError:
    """For an answer with a status of 400 or above. body: as :func:`parsed` gives it."""
    why = reason(body, headers)
    told = why.message or (_title(body) if isinstance(body, str) else "") or "it gives no reason"
    told = f"{told} {facts(why, status)}"
    if status == 401:
        return NotLoggedInError(
            f"Azure does not accept the credential: {told}", remedy(why.code, status, why.message)
        )
    thing, step = spoken(path), _wait(headers) or remedy(why.code, status, why.message)
    if isinstance(body, str) and "<html" in body.lower():
        step = _PAGE
    if status == 404 and _means_workspace(why.code, told):
        thing, step = "such workspace", _WORKSPACE
    kind: type[ServiceError] = MissingResourceError if status == 404 else ServiceError
    return kind(
        f"There is no {thing}: {told}"
        if status == 404
        else f"Azure refused {_deed(method, path)} {thing}: {told}",
        step,
        code=why.code,
        status=status,
        correlation_id=why.correlation_id,
    )


def facts(why: Reason, status: int | None = None) -> str:
    """What a support ticket needs: ``(HTTP 409, Conflict, correlation id 0f…)``; "" for nothing."""
    known = (
        status and f"HTTP {status}",
        why.code,
        why.correlation_id and f"correlation id {why.correlation_id}",
    )
    told = ", ".join(each for each in known if each)
    return f"({told})" if told else ""


def not_json(host: str, status: int, text: str) -> ServiceError:
    return ServiceError(
        f"{host} answered with something that is not JSON (HTTP {status}): {_title(text)}", _PAGE
    )


def no_token(told: str, step: str | None = None) -> NotLoggedInError:
    """told: by the credential, why it gives none."""
    return NotLoggedInError(f"There is no token for Azure: {told}", step or _LOGIN)


def unreachable(host: str, told: str) -> UnreachableError:
    """told: the text of the network library's error."""
    why = _innermost(told)
    problem, step = f"{host} cannot be reached: {why}", _NETWORK
    if "CERTIFICATE" in told or "SSLError" in told:
        problem = f"{host} shows a certificate that is not trusted: {why}"
        step = "Behind a proxy that inspects TLS, name its CA in REQUESTS_CA_BUNDLE."
    elif "ProxyError" in told or "connect to proxy" in told:
        problem = f"{host} cannot be reached through the proxy: {why}"
    elif "Read timed out" in told:
        problem = f"{host} took the request and did not answer: {why}"
    return UnreachableError(f"{problem}.", step)


def workspace_is_missing(error: MissingResourceError) -> bool:
    """Whether a 404 means the workspace, or what it is in, and not what was asked for."""
    return _means_workspace(error.code, error.message)


def _means_workspace(code: str | None, told: str) -> bool:
    if (code or "").lower() in ("resourcegroupnotfound", "subscriptionnotfound"):
        return True
    _, found, rest = told.partition("MachineLearningServices/workspaces/")
    return bool(found) and "/" not in rest.partition("'")[0]


def _deed(method: str, path: str) -> str:
    if method != "POST":
        return _VERBS[method]
    return f"{path.partition('?')[0].rpartition('/')[2]} of"


def _wait(headers: Mapping[str, str]) -> str | None:
    """Where Azure wants to be left alone for longer than anybody waits for an answer."""
    seconds = seconds_asked(headers)
    if seconds < _LONG_SECONDS:
        return None
    minutes = -(-seconds // 60)
    return f"Azure asks to wait {minutes} minutes; run the same command again then."


def seconds_asked(headers: Mapping[str, str]) -> int:
    """Of Retry-After; 0 where it is not there, or no number of seconds (RFC 9110)."""
    text = headers.get("retry-after", "")
    is_number = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    return int(text) if is_number else 0


def _title(text: str) -> str:
    """Of an HTML page its title, of other text its beginning."""
    _, page, rest = text.partition("<title>")
    return redact(" ".join((rest.partition("</title>")[0] if page else text).split())[:200])


_WRAPPING = re.compile(
    r"<[^<>]*>:? ?|\b\w*Connection(?:Pool)?\([^()]*\):? |\b[A-Z]\w+\((?:\d+, )?|\[Errno -?\d+\] "
    r"|[\"'()]|Failed to establish a new connection: |Unable to connect to proxy[\"', ]+"
)


def _innermost(told: str) -> str:
    """Of errors wrapped in each other's text, what the one inside says."""
    last = _WRAPPING.sub("", told.rsplit("Caused by ", 1)[-1])
    return last.replace(".,", ",").strip(" .,")[:200]
