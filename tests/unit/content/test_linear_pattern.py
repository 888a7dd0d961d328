"""Patterns match what pathspec's own match, and no name makes them slow."""

from __future__ import annotations

import re
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

from azext_ml_endpoint.content.linear_pattern import LinearPattern

PIECES = st.sampled_from(
    ["*", "**", "/", "/**/", "?", "a", "b", "ab", "!", "\\", "\\*", "[ab]", "[!a]", "[b-a]"]
)
PATTERNS = st.lists(PIECES, min_size=1, max_size=9).map("".join)
PATHS = st.lists(st.text("ab*[", min_size=1, max_size=5), min_size=1, max_size=5).map("/".join)


@settings(max_examples=500, deadline=None)
@given(pattern=PATTERNS, paths=st.lists(PATHS, min_size=5, max_size=10))
def test_the_same_paths_match(pattern: str, paths: list[str]) -> None:
    try:
        theirs = GitIgnoreSpecPattern(pattern)
    except (ValueError, re.error):
        with pytest.raises(ValueError, match="pattern"):
            LinearPattern(pattern)
        return
    ours = LinearPattern(pattern)
    assert ours.include == theirs.include
    within = theirs.regex and re.compile(theirs.regex.pattern.replace("[^a]", "[^a/]"))
    for path in (*paths, *(f"{each}/" for each in paths)):
        assert bool(ours.match_file(path)) == bool(within and within.search(path)), path


@pytest.mark.parametrize("pattern", ["a[!b]c", "a[+-0]c", "*[!a]*?", "a[^b]c", "[]!]*[!]]"])
def test_brackets_match_no_slash(pattern: str) -> None:
    """Source: fnmatch(3) with FNM_PATHNAME, which gitignore(5) refers to."""
    assert not LinearPattern(pattern).match_file("a/c")


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*a" * 30 + "*b", "a" * 250),
        ("****" * 30 + "b", "a" * 250),
        ("?*" * 30 + "b", "a" * 250),
        ("*[a]" * 30 + "b", "a" * 250),
        ("*\\a" * 30 + "b", "a" * 250),
        ("**/a/" * 20 + "b", "a/" * 120),
        ("a/**/" * 20 + "b", "a/" * 120),
        ("**/*a*a*a/" * 5 + "b", "aaaa/" * 50),
    ],
)
@pytest.mark.timeout(20)
def test_none_tries_every_way(pattern: str, path: str) -> None:
    assert not LinearPattern(pattern).match_file(path)


def test_brackets_in_brackets_are_nobodys_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert LinearPattern("[[a]").match_file("a")


@pytest.mark.parametrize("letter", ["a", "?", "*a", "\\", "#"])
def test_a_pattern_longer_than_any_path_is_none(letter: str) -> None:
    with pytest.raises(ValueError, match="letters is longer than any path"):
        LinearPattern(letter * 10_001)
    assert LinearPattern("a" * 10_000).match_file("a" * 10_000)
