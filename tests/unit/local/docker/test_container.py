"""What Docker is asked for a deployment, and how its answers are read."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from azext_ml_endpoint.local.docker import container
from azext_ml_endpoint.local.runtime import Allowance, Collector, InstanceSpec
from tests.fakes.builders import OWN_ROUTES, environment, model

SPEC = InstanceSpec(
    endpoint="My-Endpoint",
    deployment="Blue",
    environment=environment(),
    code=Path("/snapshots/123"),
    code_name="onlinescoring",
    entry_script="src/score.py",
    model=model(version="7"),
    variables={"COLOUR": "blue", "TOKEN": "hush-hush"},
    record={"aspects": {"model": "m"}},
)
IMAGE = {"Config": {"Entrypoint": ["/entry"], "Cmd": ["serve", "--fast"]}}


def config(spec: InstanceSpec = SPEC, **options: Any) -> Any:
    return container.config(spec, IMAGE, "some-image", **options)


def variables(spec: InstanceSpec = SPEC) -> dict[str, str]:
    return dict(entry.split("=", 1) for entry in config(spec)["Env"])


def facts(name: str = "/ml-endpoint.My-Endpoint.Blue.1", **state: Any) -> Any:
    """A container as Docker describes it in full."""
    asked = config()
    return {
        "Id": "c0ffee",
        "Name": name,
        "Config": {**asked, "Env": [*asked["Env"], "PATH=/bin"]},
        "State": {"Status": "running", "StartedAt": "2021-06-01T12:00:00Z", **state},
        "NetworkSettings": {
            "Ports": {
                "5001/tcp": [{"HostIp": "127.0.0.1", "HostPort": "32771"}],
                "8883/tcp": None,
            }
        },
    }


COLLECTING = replace(SPEC, collector=Collector(program=Path("/c/1"), folder=Path("/d/blue")))


class TestConfig:
    def test_whose_script_collects_data_has_a_sidecar(self) -> None:
        started, mounts = config(COLLECTING)["Entrypoint"][2], config(COLLECTING)["HostConfig"]
        places = {each["Source"]: (each["Target"], each["ReadOnly"]) for each in mounts["Mounts"]}
        assert places["/c/1"] == ("/var/ml-endpoint-collector", True)
        assert places["/d/blue"] == ("/var/ml-endpoint-collected", False)
        before, _, last = started.rstrip().rpartition("\n")
        assert last == 'exec "$@"'
        assert (
            '"$python" -I /var/ml-endpoint-collector/azext_ml_endpoint/local/collect/sidecar.py '
            '/var/ml-endpoint-collected "$@"'
        ) in before
        config_path = variables(COLLECTING)["AZUREML_MDC_CONFIG_PATH"]
        assert config_path == "/var/ml-endpoint-collector/mdc-config.json"

    def test_whose_script_collects_nothing_has_none(self) -> None:
        assert "collector" not in json.dumps(config())

    def test_limits_are_a_quota_and_memory_without_swap(self) -> None:
        allowed = Allowance(workers=3, cpus=2, memory=4 * 1024**3)
        limited = replace(SPEC, allowance=allowed)
        host = config(limited)["HostConfig"]
        assert host["CpuQuota"] == 2 * host["CpuPeriod"]
        assert host["Memory"] == host["MemorySwap"] == 4 * 1024**3
        assert "NanoCpus" not in host  # which Docker refuses where the machine has fewer
        assert variables(limited)["WORKER_COUNT"] == "3"

    def test_without_an_allowance_nothing_is_limited(self) -> None:
        for spec in (SPEC, replace(SPEC, allowance=Allowance())):
            assert not {"CpuQuota", "Memory"} & config(spec)["HostConfig"].keys()
            assert "WORKER_COUNT" not in variables(spec)

    def test_the_files_own_number_of_workers_counts(self) -> None:
        own = replace(SPEC, allowance=Allowance(workers=3), variables={"WORKER_COUNT": "4"})
        assert variables(own)["WORKER_COUNT"] == "4"

    def test_ports_are_published_on_this_machine_only(self) -> None:
        host = config()["HostConfig"]
        assert host["PortBindings"] == {"5001/tcp": [{"HostIp": "127.0.0.1", "HostPort": ""}]}
        assert "PublishAllPorts" not in host

    def test_a_container_with_routes_of_its_own_publishes_each_of_their_ports(self) -> None:
        own = replace(SPEC, environment=environment(inference_config=OWN_ROUTES))
        assert sorted(config(own)["HostConfig"]["PortBindings"]) == ["8080/tcp", "8081/tcp"]

    def test_code_and_model_are_read_only_at_the_paths_of_azure(self) -> None:
        mounts = config()["HostConfig"]["Mounts"]
        assert {each["Target"]: each["Source"] for each in mounts} == {
            "/var/azureml-app/onlinescoring": "/snapshots/123",
            "/var/azureml-app/azureml-models/prices/7/model.pkl": "/work/model.pkl",
        }
        assert all(each["ReadOnly"] for each in mounts)

    def test_a_model_may_be_mounted_elsewhere(self) -> None:
        elsewhere = replace(SPEC, model_mount_path="/models")
        targets = [each["Target"] for each in config(elsewhere)["HostConfig"]["Mounts"]]
        assert "/models/prices/7/model.pkl" in targets
        assert "AZUREML_MODEL_DIR=/models/prices/7" in config(elsewhere)["Env"]

    def test_variables_are_those_of_azure(self) -> None:
        assert variables() == {
            "AZUREML_MODEL_DIR": "/var/azureml-app/azureml-models/prices/7",
            "AML_APP_ROOT": "/var/azureml-app/onlinescoring/src",
            "AZUREML_ENTRY_SCRIPT": "score.py",
            **SPEC.variables,
        }

    def test_a_server_works_in_the_folder_that_it_has_in_azure(self) -> None:
        started = config()["Entrypoint"][2]
        assert started.index('cd "${AML_APP_ROOT:-.}"') < started.index("set -- azmlinfsrv")

    def test_conda_packages_are_named_to_the_server(self) -> None:
        conda = replace(SPEC, environment=environment(conda_file="dependencies: []"))
        assert variables(conda)["AZUREML_INFERENCE_PYTHON_PATH"].endswith("envs/inf-conda-env/bin")

    def test_the_variables_of_the_user_win(self) -> None:
        assert variables(replace(SPEC, variables={"AML_APP_ROOT": "/x"}))["AML_APP_ROOT"] == "/x"

    def test_without_code_and_model_there_is_nothing_to_mount_and_to_name(self) -> None:
        bare = replace(SPEC, code=None, code_name="", entry_script=None, model=None, variables={})
        assert config(bare)["HostConfig"]["Mounts"] == []
        assert config(bare)["Env"] == []

    def test_labels_keep_capitals_and_no_values(self) -> None:
        labels = config()["Labels"]
        assert labels["ml-endpoint.endpoint"] == "My-Endpoint"
        assert all(name.startswith("ml-endpoint.") for name in labels)
        assert "hush-hush" not in json.dumps(labels)

    def test_a_container_with_routes_of_its_own_starts_as_its_image_says(self) -> None:
        own = config(replace(SPEC, environment=environment(inference_config=OWN_ROUTES)))
        assert "Entrypoint" not in own and "Cmd" not in own

    def test_an_image_is_started_by_runit_or_as_it_says_itself(self) -> None:
        started = config()
        assert "runsvdir /var/runit" in started["Entrypoint"][2]
        assert started["Cmd"] == ["/entry", "serve", "--fast"]

    def test_conda_packages_are_what_the_server_runs_with(self) -> None:
        conda = config(replace(SPEC, environment=environment(conda_file="dependencies: []")))
        assert "CONDA_PREFIX=/opt/miniconda/envs/inf-conda-env\n" in conda["Entrypoint"][2]
        assert conda["Cmd"] == []

    def test_selinux_does_not_relabel_the_files_of_the_user(self) -> None:
        assert config(confined=True)["HostConfig"]["SecurityOpt"] == ["label=disable"]
        assert "SecurityOpt" not in config()["HostConfig"]


class TestInstance:
    def test_it_is_read_from_names_labels_and_state(self) -> None:
        found = container.instance(facts())
        assert (found.id, found.endpoint, found.deployment) == ("c0ffee", "My-Endpoint", "Blue")
        assert (found.promoted, found.state, found.exit_code) == (True, "running", None)
        assert found.ports == {5001: 32771}
        assert found.image == "some-image"
        assert found.variables == SPEC.variables
        assert found.record == SPEC.record
        assert found.started_at == "2021-06-01T12:00:00Z"

    @pytest.mark.parametrize(
        ("state", "read"),
        [
            ({"Status": "created", "ExitCode": 0}, ("created", None)),
            ({"Status": "running"}, ("running", None)),
            ({"Status": "running", "Paused": True}, ("paused", None)),
            ({"Status": "paused", "Paused": True}, ("paused", None)),
            ({"Status": "exited", "ExitCode": 3}, ("exited", 3)),
            ({"Status": "dead", "ExitCode": 1}, ("exited", 1)),
            ({"Status": "removing", "ExitCode": 137}, ("exited", 137)),
            ({"Status": "restarting", "ExitCode": 1}, ("exited", 1)),
        ],
    )
    def test_each_state_of_docker_has_one_meaning(self, state: Any, read: Any) -> None:
        found = container.instance(facts(**state))
        assert (found.state, found.exit_code) == read

    def test_one_that_never_started_has_no_time_of_start(self) -> None:
        never = facts(Status="created", StartedAt="0001-01-01T00:00:00Z")
        assert container.instance(never).started_at is None

    def test_lack_of_memory_is_told(self) -> None:
        killed = facts(Status="exited", ExitCode=137, OOMKilled=True)
        assert "memory" in container.instance(killed).error

    def test_what_docker_says_of_a_failed_start_is_told(self) -> None:
        assert container.instance(facts(Status="created")).error == ""
        assert container.instance(facts(Status="exited", Error="no such device")).error

    def test_a_value_may_have_lines_and_equal_signs(self) -> None:
        odd = facts()
        odd["Config"]["Env"] = ["TOKEN=a=b\nc=d", "COLOUR="]
        assert container.instance(odd).variables == {"TOKEN": "a=b\nc=d", "COLOUR": ""}


class TestNames:
    def test_a_candidate_is_not_promoted(self) -> None:
        name = container.candidate_name("My-Endpoint", "Blue", "12345678")
        assert not container.instance(facts(f"/{name}")).promoted

    def test_only_the_highest_number_of_a_deployment_is_promoted(self) -> None:
        names = [container.promoted_name("My-Endpoint", "Blue", number) for number in (9, 10)]
        found = container.instances(facts(f"/{name}") for name in names)
        assert [each.promoted for each in found] == [False, True]


def test_memory_that_ran_out_is_known_while_the_server_still_runs() -> None:
    """The kernel has killed a worker; gunicorn starts another one."""
    running = facts(Status="running", OOMKilled=True)
    assert "ran out of memory" in container.instance(running).error
    assert container.instance(facts(Status="running")).error == ""
