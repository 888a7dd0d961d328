"""`watch` and `--watch`, over files that are saved when the test says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from azext_ml_endpoint.handlers import session
from azext_ml_endpoint.local.machine import Machine
from azext_ml_endpoint.watching import saves
from azext_ml_endpoint.watching.sources import Sources
from tests.fakes.memory_runtime import Behaviour, MemoryRuntime
from tests.fakes.memory_saves import MemorySaves
from tests.functional.in_process_az import Result, az
from tests.functional.sample_files import BLUE, FLOW, GREEN_FILE, SCRIPT, STEPS

FLIGHT = f"{FLOW}/4-flight-green.yml"

pytestmark = pytest.mark.usefixtures("samples")
Save = Callable[[], object]


@pytest.fixture
def saved(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, Save]]:
    """What is saved, one after the other, and then Ctrl-C."""
    waiting: list[tuple[Path, Save]] = []

    @contextmanager
    def opened(_: Sources, __: Callable[[], bool]) -> Iterator[MemorySaves]:
        def changed() -> Iterator[frozenset[Path]]:
            while waiting:
                path, save = waiting.pop(0)
                save()
                yield frozenset({path.resolve()})
            raise KeyboardInterrupt

        yield MemorySaves(changed())

    monkeypatch.setattr(saves, "opened", opened)
    return waiting


def edit(text: str) -> tuple[Path, Save]:
    return SCRIPT, lambda: SCRIPT.write_text(SCRIPT.read_text() + text)


def endpoint(command: str, *arguments: str) -> Result:
    return az("ml", "endpoint", command, "--local", "-n", "houses", *arguments)


def starts(runtime: MemoryRuntime) -> list[str]:
    return [each for each in runtime.events if each.startswith(("start", "warm", "spare"))]


@pytest.mark.parametrize("command", [("watch",), ("create", "--watch"), ("apply", "--watch")])
def test_what_is_saved_gets_of_this_machine_what_was_asked_for(
    saved: list[tuple[Path, Save]], runtime: MemoryRuntime, command: tuple[str, ...]
) -> None:
    saved += [edit("\n# once\n")]
    endpoint(*command, "-f", BLUE, "--gpus", "all", "--platform", "linux/arm64")
    assert runtime.machine == Machine(gpus="all", platform="linux/arm64")


def test_what_is_saved_is_served_from_what_waited_for_it(
    saved: list[tuple[Path, Save]], runtime: MemoryRuntime
) -> None:
    saved += [edit("\n# once\n"), edit("\n# twice\n")]
    done = endpoint("watch", "-f", BLUE)
    assert (done.exit_code, done.stdout) == (0, "")
    assert starts(runtime) == [
        *("start blue-1", "spare blue"),
        *("warm blue-2", "start blue-2", "spare blue"),
        *("warm blue-3", "start blue-3", "spare blue"),
    ]
    assert done.stderr.count("blue: score.py served ") == 2
    assert runtime.spares == {}, "nobody watches any more"
    (deployment,) = endpoint("show").json["deployments"]
    assert deployment["state"] == "running"


def test_a_broken_save_is_told_of_and_the_old_one_serves_on(
    saved: list[tuple[Path, Save]], runtime: MemoryRuntime
) -> None:
    def fail() -> None:
        SCRIPT.write_text(SCRIPT.read_text() + "\n# fails\n")
        runtime.behaviours["blue"] = Behaviour(exit_code=3)

    saved += [edit("\ndef run(\n"), (SCRIPT, lambda: SCRIPT.write_text("def run(data): pass"))]
    saved.append((SCRIPT, fail))
    before = SCRIPT.read_text()
    saved.insert(2, (SCRIPT, lambda: SCRIPT.write_text(before)))
    done = endpoint("watch", "-f", BLUE)
    assert done.exit_code == 0
    assert "score.py:" in done.stderr and "does not parse" in done.stderr
    assert "has no init()" in done.stderr
    assert "blue crashed while it started" in done.stderr
    assert done.stderr.count("What served before goes on serving.") == 3
    (there,) = (each for each in runtime.instances() if each.promoted)
    assert there.id == "blue-1"


def test_a_change_of_the_file_is_planned_and_applied(
    saved: list[tuple[Path, Save]], runtime: MemoryRuntime
) -> None:
    file = Path(BLUE)

    def change() -> None:
        text = file.read_text()
        file.write_text(
            text.replace(
                "    instance_type", "    environment_variables: {A: b}\n    instance_type", 1
            )
        )

    saved.append((file, change))
    done = endpoint("watch", "-f", BLUE)
    assert "update deployment blue: environment_variables changed" in done.stderr
    assert runtime.specs["blue-2"].variables == {"A": "b"}
    saved.append((file, lambda: file.write_text("name: [")))
    assert "What served before goes on serving." in endpoint("watch", "-f", BLUE).stderr


@pytest.mark.parametrize("asked", [STEPS, f"{STEPS}/*.yml"])
def test_a_file_that_comes_into_the_folder_that_was_named_is_read(
    asked: str, saved: list[tuple[Path, Save]]
) -> None:
    text = Path(GREEN_FILE).read_text()
    Path(GREEN_FILE).unlink()
    saved.append((Path(GREEN_FILE), lambda: Path(GREEN_FILE).write_text(text)))
    told = endpoint("watch", "-f", asked).stderr
    assert "green: 3-create-green.yml served" in told
    assert [each["name"] for each in endpoint("show").json["deployments"]] == ["blue", "green"]


@pytest.mark.parametrize(
    ("old", "new"),
    [("instance_count: 1", "instance_count: 2"), ("name: ", "name:  "), ("\n", "  # a note\n")],
    ids=["what counts in Azure alone", "a space", "a comment"],
)
def test_a_save_that_changes_nothing_is_told_of(
    old: str, new: str, saved: list[tuple[Path, Save]], runtime: MemoryRuntime
) -> None:
    endpoint("create", "-f", BLUE)
    file = Path(BLUE)
    assert old in file.read_text()
    saved.append((file, lambda: file.write_text(file.read_text().replace(old, new, 1))))
    told = endpoint("watch", "-f", BLUE).stderr
    assert told.count(": nothing to do") == 2  # at first, and of what was saved
    assert len(runtime.instances()) == 1


def test_a_change_of_traffic_is_told_to_be_done(saved: list[tuple[Path, Save]]) -> None:
    file = Path(FLIGHT)
    moved = file.read_text().replace("blue: 90", "blue: 50").replace("green: 10", "green: 50")
    saved.append((file, lambda: file.write_text(moved)))
    told = endpoint("watch", "-f", FLIGHT).stderr
    assert "set traffic to blue 50 %, green 50 %" in told
    assert told.count("houses: 4-flight-green.yml done ") == 1
    assert endpoint("show").json["traffic"] == {"blue": 50, "green": 50}


def test_a_deletion_that_is_not_agreed_to_waits_for_another_save(
    saved: list[tuple[Path, Save]], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = Path(FLIGHT)
    answers = [False, True]
    monkeypatch.setattr(session, "agreed", lambda _: answers.pop(0))
    begins, all_of_it = file.read_text().index("  - name: green"), file.read_text()
    less = all_of_it[:begins].replace("blue: 90", "blue: 100").replace("  green: 10\n", "")
    saved += [(file, lambda: file.write_text(less)), edit("\n# once\n")]
    saved.append((file, lambda: file.write_text(f"{less}\n")))
    told = endpoint("watch", "-f", FLIGHT).stderr
    assert "Not agreed to: nothing was changed. What served before goes on serving." in told
    assert "green: score.py served" in told
    assert [each["name"] for each in endpoint("show").json["deployments"]] == ["blue"]


@pytest.mark.parametrize("command", ["create", "apply", "update"])
def test_other_commands_go_on_watching(
    saved: list[tuple[Path, Save]], runtime: MemoryRuntime, command: str
) -> None:
    if command == "update":
        endpoint("create", "-f", BLUE)
    saved.append(edit("\n# once\n"))
    done = endpoint(command, "-f", BLUE, "--watch")
    assert done.exit_code == 0 and done.json["name"] == "houses"
    assert "blue: score.py served " in done.stderr
    assert "warm blue-2" in runtime.events


def test_a_setting_keeps_memory_free(
    saved: list[tuple[Path, Save]], runtime: MemoryRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_ML_ENDPOINT_LOCAL_SPARE", "false")
    saved.append(edit("\n# once\n"))
    endpoint("watch", "-f", BLUE)
    assert starts(runtime) == ["start blue-1", "start blue-2"]
    monkeypatch.setenv("AZURE_ML_ENDPOINT_LOCAL_SPARE", "perhaps")
    assert "ml_endpoint.local_spare" in endpoint("watch", "-f", BLUE).stderr


def test_an_update_after_an_edit_leaves_one_that_waits(runtime: MemoryRuntime) -> None:
    endpoint("create", "-f", BLUE)
    for number in range(2):
        edit(f"\n# {number}\n")[1]()
        endpoint("update", "-f", BLUE)
    assert starts(runtime)[1:] == [
        *("start blue-2", "spare blue"),
        *("warm blue-3", "start blue-3", "spare blue"),
    ]
    endpoint("delete", "--yes")
    assert runtime.spares == {}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("watch", "-f", BLUE), "watch is for endpoints on this machine: add --local"),
        (("create", "-f", BLUE, "--watch"), "--watch is for endpoints on this machine"),
        (("update", "--local", "-n", "x", "--traffic", "blue:1", "--watch"), "needs --file"),
        (("update", "--local", "-f", BLUE, "-d", "blue", "--watch"), "needs --file"),
        (("apply", "--plan", "plan.json", "--watch"), "--watch"),
    ],
)
def test_what_cannot_be_watched_is_refused(arguments: tuple[str, ...], told: str) -> None:
    refused = az("ml", "endpoint", *arguments)
    assert refused.exit_code == 2
    assert told in refused.stderr
