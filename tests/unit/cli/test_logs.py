"""How many lines of a log are wanted."""

from __future__ import annotations

from argparse import ArgumentTypeError

import pytest

from azext_ml_endpoint.cli.logs import line_count


def test_lines_are_counted_from_one() -> None:
    assert line_count("1") == 1
    for text in ("0", "-5", "1.5", "all", "", "\u0663"):
        with pytest.raises(ArgumentTypeError, match=f"'{text}' is no number of lines"):
            line_count(text)


def test_no_log_is_asked_for_more_lines_than_any_has() -> None:
    with pytest.raises(ArgumentTypeError, match="more than 1000000 lines"):
        line_count("1000001")
    with pytest.raises(ArgumentTypeError, match="more than 1000000 lines"):
        line_count("1" * 5000)
