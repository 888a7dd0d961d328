"""A scoring script of this machine under a debugger: what is asked for, remembered and refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from azext_ml_endpoint.local.debug import debugging
from azext_ml_endpoint.local.debug.debug_hook import WAITS
from azext_ml_endpoint.watching import saves
from azext_ml_endpoint.watching.sources import Sources
from tests.fakes.memory_front import MemoryFront
from tests.fakes.memory_runtime import Behaviour, MemoryRuntime
from tests.fakes.memory_saves import MemorySaves
from tests.functional.in_process_az import Result, az

FLOW = "endpoints/online/managed"
BLUE = f"{FLOW}/simple-flow/1-create-endpoint-with-blue.yml"
BOTH = f"{FLOW}/blue-green/endpoint.yml"
OWN_SERVER = "endpoints/online/custom-container/endpoint.yml"
CODE = Path("endpoints/online/model-1/onlinescoring")
AT = ("--debug-port", "5678")
NOTES = """\
{
    // Mine, and nobody else's.
    "version": "0.2.0",
    "configurations": [
        {"name": "Tests", "type": "debugpy",}, /* kept */
    ],
}
"""

pytestmark = pytest.mark.usefixtures("samples")


def endpoint(command: str, *arguments: str) -> Result:
    return az("ml", "endpoint", command, "--local", "-n", "houses", *arguments)


def ports() -> list[Any]:
    return [each.get("debug_port") for each in endpoint("show").json["deployments"]]


def reasons(*arguments: str) -> list[tuple[str, str]]:
    planned = endpoint("plan", *arguments).json
    return [(each["title"], each["reason"]) for each in planned["steps"]]


def starts(runtime: MemoryRuntime) -> list[str]:
    return [each for each in runtime.events if each.startswith(("start", "remove", "spare"))]


def launch() -> Any:
    return json.loads(Path(".vscode/launch.json").read_text())


# What is remembered


def test_who_waits_says_where_and_is_remembered(runtime: MemoryRuntime) -> None:
    runtime.behaviours["blue"] = Behaviour(log=(WAITS,), ready_after=3)
    made = endpoint("create", "-f", BLUE, *AT)
    place = f"{CODE.resolve()} is /served/houses/blue/onlinescoring there"
    assert f"blue: waits for a debugger at 127.0.0.1:5678 before init(); {place}" in made.stderr
    assert made.stderr.count("waits for a debugger") == 1
    assert ports() == [5678]
    (spec,) = runtime.specs.values()
    assert spec.debugger and spec.debugger.port == 5678
    for again in (AT, ("--debug-port",)):
        assert "nothing to do" in endpoint("update", "-f", BLUE, *again).stderr


def test_without_the_option_nobody_debugs_any_more(runtime: MemoryRuntime) -> None:
    endpoint("create", "-f", BLUE, *AT)
    assert reasons("-f", BLUE) == [("update deployment blue", "no debugger any more")]
    endpoint("update", "-f", BLUE)
    assert ports() == [None]
    assert not runtime.specs["blue-2"].debugger
    assert reasons("-f", BLUE) == []


def test_a_port_of_its_own_choice_stays(runtime: MemoryRuntime) -> None:
    endpoint("create", "-f", BLUE, "--debug-port")
    before = ports()
    CODE.joinpath("score.py").write_text("def init(): ...\ndef run(data): ...\n")
    changed = endpoint("update", "-f", BLUE, "--debug-port")
    assert "code changed" in changed.stderr
    assert ports() == before != [None]


def test_of_one_deployment_only_one_is_debugged(runtime: MemoryRuntime) -> None:
    """The old one has the port, and the folder."""
    endpoint("create", "-f", BLUE, *AT)
    moved = endpoint("update", "-f", BLUE, "--debug-port", "5679")
    assert "debugger at port 5678 → 5679" in moved.stderr
    assert starts(runtime) == ["start blue-1", "remove blue-1", "start blue-2"]


def test_who_is_not_debugged_serves_until_the_other_one_is_ready(
    runtime: MemoryRuntime, fronts: dict[str, MemoryFront]
) -> None:
    """And is let answer what it was asked. Who may be stopped is not waited for."""
    endpoint("create", "-f", BLUE)
    endpoint("update", "-f", BLUE, *AT)
    assert starts(runtime) == ["start blue-1", "start blue-2", "remove blue-1"]
    endpoint("update", "-f", BLUE)
    assert starts(runtime)[3:] == ["start blue-3", "remove blue-2"]
    assert fronts["docker"].drained == ["blue-1"]


def test_each_deployment_has_a_port() -> None:
    endpoint("create", "-f", BOTH, "--debug-port")
    assert len({*ports()} - {None}) == 2


def test_no_file_is_needed_and_other_changes_leave_it_as_it_is() -> None:
    endpoint("create", "-f", BLUE)
    endpoint("update", *AT)
    assert ports() == [5678]
    endpoint("update", "--set", "tags.team=boats")
    endpoint("update", "--traffic", "blue:100")
    assert ports() == [5678]
    assert "nothing to do" in endpoint("update", "--debug-port").stderr


# While it is watched


@pytest.fixture
def saved(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], Path]]:
    """What is saved, one after the other, and then Ctrl-C."""
    waiting: list[Callable[[], Path]] = []

    @contextmanager
    def opened(_: Sources, __: Callable[[], bool]) -> Iterator[MemorySaves]:
        def changed() -> Iterator[frozenset[Path]]:
            while waiting:
                yield frozenset({waiting.pop(0)().resolve()})
            raise KeyboardInterrupt

        yield MemorySaves(changed())

    monkeypatch.setattr(saves, "opened", opened)
    return waiting


def test_each_save_waits_for_a_debugger_and_nothing_is_kept_warm(
    saved: list[Callable[[], Path]], runtime: MemoryRuntime
) -> None:
    def edited() -> Path:
        script = CODE / "score.py"
        script.write_text(script.read_text() + "\n# again\n")
        return script

    saved.append(edited)
    assert endpoint("watch", "-f", BLUE, *AT).exit_code == 0
    assert starts(runtime) == ["start blue-1", "remove blue-1", "start blue-2"]
    assert ports() == [5678]


def test_what_is_debugged_already_is_watched_as_it_is(
    saved: list[Callable[[], Path]], runtime: MemoryRuntime
) -> None:
    endpoint("create", "-f", BLUE, *AT)
    watched = endpoint("watch", "-f", BLUE, *AT)
    assert (watched.exit_code, starts(runtime)) == (0, ["start blue-1"]), watched.stderr


def test_what_has_gone_is_not_said_to_go_on(
    saved: list[Callable[[], Path]], runtime: MemoryRuntime
) -> None:
    def breaking() -> Path:
        runtime.behaviours["blue"] = Behaviour(exit_code=3)
        script = CODE / "score.py"
        script.write_text(script.read_text() + "\n# again\n")
        return script

    def mended() -> Path:
        runtime.behaviours["blue"] = Behaviour()
        script = CODE / "score.py"
        script.write_text(script.read_text() + "\n# and again\n")
        return script

    saved += [breaking, mended]
    watched = endpoint("watch", "-f", BLUE, *AT)
    assert "Deployment blue crashed while it started" in watched.stderr
    assert "goes on serving" not in watched.stderr
    assert ports() == [5678], "the next save is served"


# What an editor gets


def test_visual_studio_code_gets_an_entry_and_all_else_stays() -> None:
    Path(".vscode").mkdir()
    Path(".vscode/launch.json").write_text(NOTES)
    endpoint("create", "-f", BLUE, *AT, "--vscode-debug")
    after = Path(".vscode/launch.json").read_text()
    head, tail = NOTES.split("[", 1)
    assert after.startswith(f"{head}[") and after.endswith(tail)
    added = after.removeprefix(f"{head}[").removesuffix(tail).strip().removesuffix(",")
    assert json.loads(added) == {
        "name": "ml endpoint: houses/blue",
        "type": "debugpy",
        "request": "attach",
        "connect": {"host": "127.0.0.1", "port": 5678},
        "pathMappings": [
            {
                "localRoot": f"${{workspaceFolder}}/{CODE}",
                "remoteRoot": "/served/houses/blue/onlinescoring",
            }
        ],
    }
    endpoint("update", "-f", BLUE, *AT, "--vscode-debug")
    assert Path(".vscode/launch.json").read_text() == after


def test_it_has_a_port_where_none_was_chosen_also_where_nothing_is_to_be_done() -> None:
    endpoint("create", "-f", BLUE, "--vscode-debug")
    (entry,) = launch()["configurations"]
    assert [entry["connect"]["port"]] == ports()
    Path(".vscode/launch.json").unlink()
    assert "nothing to do" in endpoint("update", "-f", BLUE, "--vscode-debug").stderr
    assert launch()["configurations"] == [entry]


def test_a_file_that_nobody_can_read_is_an_error_before_anything_starts(
    runtime: MemoryRuntime,
) -> None:
    Path(".vscode").mkdir()
    Path(".vscode/launch.json").write_text('{"configurations": [\n{"name": }]}')
    refused = endpoint("create", "-f", BLUE, "--vscode-debug")
    assert refused.exit_code == 1
    assert ".vscode/launch.json:2: the file cannot be read" in refused.stderr
    assert "create endpoint" not in refused.stderr, "no plan is told"
    assert runtime.events == []


# What is refused


def test_a_container_with_a_server_of_its_own_is_refused(runtime: MemoryRuntime) -> None:
    refused = endpoint("create", "-f", OWN_SERVER, *AT)
    assert "has no scoring script that could be debugged" in refused.stderr
    assert "Leave --debug-port and --vscode-debug out" in refused.stderr
    assert runtime.events == []


def test_two_are_not_debugged_at_one_port(runtime: MemoryRuntime) -> None:
    refused = endpoint("create", "-f", BOTH, *AT)
    assert "blue and green of houses would need one each" in refused.stderr
    assert runtime.events == []


def test_a_port_of_another_program_is_refused(runtime: MemoryRuntime) -> None:
    runtime.others_ports.add(5678)
    refused = endpoint("create", "-f", BLUE, *AT)
    assert "port 5678 of 127.0.0.1: another program listens there" in refused.stderr
    assert runtime.events == []


@pytest.mark.parametrize("option", ["--debug-port", "--vscode-debug"])
def test_nobody_debugs_in_azure(option: str) -> None:
    away = az("ml", "endpoint", "create", "-f", BLUE, "-g", "rg", "-w", "ws", option)
    assert f"{option} is for endpoints on this machine: add --local" in away.stderr


@pytest.mark.parametrize("option", ["--debug-port", "--vscode-debug"])
def test_a_saved_plan_says_it_all(option: str) -> None:
    beside = az("ml", "endpoint", "apply", "--plan", "plan.json", option)
    assert f"--plan and {option} do not go together" in beside.stderr


@pytest.mark.parametrize("port", ["65536", "-1", "x"])
def test_what_is_no_port_is_refused(port: str) -> None:
    assert (
        "is no port, such as 5678" in endpoint("create", "-f", BLUE, f"--debug-port={port}").stderr
    )


def test_windows_is_refused(runtime: MemoryRuntime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debugging, "sys", SimpleNamespace(platform="win32"))
    refused = endpoint("create", "-f", BLUE, *AT)
    assert "run this command in WSL" in refused.stderr
    assert runtime.events == []
