"""Patterns of ignore files that match the same as pathspec's, without trying every way to do it.

pathspec makes regular expressions of them in which each ``*`` may give back what it took: four of
them look at a name of 200 letters a hundred million times. What stands between two ``*``, or two
``**``, may as well be taken where it is found first: what comes later is skipped by the second.

Brackets match no slash, as in Git; pathspec lets some of them, such as ``[!a]``.
"""

from __future__ import annotations

import itertools
import re
import warnings
from collections.abc import Callable
from typing import Any

from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

_STAR, _FOLDERS, _LEADING = "[^/]*", "(?:/.+)?", "^(?:.+/)?"
"""What pathspec writes for ``*``, and for ``**`` in the midst of a pattern and at its beginning."""

_BETWEEN = re.compile(
    rf"{re.escape(_STAR)}(?P<piece>(?:\\.|\[\^/\]|[^/\\])*?)(?={re.escape(_STAR)})", re.DOTALL
)
_BRACKETS = re.compile(
    r"\\.|\[\^/\]|(?P<brackets>\[\^?\]?(?:\\.|[^\]\\])*\])|\[.*",  # the last is never closed
    re.DOTALL,
)
_NO_SLASH = r"(?!\x2f)"
_LONGEST = 10_000
"""No system has paths of so many letters, and pathspec takes the square of them in time."""


class LinearPattern(GitIgnoreSpecPattern):
    """Raises ValueError for what is no pattern."""

    def __init__(self, pattern: str) -> None:
        if len(pattern) > _LONGEST:
            raise ValueError(f"a pattern of {len(pattern)} letters is longer than any path")
        try:
            with warnings.catch_warnings():  # of Python, about brackets in brackets
                warnings.simplefilter("ignore", FutureWarning)
                super().__init__(pattern)
        except re.error as error:
            raise ValueError(f"{pattern!r} is no pattern: {error.msg}") from error

    @classmethod
    def pattern_to_regex(cls, pattern: Any) -> Any:
        regex, include = super().pattern_to_regex(pattern)
        return regex and linear(_BRACKETS.sub(_within_a_folder, regex)), include


def _within_a_folder(found: re.Match[str]) -> str:
    return f"{_NO_SLASH}{found[0]}" if found["brackets"] else found[0]


def linear(regex: str) -> str:
    """What pathspec has made, as an expression that decides in one way only."""
    numbers = itertools.count()

    def first(text: str) -> str:
        """Never tried again: atomic groups are new in Python 3.11."""
        name = f"first{next(numbers)}"
        return f"(?=(?P<{name}>{text}))(?P={name})"

    def starred(found: re.Match[str]) -> str:
        return first(f"[^/]*?{found['piece']}") if found["piece"] else ""

    return _by_folders(_BETWEEN.sub(starred, regex), first)


def _by_folders(regex: str, first: Callable[[str], str]) -> str:
    head, *middle = regex.split(_FOLDERS)
    if not middle:
        return regex
    last = middle.pop()
    if head.startswith(_LEADING):
        head = "^" + first(f"(?:.+?/)??{head[len(_LEADING) :]}(?=/)")
    found = "".join(first(f"(?:/.+?)??{each}(?=/)") for each in middle)
    return f"{head}{found}{_FOLDERS}{last}"
