"""The page for those who come from the extension `ml`: each of its commands, run as it stands."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from tests.fakes.cloud_world import CloudWorld
from tests.functional.in_process_az import az

PAGE = Path(__file__).parents[2] / "docs/from-ml.md"
SAMPLES = "endpoints/online"
FILES = ["endpoint.yml", "blue.yml", "green.yml"]
VALUES = {"NAME": "my-two-files", "FILE": "request.json"}
BEFORE = {
    "az ml endpoint delete -n NAME -d blue": "update -n NAME --traffic green:100",
    "az ml endpoint rollback -n NAME": "update -n NAME --traffic blue:50,green:50",
}
"""What must have been done first."""
MORE = {"delete": ["--yes"], "rollout": ["--bake", "0"]}
"""What nobody waits for or is asked here."""
COMMAND = re.compile(r"`(az ml endpoint [^`]*)`")


def commands() -> list[str]:
    """Of the right columns of the tables, and of the list below them."""
    lines = PAGE.read_text("utf-8").partition("## What is otherwise")[0].splitlines()
    cells = [line.split(" | ")[-1] for line in lines]
    return list(dict.fromkeys(found for cell in cells for found in COMMAND.findall(cell)))


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
