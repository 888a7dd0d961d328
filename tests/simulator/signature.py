"""The signature that ARM puts behind the URLs of operations.

Recorded 2025-02 and 2026-03 (azure-sdk-assets, ``online_services``): ``&t=<.NET ticks>&c=<a
certificate>&s=<signature>&h=<hash>``, together some 3 000 characters of unpadded base64url. Here
they are fewer, for the sake of whoever reads journals.
"""

from __future__ import annotations

import hashlib
from urllib.parse import urlencode

SIGNED = frozenset({"t", "c", "s", "h"})
_TICKS, _EPOCH = 10_000_000, 621_355_968_000_000_000
"""Of .NET: 100 ns each, since the year 1."""
_CERTIFICATE = "MIIHhzCCBm-gAwIBAgITfAahW1AM79KhMijZVgAA_B"


def signature(address: str, now: float) -> str:
    """The query's part for an operation's URL without its query."""
    ticks = str(int(now * _TICKS) + _EPOCH)
    digest = hashlib.sha256(f"{address} {ticks}".encode()).hexdigest()
    parts = {"t": ticks, "c": _CERTIFICATE, "s": digest, "h": digest[:43]}
    return urlencode(parts)
