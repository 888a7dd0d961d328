"""The page for those who come from the extension `ml`: each of its commands, run as it stands."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from tests.fakes.cloud_world import CloudWorld
from tests.fakes.extension_ml import COMMANDS, EVERYWHERE
from tests.functional.in_process_az import az

PAGE = Path(__file__).parents[2] / "docs/from-ml.md"
SAMPLES = "endpoints/online"
FILES = ["endpoint.yml", "blue.yml", "green.yml"]
VALUES = {"NAME": "my-two-files", "FILE": "request.json"}
BEFORE = {
    "az ml endpoint update -n NAME --remove tags.team": "update -n NAME --set tags.team=prices",
    'az ml endpoint update -n NAME --remove "deployments[name=blue].environment_variables.LEVEL"': (
        "update -n NAME --set deployments[name=blue].environment_variables.LEVEL=debug"
    ),
    "az ml endpoint delete -n NAME -d blue": "update -n NAME --traffic green:100",
    "az ml endpoint rollback -n NAME": "update -n NAME --traffic blue:50,green:50",
}
"""What must have been done first."""
MORE = {"delete": ["--yes"], "rollout": ["--bake", "0"]}
"""What nobody waits for or is asked here."""
COMMAND = re.compile(r"`(az ml endpoint [^`]*)`")
THEIRS = re.compile(r"`az ml (online-\w+ [\w-]+)([^`]*)`")
OPTION = re.compile(r"--[a-z-]+")
OURS = ("create", "update", "apply", "show", "list", "delete", "invoke", "get-credentials")
OURS += ("regenerate-keys", "get-logs", "wait")


def commands() -> list[str]:
    """Of the right columns of the tables, and of the list below them."""
    lines = PAGE.read_text("utf-8").partition("## What is otherwise")[0].splitlines()
    cells = [line.split(" | ")[-1] for line in lines]
    return list(dict.fromkeys(found for cell in cells for found in COMMAND.findall(cell)))


def rows() -> list[tuple[str, str]]:
    """Of all tables: what is written there, and here."""
    cells = [line.strip("| ").split(" | ") for line in PAGE.read_text("utf-8").splitlines()]
    return [(each[0], each[1]) for each in cells if len(each) == 2 and each[0].startswith("`")]


def options_here() -> frozenset[str]:
    helps = [az("ml", "endpoint", each, "--help").stdout for each in OURS]
    return frozenset(option for each in helps for option in OPTION.findall(each))


# What the extension has is on the page


def test_every_command_of_the_extension_has_its_row() -> None:
    there = [match[1] for each, _ in rows() if (match := THEIRS.match(each))]
    assert set(there) == COMMANDS.keys()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_of_the_extension_has_its_row(command: str) -> None:
    own = [each for each, _ in rows() if f"az ml {command}" in each]
    general = [each for each, _ in rows() if not each.startswith("`az ml")]
    told = {option for each in (*own, *general) for option in OPTION.findall(each)}
    assert (COMMANDS[command] | EVERYWHERE) - told == set()


def test_no_row_is_of_what_the_extension_has_not() -> None:
    known = EVERYWHERE.union(*COMMANDS.values())
    told = {option for each, _ in rows() for option in OPTION.findall(each)}
    assert told - known == set()


def test_what_is_said_to_be_the_same_is_there_and_what_is_not_is_not() -> None:
    here = options_here()
    of_options = [(each, said) for each, said in rows() if not each.startswith("`az ml")]
    same = [each for each, said in of_options if said.startswith("the same")]
    none = [each for each, said in of_options if said.startswith("none")]
    assert len(same) > 10
    assert len(none) > 2
    assert {option for each in same for option in OPTION.findall(each)} - here == set()
    assert {option for each in none for option in OPTION.findall(each)} & here == set()
    named = {option for _, said in of_options for option in OPTION.findall(said)}
    assert named - here == set()


# What is on the page works


@pytest.fixture(autouse=True)
def _deployed(samples: Path, azure: CloudWorld) -> None:
    """Today's files, by the names that the page gives them, and what they make."""
    for each in FILES:
        text = Path(f"{SAMPLES}/managed/two-files/{each}").read_text()
        Path(each).write_text(text.replace("../../", f"{SAMPLES}/"))
    shutil.copy(f"{SAMPLES}/model-1/sample-request.json", "request.json")
    run(f"apply -f {' '.join(FILES)} --traffic blue:100")
    azure.simulator.journal.clear()


def run(command: str) -> None:
    words = [VALUES.get(word, word) for word in shlex.split(command)]
    if "FOLDER" in words and "-f" in words:
        at = words.index("FOLDER")
        words[at : at + 1] = FILES
    made = az("ml", "endpoint", *words, *MORE.get(words[0], []))
    assert made.exit_code == 0, made.stderr


def test_there_are_commands_on_the_page() -> None:
    assert len(commands()) > 20


@pytest.mark.parametrize("command", commands())
def test_every_command_of_the_page_works(azure: CloudWorld, command: str) -> None:
    if command in BEFORE:
        run(BEFORE[command])
    run(command.removeprefix("az ml endpoint "))
    assert azure.simulator.journal.refused() == []


def test_what_was_applied_is_applied_again_without_a_write(azure: CloudWorld) -> None:
    run("apply -f FOLDER")
    assert azure.writes() == []


@pytest.mark.parametrize(
    ("option", "command", "query", "made"),
    [
        (
            '--set "deployments[blue].name=cyan"',
            "apply -f blue.yml",
            "deployments[].name",
            ["blue", "cyan", "green"],
        ),
        ("--set auth_mode=aml_token", "create -f endpoint.yml -n other", "auth_mode", "aml_token"),
        (
            "--set deployments[blue].instance_count=2",
            "update -f blue.yml",
            "deployments[0].scale_settings.instance_count",
            2,
        ),
        (
            "--set deployments[name=blue].tags.team=x",
            "update -n NAME",
            "deployments[0].tags",
            {"team": "x"},
        ),
        ("--set mirror_traffic.green=10", "update -n NAME", "mirror_traffic", {"green": 10}),
    ],
)
def test_an_option_of_the_page_does_what_it_says(
    option: str, command: str, query: str, made: object
) -> None:
    assert option.removeprefix("--set ") in PAGE.read_text("utf-8")
    words = [VALUES.get(word, word) for word in shlex.split(f"{command} {option}")]
    done = az("ml", "endpoint", *words, "--query", query)
    assert done.exit_code == 0, done.stderr
    assert done.json == made
