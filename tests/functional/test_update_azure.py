"""`az ml endpoint update` in all its forms, in Azure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.fakes.cloud_world import CloudWorld
from tests.functional.in_process_az import Result, az
from tests.functional.sample_files import (
    BLUE,
    BLUE_FILE,
    BLUE_GREEN,
    FLOW,
    GREEN_FILE,
    MANAGED,
    STEPS,
)

HOUSES = "onlineEndpoints/houses"

pytestmark = pytest.mark.usefixtures("samples")


def endpoint(command: str, *arguments: str) -> Result:
    return az("ml", "endpoint", command, "-n", "houses", *arguments)


def shown() -> Any:
    return endpoint("show").json


def names(shown: Any) -> list[str]:
    return [each["name"] for each in shown["deployments"]]


class Commands:
    """What commands do to the world: what they print, and the requests that change something."""

    def __init__(self, world: CloudWorld) -> None:
        self.world = world
        self._seen = len(world.writes())

    def update(self, *arguments: str) -> Any:
        made = endpoint("update", *arguments)
        assert made.exit_code == 0, made.stderr
        assert made.json == shown()
        return made.json

    def refused(self, *arguments: str, exit_code: int = 1) -> str:
        self.writes()
        made = endpoint("update", *arguments)
        assert (made.exit_code, made.stdout) == (exit_code, "")
        assert self.writes() == []
        return made.stderr

    def writes(self) -> list[str]:
        """Since the last time."""
        written = self.world.writes()[self._seen :]
        self._seen += len(written)
        return written


@pytest.fixture
def blue(azure: CloudWorld, samples: Path) -> Commands:
    """Blue serves."""
    del samples  # they are in the working folder
    made = endpoint("create", "-f", BLUE)
    assert made.exit_code == 0, made.stderr
    return Commands(azure)


@pytest.fixture
def blue_green(azure: CloudWorld, samples: Path) -> Commands:
    """Blue has 90 % of the traffic, green has 10."""
    del samples
    made = endpoint("create", "-f", BLUE_GREEN)
    assert made.exit_code == 0, made.stderr
    return Commands(azure)


# The flows of the samples


def test_the_rollout_goes_step_by_step_with_a_file_for_each_deployment(azure: CloudWorld) -> None:
    assert endpoint("create", "-f", f"{STEPS}/1-create-endpoint.yml").json["deployments"] == []
    done = Commands(azure)
    done.update("--deployment", "blue", "--deployment-file", BLUE_FILE)
    assert done.update("--traffic", "blue:100")["traffic"] == {"blue": 100}
    made = done.update("-d", "blue", "--instance-count", "2")
    assert made["deployments"][0]["scale_settings"]["instance_count"] == 2
    done.writes()
    made = done.update("--deployment-file", GREEN_FILE, "--traffic", "blue:100,green:0")
    assert (names(made), made["traffic"]) == (["blue", "green"], {"blue": 100})
    assert not [line for line in done.writes() if line.endswith("deployments/blue")]
    assert endpoint("invoke", "-d", "green", "--data", "[1]").exit_code == 0
    assert done.update("--traffic", "blue:90,green:10")["traffic"] == {"blue": 90, "green": 10}
    assert done.update("--traffic", "blue:0,green:100")["traffic"] == {"green": 100}
    assert endpoint("delete", "-d", "blue", "--yes").exit_code == 0
    assert names(shown()) == ["green"]
    assert azure.simulator.journal.refused() == []


def test_the_rollout_goes_step_by_step_with_six_files_of_the_endpoint(blue: Commands) -> None:
    for file in sorted(Path(FLOW).glob("[2-6]*.yml")):
        made = blue.update("-f", str(file))
    assert (names(made), made["traffic"]) == (["green"], {"green": 100})
    assert blue.world.simulator.journal.refused() == []


# Each form, and nothing but what it asks for


def test_traffic_moves_and_nothing_else_does(blue_green: Commands) -> None:
    made = blue_green.update("-r", "blue:20,green:80")
    assert made["traffic"] == {"blue": 20, "green": 80}
    assert blue_green.writes() == [f"PUT {HOUSES}"]


def test_traffic_to_what_is_not_there_is_refused_before_anything_changes(
    blue_green: Commands,
) -> None:
    told = blue_green.refused("-e", GREEN_FILE, "--traffic", "blue:90,gren:10")
    assert "traffic names 'gren', and there is no such deployment; did you mean 'green'?" in told


@pytest.mark.parametrize(
    "options",
    [
        ["-d", "blue", "-i", "3"],
        ["--set", "deployments[0].scale_settings.instance_count=3"],
        ["--set", "deployments[name=blue].scale_settings.instance_count=3"],
    ],
)
def test_a_deployment_is_scaled_with_one_request(blue_green: Commands, options: list[str]) -> None:
    made = blue_green.update(*options)
    assert made["deployments"][0]["scale_settings"]["instance_count"] == 3
    assert blue_green.writes() == [f"PATCH {HOUSES}/deployments/blue"]


def test_tags_are_changed_with_one_request(blue: Commands) -> None:
    made = blue.update("--set", "tags.team=prices", "tags.cost=7")
    assert made["tags"] == {"team": "prices", "cost": "7"}
    assert blue.writes() == [f"PATCH {HOUSES}"]
    assert blue.update("--remove", "tags.team")["tags"] == {"cost": "7"}


def test_the_description_is_set_and_removed(blue: Commands) -> None:
    assert blue.update("--set", "description=Prices of houses")["description"] == "Prices of houses"
    assert blue.writes() == [f"PUT {HOUSES}"]
    assert "description" not in blue.update("--remove", "description")


def test_what_is_so_already_changes_nothing(blue_green: Commands) -> None:
    made = endpoint("update", "--traffic", "blue:90,green:10", "-d", "blue", "-i", "1")
    assert made.exit_code == 0
    assert "houses: nothing to do" in made.stderr
    assert blue_green.writes() == []


def test_an_environment_variable_is_changed_and_the_assets_stay(blue: Commands) -> None:
    before = shown()["deployments"][0]
    made = blue.update("--set", "deployments[0].environment_variables.COLOUR=red")
    after = made["deployments"][0]
    assert after.pop("environment_variables") == {"COLOUR": "red"}
    before.pop("environment_variables", None)
    assert after == before
    assert blue.writes() == [f"PUT {HOUSES}/deployments/blue"]


def test_a_secret_stays_secret_and_itself_when_something_else_changes(
    blue: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", "hunter2")
    key = "deployments[0].environment_variables"
    blue.update("--set", f"{key}.TOKEN=${{secret:TOKEN}}")
    made = blue.update("--set", f"{key}.COLOUR=red")
    shown = made["deployments"][0]["environment_variables"]
    assert shown == {"TOKEN": "********", "COLOUR": "red"}
    body = blue.world.sent(f"{HOUSES}/deployments/blue")
    sent = body["properties"]["environmentVariables"]
    assert sent == {"TOKEN": "hunter2", "COLOUR": "red"}


def test_a_registered_model_takes_the_place_of_another(blue_green: Commands) -> None:
    one, other = (each["model"] for each in shown()["deployments"])
    assert one != other
    made = blue_green.update("--set", f"deployments[0].model={other}")
    assert [each["model"] for each in made["deployments"]] == [other, other]
    assert blue_green.writes() == [f"PUT {HOUSES}/deployments/blue"]


def test_a_deployments_file_changes_that_deployment_only(blue_green: Commands) -> None:
    settings = ["deployments[0].environment_variables.COLOUR=red"]
    made = blue_green.update("-e", BLUE_FILE, "--set", *settings)
    assert made["deployments"][0]["environment_variables"] == {"COLOUR": "red"}
    deployments = [line for line in blue_green.writes() if "deployments/" in line]
    assert deployments == [f"PUT {HOUSES}/deployments/blue"]


def test_a_new_managed_deployment_needs_its_instance_type(blue: Commands) -> None:
    lines = Path(GREEN_FILE).read_text().splitlines()
    kept = [line for line in lines if not line.startswith("instance_type")]
    Path(GREEN_FILE).write_text("\n".join(kept))
    assert "a managed deployment needs 'instance_type'" in blue.refused("-e", GREEN_FILE)


def test_a_deployment_is_removed_when_its_traffic_has_gone(blue_green: Commands) -> None:
    assert "deployment green receives 10 % of the traffic. Say which" in blue_green.refused(
        "--remove", "deployments[name=green]"
    )
    removed = endpoint("update", "--remove", "deployments", "1", "--traffic", "blue:100")
    assert "delete deployment green: asked for" in removed.stderr
    made = shown()
    assert (names(made), made["traffic"]) == (["blue"], {"blue": 100})
    assert blue_green.writes() == [f"PUT {HOUSES}", f"DELETE {HOUSES}/deployments/green"]


def test_of_the_endpoints_file_one_deployment_can_be_chosen(blue_green: Commands) -> None:
    settings = [f"deployments[{n}].scale_settings.instance_count=2" for n in (0, 1)]
    made = blue_green.update("-f", BLUE_GREEN, "-d", "green", "--set", *settings)
    counts = [each["scale_settings"]["instance_count"] for each in made["deployments"]]
    assert counts == [1, 2]


@pytest.mark.parametrize(
    ("edit", "complaint"),
    [
        ("id=/subscriptions/x", "id is an answer only, and cannot be changed"),
        ("scoring_uri=https://x", "scoring_uri is an answer only, and cannot be changed"),
        ("deployments[0].provisioning_state=Failed", "provisioning_state is an answer only"),
        ("name=flats", "the name of an endpoint is settled when it is made"),
        ("location=westeurope", "the location of an endpoint is settled when it is made"),
        ("deployments[0].instance_type=Standard_F4s_v2", "The instance_type of deployment blue"),
        ("deployments[0].scale_settings.instance_count=many", "must be an integer"),
        ("deployments[0].model=azureml:prices", "has no version"),
    ],
)
def test_what_cannot_be_is_refused(blue: Commands, edit: str, complaint: str) -> None:
    assert complaint in blue.refused("--set", edit)


def test_an_endpoint_keeps_its_identity(azure: CloudWorld) -> None:
    file = f"{MANAGED}/managed-identity/system-assigned.yml"
    before = endpoint("create", "-f", file).json["identity"]
    done = Commands(azure)
    assert done.update("--set", "description=Other")["identity"] == before
    assert done.update("--set", "tags.team=prices")["identity"] == before


def test_a_deployment_on_kubernetes_scales_by_itself(azure: CloudWorld) -> None:
    file = "endpoints/online/kubernetes/1-create-endpoint-with-blue.yml"
    created = endpoint("create", "-f", file, "--set", "target=azureml:aks-test")
    assert created.exit_code == 0, created.stderr
    done = Commands(azure)
    told = done.refused("-d", "blue", "-i", "2")
    assert "--instance-count: instance_count is for scale_type 'manual'" in told
    made = done.update("--set", "deployments[0].scale_settings.max_instances=7")
    assert made["deployments"][0]["scale_settings"]["max_instances"] == 7
    assert done.writes() == [f"PUT {HOUSES}/deployments/blue"]
    assert done.update("--set", "tags.team=prices")["target"] == created.json["target"]


def test_a_model_that_is_not_registered_is_named(blue: Commands) -> None:
    told = blue.refused("--set", "deployments[0].model=azureml:castles:7", exit_code=3)
    assert "castles" in told


@pytest.mark.usefixtures("azure")
def test_an_endpoint_that_is_not_there_is_not_made() -> None:
    for arguments in (["-r", "blue:100"], ["-e", BLUE_FILE], ["--set", "tags.a=1"]):
        made = endpoint("update", *arguments)
        assert (made.exit_code, made.stdout) == (3, "")
        assert "houses" in made.stderr


@pytest.mark.parametrize(
    ("options", "written"),
    [
        (["--traffic", "blue:20,green:80"], f"PUT {HOUSES}"),
        (["-d", "blue", "-i", "3"], f"PATCH {HOUSES}/deployments/blue"),
        (["--set", "tags.team=prices"], f"PATCH {HOUSES}"),
    ],
)
def test_nobody_has_to_wait(blue_green: Commands, options: list[str], written: str) -> None:
    blue_green.writes()
    made = endpoint("update", "--no-wait", *options)
    assert made.exit_code == 0, made.stderr
    assert blue_green.writes() == [written]
    assert "az ml endpoint wait" in made.stderr


def test_nobody_has_to_wait_for_a_deployment_and_its_traffic(blue_green: Commands) -> None:
    red = Path(GREEN_FILE).read_text().replace("name: green", "name: red", 1)
    Path(GREEN_FILE).write_text(red)
    options = ["--deployment-file", GREEN_FILE, "--traffic", "blue:50,red:50", "-o", "none"]
    made = endpoint("update", "--no-wait", *options)
    assert made.exit_code == 0, made.stderr
    assert endpoint("wait", "--custom", "traffic.red==`50`").exit_code == 0
    assert names(shown()) == ["blue", "green", "red"]
    assert blue_green.world.simulator.journal.refused() == []
