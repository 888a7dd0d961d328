"""Amounts as Kubernetes writes them: ``500m`` cores, ``0.5Gi`` of memory."""

from __future__ import annotations

import re

_QUANTITY = re.compile(r"(?P<number>\d+(?:\.\d+)?)(?P<unit>m|[KMGT]i?)?")
_GIB = 1 << 30
_BYTES: dict[str, int] = {f"{unit}i": 1 << (10 * nth) for nth, unit in enumerate("KMGT", 1)} | {
    unit: 1000**nth for nth, unit in enumerate("KMGT", 1)
}


def cores(text: str) -> float:
    """Of ``0.5`` or ``500m``. Raises ValueError."""
    number, unit = _quantity(text)
    if unit not in ("", "m"):
        raise ValueError(f"{text} is no amount of cores")
    return number / 1000 if unit == "m" else number


def gigabytes(text: str) -> float:
    """Of ``0.5Gi``, in units of 2^30 bytes. Raises ValueError."""
    number, unit = _quantity(text)
    if unit == "m":
        raise ValueError(f"{text} is no amount of memory")
    return number * _BYTES.get(unit, 1) / _GIB


def _quantity(text: str) -> tuple[float, str]:
    match = _QUANTITY.fullmatch(text)
    if match is None:
        raise ValueError(f"{text} is no quantity")
    return float(match["number"]), match["unit"] or ""
