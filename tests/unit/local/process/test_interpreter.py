"""Which Python suits what a conda file asks for."""

from __future__ import annotations

import pytest

from azext_ml_endpoint.local.process.interpreter import Interpreter


@pytest.mark.parametrize(
    ("version", "wanted", "suits"),
    [
        ("3.11.7", ("==3.11.*",), True),
        ("3.11.7", ("==3.10.*",), False),
        ("3.12.1", ("==3.10.*", ">=3.12,<3.13"), True),
        ("3.13.0", (">=3.10,<3.15",), True),
        ("3.11.7", (), True),
        ("3.6.8", (), False),
    ],
)
def test_an_interpreter_suits_one_of_the_alternatives(
    version: str, wanted: tuple[str, ...], suits: bool
) -> None:
    assert Interpreter("/usr/bin/python3", version).suits(wanted) is suits
