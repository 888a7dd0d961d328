"""What is sent is said once."""

from __future__ import annotations

from argparse import Namespace

import pytest

from azext_ml_endpoint.cli.invoke import one_body
from azext_ml_endpoint.errors import UsageError


@pytest.mark.parametrize(
    ("request_file", "data"), [("request.json", None), (None, "{}"), (None, ""), (None, "-")]
)
def test_one_body_is_enough(request_file: str | None, data: str | None) -> None:
    one_body(Namespace(request_file=request_file, data=data))


@pytest.mark.parametrize("data", ["{}", ""])
def test_two_bodies_are_refused(data: str) -> None:
    with pytest.raises(UsageError, match="not both"):
        one_body(Namespace(request_file="request.json", data=data))


def test_no_body_is_refused_with_the_three_ways_to_give_one() -> None:
    with pytest.raises(UsageError, match=r"--request-file FILE, --data TEXT or --data -"):
        one_body(Namespace(request_file=None, data=None))
