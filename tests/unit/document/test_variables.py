from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_ml_endpoint.document.variables import substitute

VARIABLES = {"NAME": "blue", "EMPTY": "", "PASSWORD": "hunter2", "REFERENCE": "${NAME}"}


def _problem(text: str) -> str:
    found = substitute(text, VARIABLES)
    assert found.text == text, "text with a problem stays as it was written"
    (problem,) = found.problems
    return problem.message


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("${NAME}", "blue"),
        ("a-${NAME}-${NAME}", "a-blue-blue"),
        ("${EMPTY}", ""),
        ("${NAME:-green}", "blue"),
        ("${EMPTY:-green}", "green"),
        ("${UNSET:-green}", "green"),
        ("${UNSET:-}", ""),
        ("${UNSET:-a: b # c\n$$x}", "a: b # c\n$$x"),
        ("${NAME:?must be set}", "blue"),
        ("$$", "$"),
        ("$${NAME}", "${NAME}"),
        ("$$$NAME", "$$NAME"),
        ("cost: 5$, $NAME, $(NAME)", "cost: 5$, $NAME, $(NAME)"),
        ("${REFERENCE}", "${NAME}"),
        ("${secret:PASSWORD}", "hunter2"),
        ("${secret:-x}", "x"),
    ],
)
def test_references_are_replaced(text: str, result: str) -> None:
    found = substitute(text, VARIABLES)
    assert (found.text, found.problems) == (result, ())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("${UNSET}", "the environment variable UNSET is not set"),
        ("${secret:UNSET}", "the environment variable UNSET is not set"),
        ("${UNSET:?say which}", "UNSET: say which"),
        ("${EMPTY:?say which}", "EMPTY: say which"),
        ("${secret:UNSET:?ask Operations}", "UNSET: ask Operations"),
        ("${UNSET:?}", "the environment variable UNSET is not set"),
        ("${EMPTY:?}", "the environment variable EMPTY is empty"),
        ("${NAME", "'${' has no closing '}'"),
        ("${}", "'${…}' is not a variable"),
        ("${NAME-x}", "'${NAME…}' is not a variable"),
        ("${1}", "'${1…}' is not a variable"),
        ("${NAME:-${OTHER}}", "'${NAME…}' is not a variable"),
        (
            "${secret:PASSWORD:-hunter2}",
            "${secret:PASSWORD} cannot have a default: a secret is not in the file",
        ),
    ],
)
def test_what_cannot_be_replaced_is_a_problem(text: str, message: str) -> None:
    assert _problem(text) == message


def test_all_problems_of_a_text_are_told_each_once() -> None:
    found = substitute("${A} ${B} ${A}", {})
    assert [problem.message[-12:] for problem in found.problems] == ["A is not set", "B is not set"]


@pytest.mark.parametrize("text", ["${secret:PASSWORD}", "user:${secret:PASSWORD}@host"])
def test_a_text_with_a_secret_is_secret_and_its_repr_silent(text: str) -> None:
    found = substitute(text, VARIABLES)
    assert found.secret
    assert "hunter2" in found.text
    assert "hunter2" not in repr(found)


def test_what_stands_in_a_malformed_secret_is_not_repeated() -> None:
    for text in ("${secret:PASSWORD-hunter2}", "${secret:PASSWORD=hunter2"):
        assert "hunter2" not in _problem(text)


@pytest.mark.parametrize(
    ("text", "whole"),
    [("2", True), ("${NAME}", True), ("a${NAME}", False), ("${NAME}${NAME}", False), ("$$", False)],
)
def test_only_text_of_one_piece_is_whole(text: str, whole: bool) -> None:
    assert substitute(text, VARIABLES).whole is whole


@given(st.text(alphabet="${}:-?aB secret"))
def test_any_text_has_problems_or_keeps_what_is_not_in_references(text: str) -> None:
    found = substitute(text, {"a": ""})
    assert found.text == text if found.problems else len(found.text) <= len(text)
