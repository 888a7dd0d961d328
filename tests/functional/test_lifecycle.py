"""An endpoint from its creation to its deletion, on the samples as they stand."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from azext_ml_endpoint.local.lock import Locks
from tests.fakes.interrupt import PATIENCE, ctrl_c_when
from tests.fakes.memory_front import FIRST_PORT
from tests.fakes.memory_runtime import Behaviour, Build, MemoryRuntime
from tests.functional.in_process_az import Result, az

ONLINE = "endpoints/online"
FLOW = f"{ONLINE}/managed/simple-flow"
BLUE = f"{FLOW}/1-create-endpoint-with-blue.yml"
BLUE_GREEN = f"{ONLINE}/managed/blue-green/endpoint.yml"
SCRIPT = f"{ONLINE}/model-1/onlinescoring/score.py"
LOGS = Path(__file__).parents[1] / "unit/local/server_logs"

pytestmark = pytest.mark.usefixtures("samples")


def endpoint(command: str, *arguments: str, name: str = "houses") -> Result:
    return az("ml", "endpoint", command, "--local", "-n", name, *arguments)


def create(file: str = BLUE, *arguments: str, name: str = "houses") -> Result:
    return endpoint("create", "-f", file, *arguments, name=name)


def update(file: str = BLUE, *arguments: str) -> Result:
    return endpoint("update", "-f", file, *arguments)


def shown() -> Any:
    return endpoint("show").json


def names(shown: Any) -> list[str]:
    return [each["name"] for each in shown["deployments"]]


def edit_script() -> None:
    script = Path(SCRIPT)
    script.write_text(script.read_text() + "\n# edited\n")


def crash(log: str = "init_raises") -> Behaviour:
    return Behaviour(log=tuple((LOGS / f"{log}.log").read_text().splitlines()), exit_code=3)


# Create


def test_create_prints_the_endpoint_on_stdout_and_progress_on_stderr() -> None:
    made = create()
    assert made.exit_code == 0
    assert made.json == shown()
    assert made.json["deployments"][0]["state"] == "running"
    assert "create deployment blue: it does not exist" in made.stderr
    assert "  | Collecting scikit-learn" in made.stderr


@pytest.mark.parametrize(
    ("file", "deployments"),
    [
        (BLUE, ["blue"]),
        (BLUE_GREEN, ["blue", "green"]),
        (f"{ONLINE}/custom-container/endpoint.yml", ["blue"]),
        (f"{ONLINE}/kubernetes/1-create-endpoint-with-blue.yml", ["blue"]),
    ],
)
def test_every_sample_is_served_here(file: str, deployments: list[str]) -> None:
    made = az("ml", "endpoint", "create", "--local", "-f", file)
    assert (made.exit_code, names(made.json)) == (0, deployments)
    assert made.json["name"].startswith("my-"), "the name is the file's where none is given"
    assert made.json["provisioning_state"] == "Succeeded"


def test_a_custom_container_is_scored_on_its_own_route() -> None:
    made = create(f"{ONLINE}/custom-container/endpoint.yml")
    assert made.json["scoring_uri"].endswith("/predict")
    assert endpoint("invoke", "--data", '{"rooms": 3}').json == {"rooms": 3}


def test_create_again_does_nothing(runtime: MemoryRuntime) -> None:
    create()
    before = list(runtime.events)
    again = create()
    assert (again.exit_code, again.json, runtime.events) == (0, shown(), before)
    assert "houses: nothing to do" in again.stderr


def test_create_stops_before_it_changes_what_exists(runtime: MemoryRuntime) -> None:
    create()
    before = list(runtime.events)
    edit_script()
    refused = create()
    assert (refused.exit_code, refused.stdout, runtime.events) == (1, "", before)
    assert "houses exists and differs from the file: code changed in deployment blue" in (
        refused.stderr
    )
    assert "az ml endpoint update" in refused.stderr


def test_set_puts_a_value_in_place_of_the_files(runtime: MemoryRuntime) -> None:
    create(BLUE, "--set", "deployments[0].environment_variables.COLOUR=red")
    assert shown()["deployments"][0]["environment_variables"] == {"COLOUR": "red"}
    (spec,) = runtime.specs.values()
    assert spec.variables == {"COLOUR": "red"}


# Failing


def test_a_first_create_that_fails_explains_itself_and_leaves_nothing(
    runtime: MemoryRuntime, samples: Path
) -> None:
    runtime.behaviours["blue"] = crash()
    failed = create()
    assert (failed.exit_code, failed.stdout) == (1, "")
    assert f'File "{samples}/{SCRIPT}", line 7, in init' in failed.stderr
    assert "ERROR: Deployment blue crashed while it started (exit code 3)." in failed.stderr
    assert "AZUREML_MODEL_DIR" in failed.stderr.splitlines()[-1]
    assert (runtime.endpoints(), runtime.instances()) == ([], [])
    assert endpoint("show").exit_code == 3


def test_the_log_of_a_failed_start_can_be_read_afterwards(runtime: MemoryRuntime) -> None:
    runtime.behaviours["blue"] = crash()
    (file,) = re.findall(r"The whole log: (.+)", create().stderr)
    log = endpoint("get-logs", "-d", "blue")
    assert log.exit_code == 0
    assert log.stdout == Path(file).read_text()
    assert "this is the log of its last start" in log.stderr


def test_a_failed_update_leaves_the_old_deployment_serving(runtime: MemoryRuntime) -> None:
    before = create().json
    runtime.behaviours["blue"] = crash("missing_module")
    edit_script()
    failed = update()
    assert failed.exit_code == 1
    assert "Add the package of lightgbm to the conda file" in failed.stderr
    assert shown() == before
    assert endpoint("invoke", "--data", "[1]").json == [1]


def test_an_environment_that_cannot_be_made_shows_the_installers_words(
    runtime: MemoryRuntime,
) -> None:
    runtime.build = Build(failure="ResolvePackageNotFound: scikit-lern")
    failed = create()
    assert failed.exit_code == 1
    assert "ResolvePackageNotFound: scikit-lern\nERROR: " in failed.stderr
    assert runtime.endpoints() == []


def test_a_deployment_that_is_never_ready_ends_with_the_timeout(runtime: MemoryRuntime) -> None:
    runtime.behaviours["blue"] = Behaviour(log=("Loading weights",), ready_after=None)
    failed = create(BLUE, "--timeout", "0.1")
    assert failed.exit_code == 1
    assert "Loading weights" in failed.stderr
    assert "ERROR: Deployment blue was not ready after 0.1 s." in failed.stderr
    assert runtime.instances() == []


def test_ctrl_c_while_an_environment_is_made_leaves_nothing(runtime: MemoryRuntime) -> None:
    runtime.build = Build(blocks=True)
    with ctrl_c_when(lambda: runtime.building.wait(PATIENCE)):
        ended = create()
    assert (ended.exit_code, ended.stdout) == (1, "")
    assert "ERROR: The environment was not made." in ended.stderr
    assert (runtime.endpoints(), runtime.instances(), runtime.environments) == ([], [], set())


def test_ctrl_c_while_a_deployment_starts_leaves_the_old_one_serving(
    runtime: MemoryRuntime,
) -> None:
    create()
    runtime.behaviours["blue"] = Behaviour(ready_after=None)
    edit_script()
    with ctrl_c_when(lambda: runtime.unanswered.wait(PATIENCE)):
        ended = update()
    assert ended.exit_code == 1
    assert "ERROR: blue was not ready yet." in ended.stderr
    assert [each.id for each in runtime.instances()] == ["blue-1"]


def test_two_commands_on_one_endpoint_do_not_meet(runtime: MemoryRuntime, home: Path) -> None:
    create()
    edit_script()
    with Locks(home / "locks", "houses").held():
        refused = update()
    assert refused.exit_code == 1
    assert "Another command is at work on endpoint houses" in refused.stderr
    assert update().exit_code == 0


# Update


def test_update_takes_over_an_edited_script(runtime: MemoryRuntime) -> None:
    create()
    edit_script()
    updated = update()
    assert updated.exit_code == 0
    assert "update deployment blue: code changed" in updated.stderr
    done = [each for each in runtime.events if each != "spare blue"]  # beside the removal
    assert done[-3:] == ["start blue-2", "promote blue-2", "remove blue-1"]
    assert len(runtime.spares) == 1


def test_update_of_what_does_not_exist_exits_3() -> None:
    missing = update()
    assert (missing.exit_code, missing.stdout) == (3, "")
    assert "There is no local endpoint houses." in missing.stderr


def test_the_safe_rollout_goes_through_its_six_files() -> None:
    seen = []
    for number, file in enumerate(sorted(Path(FLOW).glob("*.yml"))):
        done = update(str(file)) if number else create(str(file))
        assert done.exit_code == 0, done.stderr
        shares = {name: share for name, share in shown()["traffic"].items() if share}
        seen.append((names(shown()), shares))
    assert seen == [
        (["blue"], {"blue": 100}),
        (["blue"], {"blue": 100}),
        (["blue", "green"], {"blue": 100}),
        (["blue", "green"], {"blue": 90, "green": 10}),
        (["blue", "green"], {"green": 100}),
        (["green"], {"green": 100}),
    ]


def test_update_repairs_what_was_killed(runtime: MemoryRuntime) -> None:
    create()
    runtime.kill("blue")
    assert shown()["deployments"][0]["last_error"] == "it exited with code 137"
    assert update().json["provisioning_state"] == "Succeeded"


# Show and list


def test_show_answers_queries_and_tables() -> None:
    create()
    uri = endpoint("show", "--query", "scoring_uri", "-o", "tsv")
    assert uri.stdout == f"http://127.0.0.1:{FIRST_PORT}/score\n"
    table = endpoint("show", "-o", "table").stdout.splitlines()
    assert re.split(r" {2,}", table[0]) == ["Name", "State", "Traffic", "Scoring URI"]
    assert re.split(r" {2,}", table[2])[:3] == ["houses", "Succeeded", "blue 100 %"]


def test_list_shows_the_endpoints_of_all_runtimes_by_name() -> None:
    assert az("ml", "endpoint", "list", "--local").json == []
    create(name="houses")
    create(BLUE, "--runtime", "process", name="flats")
    everything = az("ml", "endpoint", "list", "--local")
    assert [each["name"] for each in everything.json] == ["flats", "houses"]
    processes = az("ml", "endpoint", "list", "--local", "--runtime", "process")
    assert [each["name"] for each in processes.json] == ["flats"]
    table = az("ml", "endpoint", "list", "--local", "-o", "table").stdout.splitlines()
    assert [line.split()[0] for line in table] == ["Name", "-" * 6, "flats", "houses"]


# Logs


def test_get_logs_prints_the_last_lines_as_they_are(runtime: MemoryRuntime) -> None:
    runtime.behaviours["blue"] = Behaviour(log=("one", '{"two": 2}', "three"))
    create()
    assert endpoint("get-logs", "-d", "blue").stdout == 'one\n{"two": 2}\nthree\n'
    for flag in ("--lines", "-l", "--tail"):
        assert endpoint("get-logs", "-d", "blue", flag, "2").stdout == '{"two": 2}\nthree\n'


def test_a_followed_log_ends_with_its_deployment(runtime: MemoryRuntime) -> None:
    create()
    runtime.kill("blue")
    followed = endpoint("get-logs", "--deployment", "blue", "--follow")
    assert (followed.exit_code, followed.stdout) == (0, "Worker ready for serving traffic\n")


@pytest.mark.parametrize("deployment", ["grey", "blue-"])
def test_the_log_of_what_does_not_exist_exits_3(deployment: str) -> None:
    create()
    assert endpoint("get-logs", "-d", deployment).exit_code == 3
    assert endpoint("get-logs", "-d", "blue", name="flats").exit_code == 3


# Delete


def test_deleting_twice_exits_3(runtime: MemoryRuntime) -> None:
    create()
    first, second = endpoint("delete", "--yes"), endpoint("delete", "-y")
    assert (first.exit_code, first.stdout, runtime.instances()) == (0, "", [])
    assert (second.exit_code, second.stdout) == (3, "")
    assert "There is no local endpoint houses." in second.stderr


def test_nothing_is_deleted_without_somebody_who_agrees(runtime: MemoryRuntime) -> None:
    create()
    asked = endpoint("delete")
    assert asked.exit_code == 1
    assert "Use --yes" in asked.stderr
    assert len(runtime.instances()) == 1


def test_a_deployment_is_deleted_alone_unless_it_receives_traffic() -> None:
    create(BLUE_GREEN)
    refused = endpoint("delete", "-d", "green", "--yes")
    assert refused.exit_code == 1
    assert "Deployment green of houses receives 10 % of the traffic." in refused.stderr
    update(BLUE_GREEN, "--set", "traffic.blue=100", "traffic.green=0")
    assert endpoint("delete", "-d", "green", "--yes").exit_code == 0
    assert names(shown()) == ["blue"]
    assert endpoint("delete", "-d", "green", "--yes").exit_code == 3


# Silence and secrets


def test_only_show_errors_leaves_stderr_empty() -> None:
    for done in (
        create(BLUE, "--only-show-errors"),
        update(BLUE, "--only-show-errors"),
        endpoint("delete", "--yes", "--only-show-errors"),
    ):
        assert (done.exit_code, done.stderr) == (0, "")
    failed = endpoint("show", "--only-show-errors")
    assert failed.stderr.startswith("ERROR: There is no local endpoint houses.")


SECRET = "kept-between-us"


@pytest.mark.parametrize("verbosity", [[], ["--verbose"], ["--debug"]])
def test_a_secret_reaches_the_deployment_and_nobody_else(
    runtime: MemoryRuntime, home: Path, monkeypatch: pytest.MonkeyPatch, verbosity: list[str]
) -> None:
    monkeypatch.setenv("API_KEY", SECRET)
    key = ["--set", "deployments[0].environment_variables.KEY=${secret:API_KEY}", *verbosity]
    told = [
        create(BLUE, *key),
        update(BLUE, *key),
        endpoint("show", *verbosity),
        az("ml", "endpoint", "list", "--local", *verbosity),
        endpoint("get-logs", "-d", "blue", *verbosity),
    ]
    assert [each.exit_code for each in told] == [0] * 5
    assert not [each for each in told if SECRET in each.stdout + each.stderr]
    assert shown()["deployments"][0]["environment_variables"] == {"KEY": "********"}
    assert [spec.variables for spec in runtime.specs.values()] == [{"KEY": SECRET}]
    assert SECRET not in str([each.record for each in runtime.instances()])
    kept = [each for each in home.rglob("*") if each.is_file()]
    assert kept and not [each for each in kept if SECRET in each.read_text()]
