"""Amounts as Kubernetes writes them: ``500m`` cores, ``0.5Gi`` of memory.

Every unit is a factor, for cores and for memory alike: Kubernetes itself writes 0.1Gi as
``107374182400m`` bytes.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

_QUANTITY = re.compile(
    r"(?P<number>\+?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?P<unit>[num]|[kKMGTPE]i?)?", re.ASCII
)
_GIB = 1 << 30
_LETTERS = "KMGTPE"
_FACTORS: Mapping[str, int] = {
    "": 1,
    "k": 1000,
    **{f"{unit}i": 1024**nth for nth, unit in enumerate(_LETTERS, 1)},
    **{unit: 1000**nth for nth, unit in enumerate(_LETTERS, 1)},
}

_PARTS: Mapping[str, int] = {"n": 10**9, "u": 10**6, "m": 1000}
"""How many of a unit are one."""


def cores(text: str) -> float:
    """Of ``0.5`` or ``500m``. Raises ValueError."""
    return _number(text)


def gigabytes(text: str) -> float:
    """Of ``0.5Gi``, in units of 2^30 bytes. Raises ValueError."""
    return _number(text) / _GIB


def _number(text: str) -> float:
    match = _QUANTITY.fullmatch(text)
    unit = (match["unit"] or "") if match else ""
    number = float(match["number"]) if match else math.nan
    is_part = unit in _PARTS
    number = number / _PARTS[unit] if is_part else number * _FACTORS.get(unit, math.nan)
    if not math.isfinite(number):
        raise ValueError(f"{text} is no quantity")
    return number
