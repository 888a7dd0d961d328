"""The forms of an update: what goes together is taken, and what contradicts itself refused."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace

import pytest

from azext_ml_endpoint.cli.common import shares
from azext_ml_endpoint.cli.update import InOrder, instance_count, one_form
from azext_ml_endpoint.errors import UsageError


def update(**given: object) -> Namespace:
    names = ("file", "endpoint_name", "deployment", "deployment_file", "instance_count")
    others = ("traffic", "edits", "force_string", "port", "simulate", "gpus", "watch")
    return Namespace(
        **{**dict.fromkeys((*names, *others)), **given},
    )


SET, ADD, REMOVE = (("--set", ["a=1"]), ("--add", ["a", "b"]), ("--remove", ["a"]))


@pytest.mark.parametrize(
    "given",
    [
        {"file": "e.yml"},
        {"endpoint_name": "e", "simulate": True},
        {"endpoint_name": "e", "simulate": False},
        {"file": "e.yml", "endpoint_name": "e", "deployment": "blue", "edits": [SET]},
        {"endpoint_name": "e", "deployment_file": "d.yml"},
        {"endpoint_name": "e", "deployment_file": "d.yml", "deployment": "d", "edits": [SET]},
        {"endpoint_name": "e", "deployment_file": "d.yml", "traffic": {"d": 100}},
        {"endpoint_name": "e", "deployment": "d", "instance_count": 2, "traffic": {"d": 100}},
        {"endpoint_name": "e", "edits": [SET, ADD, REMOVE], "traffic": {"d": 100}},
        {"endpoint_name": "e", "port": 8080},
        {"file": "e.yml", "port": 8080},
    ],
)
def test_an_update_takes_what_goes_together(given: dict[str, object]) -> None:
    one_form(update(**given))


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
        one_form(update(**given))


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
