"""Option values that contradict each other are refused before anything happens."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from typing import Any

import pytest

from azext_ml_endpoint._validators import (
    InOrder,
    asset,
    condition,
    instance_count,
    line_count,
    one_body,
    online_only,
    place,
    seconds,
    shares,
    update_form,
)
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


def options(**given: Any) -> Namespace:
    known = {"local": None, "runtime": None, "resource_group_name": "rg", "workspace_name": "ws"}
    return Namespace(**{**known, **given})


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"no_wait": True},
        {"local": True, "workspace_name": None, "resource_group_name": None},
        {"local": True, "runtime": "docker", "no_wait": False},
    ],
)
def test_a_place_is_a_workspace_or_this_machine(given: dict[str, Any]) -> None:
    place(options(**given))


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ({"workspace_name": None}, "Give --workspace-name/-w, .* --defaults workspace=WORKSPACE$"),
        ({"resource_group_name": ""}, "Give --resource-group/-g, .* --defaults group=GROUP$"),
        (
            {"workspace_name": None, "resource_group_name": None},
            "-g and --workspace-name/-w, .* group=GROUP workspace=WORKSPACE$",
        ),
    ],
)
def test_what_is_missing_of_a_workspace_is_said(missing: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        place(options(**missing))


@pytest.mark.parametrize(
    ("given", "said"),
    [({"runtime": "docker"}, "--runtime"), ({"local": True, "no_wait": True}, "--no-wait")],
)
def test_what_is_for_the_other_place_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        place(options(**given))


@pytest.mark.parametrize("asked", ["created", "updated", "deleted", "exists", "custom"])
def test_any_condition_can_be_waited_for(asked: str) -> None:
    nothing = dict.fromkeys(("created", "updated", "deleted", "exists", "custom"))
    condition(Namespace(**{**nothing, asked: "true"}))
    with pytest.raises(UsageError, match="--exists or --custom QUERY"):
        condition(Namespace(**nothing))


def test_an_asset_has_a_file_or_a_name() -> None:
    asset(Namespace(file="model.yml", asset_name=None))
    asset(Namespace(file=None, asset_name="prices"))
    with pytest.raises(UsageError, match="--file, or --name"):
        asset(Namespace(file=None, asset_name=None))


def update(**given: object) -> Namespace:
    names = ("file", "endpoint_name", "deployment", "deployment_file", "instance_count")
    return Namespace(**{**dict.fromkeys((*names, "traffic", "edits", "force_string")), **given})


SET, ADD, REMOVE = (("--set", ["a=1"]), ("--add", ["a", "b"]), ("--remove", ["a"]))


@pytest.mark.parametrize(
    "given",
    [
        {"file": "e.yml"},
        {"file": "e.yml", "endpoint_name": "e", "deployment": "blue", "edits": [SET]},
        {"endpoint_name": "e", "deployment_file": "d.yml"},
        {"endpoint_name": "e", "deployment_file": "d.yml", "deployment": "d", "edits": [SET]},
        {"endpoint_name": "e", "deployment_file": "d.yml", "traffic": {"d": 100}},
        {"endpoint_name": "e", "deployment": "d", "instance_count": 2, "traffic": {"d": 100}},
        {"endpoint_name": "e", "edits": [SET, ADD, REMOVE], "traffic": {"d": 100}},
    ],
)
def test_an_update_takes_what_goes_together(given: dict[str, object]) -> None:
    update_form(update(**given))


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({}, "Give --name"),
        ({"endpoint_name": "e"}, "Say what to change"),
        ({"file": "e.yml", "edits": [SET, REMOVE]}, "--file and --remove do not go together"),
        ({"file": "e.yml", "edits": [SET], "force_string": True}, "--file and --force-string do"),
        ({"file": "e.yml", "deployment_file": "d"}, "--file and --deployment-file do not"),
        ({"endpoint_name": "e", "deployment_file": "d", "edits": [ADD]}, "and --add do not go"),
        ({"endpoint_name": "e", "deployment_file": "d", "instance_count": 1}, "--instance-count"),
        ({"endpoint_name": "e", "instance_count": 1}, "--instance-count needs --deployment"),
        ({"endpoint_name": "e", "deployment": "d"}, "--deployment needs --deployment-file"),
    ],
)
def test_an_update_refuses_what_contradicts_itself(
    given: dict[str, object], complaint: str
) -> None:
    with pytest.raises(UsageError, match=complaint):
        update_form(update(**given))


def test_traffic_is_names_and_percents() -> None:
    assert shares("blue:90, green:10") == {"blue": 90, "green": 10}
    assert shares("blue:0") == {"blue": 0}


@pytest.mark.parametrize("text", ["", "blue", "blue=90", "blue:", ":90", "blue:9.5", "blue:-1"])
def test_what_is_no_traffic_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match='"blue:90,green:10"'):
        shares(text)


def test_traffic_names_nobody_twice() -> None:
    with pytest.raises(ArgumentTypeError, match="blue is in it twice"):
        shares("blue:50,blue:50")


def test_instances_are_counted_from_one() -> None:
    assert instance_count("2") == 2
    for text in ("0", "-1", "many", "1.5", ""):
        with pytest.raises(ArgumentTypeError, match="such as 2"):
            instance_count(text)


def test_options_are_collected_in_the_order_of_the_command_line() -> None:
    parser = ArgumentParser()
    for option in ("--set", "--remove"):
        parser.add_argument(option, dest=option[2:], nargs="+", action=InOrder)
    line = ["--remove", "a", "--set", "b=1", "c=2", "--remove", "d"]
    assert parser.parse_args(line).edits == [
        ("--remove", ["a"]),
        ("--set", ["b=1", "c=2"]),
        ("--remove", ["d"]),
    ]
