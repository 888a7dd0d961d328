"""Which headers pass from one connection to the next. A part of the gateway's program."""

from __future__ import annotations

from typing import Any

_HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""RFC 9110, 7.6.1: headers of one connection."""
_END_TO_END = frozenset({"content-length", "host"})
"""Whatever a connection says of them: a body that has lost its length is another one."""

Pairs = list[tuple[str, str]]


def passed_on(headers: Any) -> Pairs:
    """Without those of the connection, and without those that it names."""
    pairs: Pairs = list(headers)
    named = [value for name, value in pairs if name.lower() == "connection"]
    own = _HOP_BY_HOP
    if named:
        options = {each.strip().lower() for value in named for each in value.split(",")}
        own = own | options - _END_TO_END
    return [(name, value) for name, value in pairs if name.lower() not in own]
