"""Option values that contradict each other are refused before anything happens."""

from __future__ import annotations

from argparse import Namespace

import pytest

from azext_ml_endpoint._validators import line_count, one_body, online_only, seconds
from azext_ml_endpoint.errors import UsageError


@pytest.mark.parametrize("endpoint_type", [None, "online"])
def test_online_endpoints_are_served(endpoint_type: str | None) -> None:
    online_only(Namespace(endpoint_type=endpoint_type))


def test_batch_endpoints_are_refused_with_where_to_go() -> None:
    with pytest.raises(UsageError, match=r"online endpoints only.*az ml batch-endpoint"):
        online_only(Namespace(endpoint_type="batch"))


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


@pytest.mark.parametrize(("text", "value"), [("0.5", 0.5), ("300", 300), ("1e3", 1000)])
def test_a_time_to_wait_is_given_in_seconds(text: str, value: float) -> None:
    assert seconds(text) == value


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", "1e300", "soon", ""])
def test_what_is_no_time_to_wait_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        seconds(text)


def test_lines_are_counted_from_one() -> None:
    assert line_count("1") == 1
    for text in ("0", "-5", "1.5", "all"):
        with pytest.raises(ValueError):  # noqa: PT011
            line_count(text)
