"""Today's files, an endpoint in one and each deployment in another: taken as they are."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.fakes.cloud_world import CloudWorld
from tests.fakes.memory_runtime import MemoryRuntime
from tests.functional.in_process_az import Result, az

FOLDER = "endpoints/online/managed/two-files"
ENDPOINT, BLUE, GREEN = (f"{FOLDER}/{name}.yml" for name in ("endpoint", "blue", "green"))
NAME = "my-two-files"
SPLIT = ("--traffic", "blue:90,green:10")
ALL = ("-f", ENDPOINT, "-f", BLUE, "-f", GREEN)


@pytest.fixture(autouse=True)
def _in_the_samples(samples: Path) -> None:
    pass


def endpoint(command: str, *arguments: str, exit_code: int = 0) -> Result:
    made = az("ml", "endpoint", *command.split(), *arguments)
    assert made.exit_code == exit_code, made.stderr
    return made


def names(runtime: MemoryRuntime) -> list[str]:
    return sorted(each.deployment for each in runtime.instances(NAME))


def edit(file: str, old: str, new: str) -> None:
    text = Path(file).read_text()
    assert old in text
    Path(file).write_text(text.replace(old, new))


# In every command


@pytest.mark.parametrize(
    "files",
    [
        ALL,
        ("-f", GREEN, "-f", BLUE, "-f", ENDPOINT),
        ("-f", ENDPOINT, BLUE, GREEN),
        ("-f", FOLDER),
        ("-f", f"{FOLDER}/*.yml"),
        ("-f", ENDPOINT, f"{FOLDER}/[bg]*.yml"),
    ],
)
def test_however_the_files_are_named(runtime: MemoryRuntime, files: tuple[str, ...]) -> None:
    made = endpoint("create --local", *files, *SPLIT).json
    assert (made["name"], made["traffic"]) == (NAME, {"blue": 90, "green": 10})
    assert names(runtime) == ["blue", "green"]
    for command in ("update --local", "apply --local"):
        assert "nothing to do" in endpoint(command, *files).stderr
    endpoint("plan --local", "--detailed-exitcode", *files)
    endpoint("validate", *files)


def test_in_azure_the_second_time_writes_nothing(azure: CloudWorld) -> None:
    made = endpoint("apply --yes", *ALL, *SPLIT).json
    assert made["traffic"] == {"blue": 90, "green": 10}
    assert [each["name"] for each in made["deployments"]] == ["blue", "green"]
    azure.simulator.journal.clear()
    endpoint("apply", *ALL)
    endpoint("apply", *ALL, *SPLIT)
    endpoint("update", "-f", FOLDER)
    assert azure.writes() == []


def test_traffic_stays_where_nobody_says_it(azure: CloudWorld) -> None:
    endpoint("create", *ALL, *SPLIT)
    made = endpoint("update", *ALL, "--set", "endpoint.tags.team=prices").json
    assert (made["traffic"], made["tags"]) == ({"blue": 90, "green": 10}, {"team": "prices"})
    Path(ENDPOINT).write_text(f"{Path(ENDPOINT).read_text()}traffic: {{blue: 100, green: 0}}\n")
    assert endpoint("update", *ALL).json["traffic"]["blue"] == 100
    assert endpoint("update", *ALL, *SPLIT).json["traffic"] == {"blue": 90, "green": 10}


def test_one_file_of_2021_takes_traffic_and_names_too(azure: CloudWorld) -> None:
    one = "endpoints/online/managed/blue-green/endpoint.yml"
    endpoint("create", "-f", one)
    setting = ("--set", "deployments[green].instance_count=3")
    made = endpoint("update", "-f", one, "--traffic", "blue:50,green:50", *setting).json
    assert made["traffic"] == {"blue": 50, "green": 50}
    blue, green = made["deployments"]
    assert blue["scale_settings"]["instance_count"] == 1
    assert green["scale_settings"]["instance_count"] == 3


def test_a_deployment_that_no_file_has_is_deleted(runtime: MemoryRuntime) -> None:
    endpoint("create --local", *ALL, "--traffic", "blue:100")
    endpoint("update --local", "-f", ENDPOINT, "-f", BLUE)
    assert names(runtime) == ["blue"]


# One without the other


@pytest.mark.parametrize("command", ["update --local", "apply --local --yes"])
def test_deployments_alone_leave_all_else_as_it_is(runtime: MemoryRuntime, command: str) -> None:
    endpoint("create --local", *ALL[:4], "--traffic", "blue:100", "--set", "tags.team=x")
    before = runtime.instances(NAME)
    made = endpoint(command, "-f", GREEN).json
    assert (made["traffic"], made["tags"]) == ({"blue": 100}, {"team": "x"})
    assert names(runtime) == ["blue", "green"]
    assert [each for each in runtime.instances(NAME) if each.deployment == "blue"] == before
    assert "nothing to do" in endpoint(command, "-f", GREEN).stderr
    assert endpoint(command, "-f", GREEN, *SPLIT).json["traffic"] == {"blue": 90, "green": 10}


def test_in_azure_too(azure: CloudWorld) -> None:
    endpoint("create", *ALL, *SPLIT, "--set", "tags.team=x", "endpoint.description=Prices")
    azure.simulator.journal.clear()
    made = endpoint("update", "-f", BLUE, "--set", "deployments[blue].instance_count=2").json
    assert (made["tags"], made["description"]) == ({"team": "x"}, "Prices")
    assert made["deployments"][0]["scale_settings"]["instance_count"] == 2
    assert all("blue" in each for each in azure.writes()) and azure.writes()
    azure.simulator.journal.clear()
    endpoint("apply --yes", "-f", BLUE, "-f", GREEN, "--set", "deployments[0].instance_count=2")
    assert azure.writes() == []


def test_the_endpoint_alone_leaves_its_deployments_as_they_are(azure: CloudWorld) -> None:
    endpoint("create", *ALL, *SPLIT)
    for command in ("update", "apply"):
        made = endpoint(command, "-f", ENDPOINT, "--set", f"endpoint.tags.by={command}").json
        assert (made["tags"]["by"], len(made["deployments"])) == (command, 2)
    told = endpoint("update", "-f", ENDPOINT, "--traffic", "red:100", exit_code=3).stderr
    assert "traffic names red, and endpoint my-two-files has no such deployment" in told
    assert "It has blue, green." in told


def test_deployments_of_an_endpoint_that_is_not_there(azure: CloudWorld) -> None:
    for command in ("update", "apply", "plan"):
        told = endpoint(command, "-f", BLUE, exit_code=3).stderr
        assert NAME in told
    told = endpoint("create", "-f", BLUE, exit_code=1).stderr
    assert f"{BLUE}:3:1: this is a deployment, and an endpoint is expected." in told
    assert azure.writes() == []


def test_a_deployment_whose_name_means_its_twin(azure: CloudWorld) -> None:
    """After --replace the file's blue is another one there."""
    endpoint("create", *ALL, *SPLIT)
    larger = ("--set", "deployments[blue].instance_type=Standard_F4s_v2")
    made = endpoint("apply --yes", "-f", BLUE, *larger, "--replace", "blue").json
    known = [each["name"] for each in made["deployments"]]
    assert "blue" not in known and len(known) == 2
    assert sorted(made["traffic"].values()) == [10, 90]
    azure.simulator.journal.clear()
    endpoint("apply", "-f", BLUE, *larger)
    assert azure.writes() == []


# rollout and test


def test_a_rollout_needs_the_deployments_file_only(azure: CloudWorld) -> None:
    endpoint("create", *ALL[:4], "--traffic", "blue:100")
    made = endpoint("rollout --to green --bake 0 --steps 50,100", "-f", GREEN).json
    assert made["traffic"]["green"] == 100


def test_tests_of_a_deployments_file(runtime: MemoryRuntime) -> None:
    endpoint("create --local", *ALL, *SPLIT)
    Path(BLUE).write_text(f"{Path(BLUE).read_text()}tests:\n  - {{name: two, data: [1]}}\n")
    for files in (("-f", BLUE), ALL):
        (result,) = endpoint("test --local", *files).json
        assert (result["name"], result["deployment"]) == ("two", "blue")
    told = endpoint("test --local", "-f", FOLDER, "-d", "red", exit_code=3).stderr
    assert f"{FOLDER} has no deployment red." in told


# Saved plans and history


def test_a_saved_plan_is_of_all_its_files(azure: CloudWorld, tmp_path: Path) -> None:
    saved = str(tmp_path / "plan.json")
    endpoint("plan", "-f", FOLDER, *SPLIT, "--out", saved)
    origin = json.loads(Path(saved).read_text())["origin"]
    assert [Path(each).name for each in origin["files"]] == [
        "blue.yml",
        "endpoint.yml",
        "green.yml",
    ]
    text = Path(GREEN).read_text()
    Path(GREEN).write_text(f"{text}\n")
    told = endpoint("apply", "--plan", saved, exit_code=1).stderr
    assert "green.yml has changed since it was planned" in " ".join(told.split())
    Path(GREEN).write_text(text)
    shutil.copy(GREEN, f"{FOLDER}/red.yml")
    told = endpoint("apply", "--plan", saved, exit_code=1).stderr
    assert "red.yml" in told
    Path(f"{FOLDER}/red.yml").unlink()
    assert azure.writes() == []
    made = endpoint("apply", "--plan", saved).json
    assert made["traffic"] == {"blue": 90, "green": 10}


def test_a_saved_plan_of_a_deployment(azure: CloudWorld, tmp_path: Path) -> None:
    endpoint("create", *ALL[:4], "--traffic", "blue:100")
    endpoint("plan", "-f", GREEN, "--out", str(tmp_path / "plan.json"))
    made = endpoint("apply", "--plan", str(tmp_path / "plan.json")).json
    assert len(made["deployments"]) == 2


def test_history_has_one_hash_of_all_files(azure: CloudWorld) -> None:
    endpoint("create", *ALL, "--traffic", "blue:100,green:0")
    edit(GREEN, "instance_count: 1", "instance_count: 2")
    endpoint("update", *ALL, *SPLIT)
    newest, oldest = endpoint("history", "-n", NAME).json
    assert newest["file_hash"] != oldest["file_hash"]


# What is refused before anything changes


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ((*ALL, "-f", BLUE), f"{BLUE}: this file is given twice"),
        ((*ALL, "-f", FOLDER), f"{GREEN}: this file is given twice"),
        (("-f", "endpoints/online/model-1/model"), "there is no *.yml or *.yaml file in this"),
        (("-f", "*.yml"), "*.yml: no file has a name like this"),
        ((*ALL, "-f", "endpoints/online/model-1/environment/conda.yml"), "conda.yml:1:1: this is"),
        ((*ALL, "-f", "endpoints/online/managed/blue-green/endpoint.yml"), "goes with no other"),
    ],
)
def test_what_is_no_endpoint(azure: CloudWorld, files: tuple[str, ...], told: str) -> None:
    for command in ("create", "update", "plan", "validate"):
        assert told in endpoint(command, *files, exit_code=1).stderr
    assert azure.lines() == []


@pytest.mark.parametrize(
    "command",
    ["create", "update", "plan", "apply", "validate", "test", "rollout --to green --bake 0"],
)
@pytest.mark.parametrize(
    ("files", "split", "told"),
    [
        (ALL, "blue:90,green:5", "traffic adds up to 95, not to 100"),
        (ALL, "blue:90,gren:10", "'gren'"),
        (("-f", GREEN), "blue:90,green:5", "traffic adds up to 95, not to 100"),
    ],
)
def test_traffic_of_the_command_is_judged_alike_in_all(
    azure: CloudWorld, command: str, files: tuple[str, ...], split: str, told: str
) -> None:
    if (command, len(files)) == ("create", 2):
        told = "an endpoint is expected"
    assert told in endpoint(command, *files, "--traffic", split, exit_code=1).stderr
    assert azure.writes() == []


def test_where_traffic_sets_nothing_it_is_taken_all_the_same(azure: CloudWorld) -> None:
    endpoint("create", *ALL, "--traffic", "blue:100")
    endpoint("validate", *ALL, *SPLIT)
    with_tests = ("--set", 'deployments[green].tests=[{"data": {"data": [[1]]}}]')
    endpoint("test", *ALL, *SPLIT, *with_tests)
    made = endpoint("rollout --to green --bake 0 --steps 30", *ALL, *SPLIT).json
    assert made["traffic"] == {"blue": 70, "green": 30}


def test_a_mistake_is_at_its_place_in_its_file() -> None:
    edit(GREEN, "onlinescoring/", "onlinescorin/")
    told = endpoint("validate", "-f", FOLDER, exit_code=1).stderr
    assert f"{GREEN}:9:9: code '../../model-1/onlinescorin/' does not exist." in told


def test_a_mixed_file_is_told() -> None:
    edit(GREEN, "  path:", "  local_path:")
    told = endpoint("validate", "-f", FOLDER).stderr
    assert f"{GREEN}:7:15: local_path is 2021's spelling, and this file is in today's" in told


def test_a_deployments_file_is_one_for_deployment_file_too(azure: CloudWorld) -> None:
    endpoint("create", *ALL[:4], "--traffic", "blue:100")
    edit(GREEN, "instance_count: 1", "instance_count: 1\nscale_settings: {type: default}")
    made = endpoint("update", "-n", NAME, "--deployment-file", GREEN, *SPLIT).json
    assert made["traffic"] == {"blue": 90, "green": 10}
    azure.simulator.journal.clear()
    endpoint("update", "-n", NAME, "-f", FOLDER)
    assert azure.writes() == []


def test_one_deployment_of_the_files_can_be_chosen(azure: CloudWorld) -> None:
    endpoint("create", *ALL[:4], "--traffic", "blue:100")
    edit(BLUE, "instance_count: 1", "instance_count: 3")
    made = endpoint("update", "-f", FOLDER, "-d", "green").json
    blue, green = made["deployments"]
    assert (blue["scale_settings"]["instance_count"], green["name"]) == (1, "green")


CLUSTER = "endpoints/online/kubernetes/1-create-endpoint-with-blue.yml"


@pytest.fixture
def cluster(azure: CloudWorld) -> CloudWorld:
    """A Kubernetes endpoint, and its blue deployment in ``blue.yml``."""
    edit(CLUSTER, "my-cluster", "aks-test")
    endpoint("create", "-n", NAME, "-f", CLUSTER)
    endpoint("export", "-n", NAME, "--format", "two-files", "--out", "cluster")
    azure.simulator.journal.clear()
    return azure


def test_a_deployment_for_a_cluster_needs_no_file_of_the_endpoint(cluster: CloudWorld) -> None:
    endpoint("apply", "-f", "cluster/blue.yml")
    assert cluster.writes() == []
    Path("green.yml").write_text(Path("cluster/blue.yml").read_text().replace("blue", "green"))
    made = endpoint("rollout --to green --bake 0 --steps 100", "-f", "green.yml").json
    assert made["traffic"]["green"] == 100


def test_a_deployment_that_does_not_suit_the_endpoint_is_refused(azure: CloudWorld) -> None:
    endpoint("create", *ALL, *SPLIT)
    edit(BLUE, "instance_type", "resources: {requests: {cpu: 1}}\ninstance_type")
    azure.simulator.journal.clear()
    for command in ("update", "apply", "plan"):
        told = endpoint(command, "-f", BLUE, exit_code=1).stderr
        assert "resource_requirements are for Kubernetes, and the endpoint has no 'target'" in told
    assert azure.writes() == []
