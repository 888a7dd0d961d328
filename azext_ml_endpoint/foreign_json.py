"""JSON that somebody else has written."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

MOST_NESTED = 200
"""Levels. What is deeper az could not print either: it takes several calls for each level."""


def loads(
    content: str | bytes, made: Callable[[dict[str, Any]], dict[str, Any]] | None = None
) -> Any:
    """Raises ValueError for whatever is no JSON: also for bytes that are no text, and for what is
    nested so deep that no program of ours could go through it.
    made: what becomes of each object.
    """
    try:
        data = json.loads(content, object_hook=made)
    except RecursionError:
        raise _too_deep() from None
    if _brackets(content) > MOST_NESTED and _is_deep(data):
        raise _too_deep()
    return data


def _too_deep() -> ValueError:
    return ValueError(f"it is nested more than {MOST_NESTED} deep")


def _brackets(content: str | bytes) -> int:
    """Not less than the depth."""
    if isinstance(content, str):
        return content.count("[") + content.count("{")
    return content.count(b"[") + content.count(b"{")


def _is_deep(data: Any) -> bool:
    level, depth = [data], 0
    while level and depth < MOST_NESTED:
        level = [below for each in level for below in _below(each)]
        depth += 1
    return bool(level)


def _below(data: Any) -> list[Any]:
    inner = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    return [each for each in inner if isinstance(each, (dict, list))]
