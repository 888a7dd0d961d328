"""Remedies that words of the message decide."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeAlias

Words: TypeAlias = tuple[re.Pattern[str], str]
"""What is searched, and the remedy; its ``{name}`` are the pattern's groups.

Messages come from afar: every repetition in a pattern has an end.
"""


def words(pattern: str, remedy: str) -> Words:
    return re.compile(pattern, re.IGNORECASE), remedy


def said(table: Iterable[Words], told: str) -> str | None:
    """The remedy of the first words that are found."""
    matches = ((pattern.search(told), remedy) for pattern, remedy in table)
    return next((remedy.format(**found.groupdict()) for found, remedy in matches if found), None)
