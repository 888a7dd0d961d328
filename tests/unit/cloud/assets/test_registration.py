"""Models and code find their ids in the workspace, and get there when they are missing.

Both together, and models; code alone is in :mod:`.test_registration_code`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from azext_ml_endpoint.content import hashing
from azext_ml_endpoint.document.model import Code, Deployment, Endpoint, Environment, Model
from azext_ml_endpoint.errors import ConflictError, FileAccessError, ServiceError
from azext_ml_endpoint.plan import planner
from tests.fakes.asset_command import CONDA, IMAGE, Command, only, properties, step_for
from tests.fakes.builders import write_files
from tests.fakes.cloud_world import CloudWorld
from tests.fakes.simulated_arm import WORKSPACE
from tests.simulator.faults import Fault, Status


def anonymous(path: Path, **changes: Any) -> Model:
    return Model(**{"name": "blue", "anonymous": True, "path": path, **changes})


def inline(folder: Path, name: str = "blue") -> Deployment:
    """Everything without a name."""
    return Deployment(
        name=name,
        model=anonymous(folder / "model"),
        code=Code(path=folder / "src"),
        environment=Environment(image=IMAGE, conda_file=CONDA),
    )


# One deployment with everything in it


def test_an_inline_deployment_costs_no_request_too_many(world: CloudWorld, folder: Path) -> None:
    made = Command(world).register(inline(folder))
    model, code, environment = (each.removeprefix(f"{WORKSPACE.id}/") for each in made)
    looked, others = world.lines()[:3], world.lines()[3:]
    assert sorted(looked) == sorted(
        [f"GET {code.removesuffix('/1')}", f"GET {model}", f"GET {environment}"]
    )
    assert others == [
        "GET datastores/workspaceblobstore",
        "POST datastores/workspaceblobstore/listSecrets",
        f"PUT {model}",
        f"POST {code}/startPendingUpload",
        f"PUT {code}",
        f"PUT {environment}",
    ]
    assert not world.simulator.journal.refused()


def test_what_was_registered_once_is_found_again(world: CloudWorld, folder: Path) -> None:
    made = Command(world).register(inline(folder))
    assert len(made) == 3
    world.simulator.journal.clear()
    again = Command(world, frozenset(each.lower() for each in made))
    resolved = again.resolve(inline(folder))
    assert sorted(line.partition("/")[0] for line in world.lines()) == ["GET codes", "GET models"]
    assert resolved.registered == {each.digest for each in planner.assets(resolved.endpoint)}
    assert set(resolved.ids.values()) == set(made)
    assert set(resolved.aliases) == {each.lower() for each in made}


def test_two_deployments_share_what_is_the_same(world: CloudWorld, folder: Path) -> None:
    assert len(Command(world).register(inline(folder), inline(folder, "green"))) == 3
    assert len(world.blobs.uploads) == 2


def test_what_no_deployment_uses_is_not_registered_again(world: CloudWorld, folder: Path) -> None:
    """A command that was killed has registered it."""
    assert len(Command(world).register(inline(folder))) == 3
    sent = len(world.blobs.uploads)
    assert Command(world).register(inline(folder)) == []
    assert len(world.blobs.uploads) == sent


# Models


def test_an_anonymous_model_is_where_the_sdk_looks_for_it(world: CloudWorld, folder: Path) -> None:
    (made,) = Command(world).register(only(model=anonymous(folder / "model")))
    digest = hashing.object_hash(folder / "model")
    assert made == WORKSPACE.asset("models", hashing.anonymous_model(digest), "1")
    there = properties(world, made)
    assert there["isAnonymous"] is True
    assert there["modelUri"].endswith(f"/paths/LocalUpload/{digest}/model")
    stored = {path for _, path in world.storage.blobs}
    assert stored == {
        f"LocalUpload/{digest}/model/{name}" for name in ["labels.txt", "weights.bin"]
    }


def test_a_model_of_one_file_is_that_file(world: CloudWorld, folder: Path) -> None:
    file = folder / "model/weights.bin"
    (made,) = Command(world).register(only(model=anonymous(file)))
    path = f"LocalUpload/{hashing.object_hash(file)}/weights.bin"
    assert properties(world, made)["modelUri"].endswith(f"/paths/{path}")
    assert {path for _, path in world.storage.blobs} == {path}


def test_a_named_model_is_registered_with_what_is_said_of_it(
    world: CloudWorld, folder: Path
) -> None:
    said: dict[str, Any] = {"description": "d", "tags": {"a": "1"}, "properties": {"b": "2"}}
    model = Model(name="prices", version="3", path=folder / "model", **said)
    (made,) = Command(world).register(only(model=model))
    assert made == WORKSPACE.asset("models", "prices", "3")
    there = properties(world, made)
    assert {key: there[key] for key in said} == said
    assert there["modelType"] == "custom_model" and there["isAnonymous"] is False


@pytest.mark.parametrize("flavor", ["python_function", "mlflow"])
def test_a_model_with_flavors_of_mlflow_is_one(
    world: CloudWorld, folder: Path, flavor: str
) -> None:
    model = Model(name="m", path=folder / "model", flavors={flavor: {"python_version": 3.1}})
    (made,) = Command(world).register(only(model=model))
    there = properties(world, made)
    assert there["modelType"] == "mlflow_model"
    assert there["flavors"] == {flavor: {"data": {"python_version": "3.1"}}}


@pytest.mark.parametrize(
    ("files", "flavors", "kind"),
    [
        ({"MLmodel": "flavors: {}"}, {}, "mlflow_model"),
        ({"MLmodel": "flavors: {}", "data/x": ""}, {"sklearn": {"code": None}}, "mlflow_model"),
        ({"MLmodel": "", ".amlignore": "data"}, {}, "mlflow_model"),
        ({"MLmodel": "", ".amlignore": "MLmodel"}, {}, "custom_model"),
        ({"mlflow/MLmodel": ""}, {}, "custom_model"),
        ({"mlmodel": ""}, {}, "custom_model"),
    ],
)
def test_a_model_is_what_its_folder_says(
    world: CloudWorld, tmp_path: Path, files: dict[str, str], flavors: dict[str, Any], kind: str
) -> None:
    path = write_files(tmp_path / "m", {"weights": "w", **files})
    (made,) = Command(world).register(only(model=Model(name="m", path=path, flavors=flavors)))
    there = properties(world, made)
    assert there["modelType"] == kind
    assert there["flavors"] == {name: {"data": {}} for name in flavors}


def test_a_file_that_is_called_so_is_no_mlflow_model(world: CloudWorld, tmp_path: Path) -> None:
    path = write_files(tmp_path, {"MLmodel": ""}) / "MLmodel"
    (made,) = Command(world).register(only(model=Model(name="m", path=path)))
    assert properties(world, made)["modelType"] == "custom_model"


def test_a_model_in_a_datastore_is_not_uploaded(world: CloudWorld) -> None:
    world.storage.blobs["azureml-blobstore", "models/m/weights"] = (b"W", {})
    place: dict[str, Any] = {"datastore": "workspaceblobstore", "datastore_path": "models/m"}
    named = Model(name="m", **place)
    unnamed = Model(name="blue", anonymous=True, **place)
    made = Command(world).register(only(model=named), Deployment(name="green", model=unnamed))
    assert len(made) == 2 and world.blobs.uploads == []
    assert properties(world, made[0])["modelUri"].endswith(
        "/workspaces/ws/datastores/workspaceblobstore/paths/models/m"
    )
    assert Command(world).resolve(only(model=named)).registered


def test_a_version_that_has_this_content_needs_nothing(world: CloudWorld, folder: Path) -> None:
    model = Model(name="prices", path=folder / "model")
    Command(world).register(only(model=model))
    world.simulator.journal.clear()
    assert Command(world).register(only(model=model)) == []
    assert world.lines() == ["GET models/prices/versions/1"]


@pytest.mark.parametrize("changed", ["content", "place", "datastore"])
def test_a_version_never_gets_other_content(world: CloudWorld, folder: Path, changed: str) -> None:
    world.storage.blobs["azureml-blobstore", "elsewhere/m"] = (b"W", {})
    elsewhere = Model(name="prices", datastore="workspaceblobstore", datastore_path="elsewhere/m")
    model = Model(name="prices", path=folder / "model")
    Command(world).register(only(model=elsewhere if changed == "datastore" else model))
    if changed == "content":
        write_files(folder, {"model/weights.bin": "other"})
    if changed == "place":
        model = replace(model, path=(folder / "model").rename(folder / "renamed"))
    before = len(world.blobs.uploads)
    with pytest.raises(ConflictError, match="prices:1 is registered with other content") as raised:
        Command(world).resolve(only(model=model))
    assert "version:" in str(raised.value.recommendation)
    assert "azureml:prices:1" in str(raised.value.recommendation)
    assert len(world.blobs.uploads) == before


def test_one_content_may_have_several_names(world: CloudWorld, folder: Path) -> None:
    path = folder / "model"
    models = [anonymous(path), Model(name="a", path=path), Model(name="a", version="2", path=path)]
    names = ["blue", "green", "red"]
    wanted = [Deployment(name=name, model=model) for name, model in zip(names, models, strict=True)]
    assert len(Command(world).register(*wanted)) == 3
    assert [len(sent) for _, sent in world.blobs.uploads] == [2, 0, 0]


def test_the_short_form_of_a_path_means_the_same(world: CloudWorld, folder: Path) -> None:
    model = Model(name="prices", path=folder / "model")
    (made,) = Command(world).register(only(model=model))
    resource = world.simulator.backend.resources.find(made)
    assert resource is not None
    uri = resource.body["properties"]["modelUri"]
    resource.body["properties"]["modelUri"] = (
        f"azureml://datastores/{uri.partition('/datastores/')[2]}"
    )
    assert Command(world).resolve(only(model=model)).registered


def test_a_file_with_another_name_is_another_anonymous_model(
    world: CloudWorld, folder: Path
) -> None:
    """The score script asks for it by its name, which is no part of its hash."""
    (first,) = Command(world).register(only(model=anonymous(folder / "model/weights.bin")))
    renamed = (folder / "model/weights.bin").rename(folder / "model/other.bin")
    wanted = only(model=anonymous(renamed))
    (second,) = Command(world, frozenset({first.lower()})).register(wanted)
    assert first != second
    assert properties(world, second)["modelUri"].endswith("/other.bin")
    assert Command(world, frozenset({second.lower()})).register(wanted) == []


def test_a_name_that_is_taken_by_another_file_is_not_used(world: CloudWorld, folder: Path) -> None:
    """Nothing uses the first one any more, but it is there."""
    (first,) = Command(world).register(only(model=anonymous(folder / "model/weights.bin")))
    renamed = (folder / "model/weights.bin").rename(folder / "model/other.bin")
    command = Command(world)
    resolved = command.resolve(only(model=anonymous(renamed)))
    (asset,) = planner.assets(resolved.endpoint)
    second = command.assets.register(step_for(asset))
    assert list(resolved.ids.values()) == [second] != [first]
    assert properties(world, second)["modelUri"].endswith("/other.bin")


def test_two_files_of_one_content_in_one_document_are_two_models(
    world: CloudWorld, folder: Path
) -> None:
    copy = write_files(folder, {"other.bin": "W"}) / "other.bin"
    wanted = [
        only(model=anonymous(folder / "model/weights.bin")),
        Deployment(name="green", model=anonymous(copy)),
    ]
    resolved = Command(world).resolve(*wanted)
    command = Command(world)
    made = [command.assets.register(step_for(each)) for each in planner.assets(resolved.endpoint)]
    assert len(set(made)) == 2
    again = Command(world, frozenset(each.lower() for each in made)).resolve(*wanted)
    assert list(again.ids.values()) == made and len(again.registered) == 2


def test_another_refusal_of_a_model_is_told(world: CloudWorld, folder: Path) -> None:
    world.simulator.faults.add(Fault(Status(400), "PUT", "/models/"))
    with pytest.raises(ServiceError, match="A fault"):
        Command(world).register(only(model=anonymous(folder / "model")))


# Corners


def test_an_endpoint_without_assets_asks_nothing(world: CloudWorld) -> None:
    empty = Endpoint(name="e", deployments=(Deployment(name="blue"),))
    assert Command(world).assets.resolve(empty, frozenset()).endpoint == empty
    assert world.lines() == []


def test_a_file_that_vanishes_before_the_upload_is_named(world: CloudWorld, folder: Path) -> None:
    command = Command(world)
    (asset,) = planner.assets(command.resolve(only(model=anonymous(folder / "model"))).endpoint)
    for each in (folder / "model").iterdir():
        each.unlink()
    with pytest.raises(FileAccessError, match="model"):
        command.assets.register(step_for(asset))
