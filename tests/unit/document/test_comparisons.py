from __future__ import annotations

from typing import Any

import pytest

from azext_ml_endpoint.document import comparisons
from azext_ml_endpoint.document.model import Comparison


@pytest.mark.parametrize(
    ("text", "path", "sign", "value"),
    [
        ("length(@) == 2", "length(@)", "==", 2),
        ("a.b!=null", "a.b", "!=", None),
        ("[0] <= 1.5", "[0]", "<=", 1.5),
        ("[0] >= -1", "[0]", ">=", -1),
        ("name == blue", "name", "==", "blue"),
        ('name == "blue"', "name", "==", "blue"),
        ('name != "a > b"', "name", "!=", "a > b"),
        ("@ == [1, {}]", "@", "==", [1, {}]),
        ("length([?age > `20`]) < 3", "length([?age > `20`])", "<", 3),
        ("[?a == 'x'].b == [1]", "[?a == 'x'].b", "==", [1]),
        ("a\n== 1", "a", "==", 1),
    ],
)
def test_a_text_is_a_path_a_sign_and_a_value(text: str, path: str, sign: Any, value: Any) -> None:
    assert comparisons.parse(text) == Comparison(path=path, sign=sign, value=value)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "it is no comparison"),
        ("length(@)", "it is no comparison"),
        ("== 2", "it is no comparison"),
        ("a =", "it is no comparison"),
        ("a[ == 2", r"'a\[' is no JMESPath: it is incomplete"),
        ("size(@) == 2", r"'size\(@\)' is no JMESPath: unknown function"),
    ],
)
def test_what_is_no_comparison_is_told(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        comparisons.parse(text)
