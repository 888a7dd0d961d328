"""Whom the page answers: the judgement of a request's head. Pure.

Other users of this machine do not know the token. Other pages in the same browser can neither read
an answer nor have anything changed: their Origin is another, and a name of theirs that leads to
127.0.0.1 (DNS rebinding) is another Host.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass

JSON = "application/json"
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Of every answer."""
MOST_BYTES = 10 << 20
"""Of a request's body; Azure takes no larger one either."""


class Refusal(Exception):
    """status: of HTTP. message: a sentence. allowed: methods, where another one was used."""

    def __init__(self, status: int, message: str, allowed: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.allowed = allowed


@dataclass(frozen=True)
class Head:
    """A request without its body. headers: in their order, as they came."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]

    def header(self, name: str) -> str | None:
        """Raises Refusal for one that is there twice: others may read the other one."""
        found = [text.strip() for known, text in self.headers if known.lower() == name]
        if len(found) > 1:
            raise Refusal(400, f"The header {name} is there twice.")
        return found[0] if found else None


def admitted(head: Head, port: int, token: str) -> str:
    """The path below the token, without a slash before it. Raises Refusal.

    port: that the page listens on.
    """
    host = _host(head, port)
    path = _below(head.target.partition("?")[0], token)
    if head.header("sec-fetch-site") not in (None, "same-origin", "none"):
        raise Refusal(403, "Another site has sent this request.")
    changes = head.method != "GET"
    origin = head.header("origin")
    if origin != f"http://{host}" and (changes or origin is not None):
        raise Refusal(403, "This request does not come from the page itself.")
    if changes and _essence(head.header("content-type")) != JSON:
        raise Refusal(415, f"Only {JSON} is read.")
    return path


def length(head: Head) -> int:
    """Bytes of the body. Raises Refusal where that is not said, or too much."""
    said = head.header("content-length")
    if head.header("transfer-encoding") is not None or said is None:
        raise Refusal(411, "The length of the body is not said.")
    if not (said.isascii() and said.isdigit()):
        raise Refusal(400, "The length of the body is no number.")
    if len(said) > len(str(MOST_BYTES)) or int(said) > MOST_BYTES:
        raise Refusal(
            413,
            f"The request is larger than {MOST_BYTES >> 20} MB: az ml endpoint invoke "
            "--request-file FILE sends it.",
        )
    return int(said)


def _host(head: Head, port: int) -> str:
    host = (head.header("host") or "").lower()
    if host not in (f"127.0.0.1:{port}", f"localhost:{port}"):
        raise Refusal(403, f"The page is at 127.0.0.1:{port}, and known by no other name.")
    return host


def _below(path: str, token: str) -> str:
    """All tokens are compared in the same time, however much of them is right."""
    root, _, rest = path.removeprefix("/").partition("/")
    same = hmac.compare_digest(root.encode("utf-8", "replace"), token.encode())
    if not (same and path.startswith(f"/{root}/")):
        raise Refusal(403, "The address lacks its token: az ml endpoint ui has printed all of it.")
    return rest


def _essence(content_type: str | None) -> str:
    return (content_type or "").partition(";")[0].strip().lower()
