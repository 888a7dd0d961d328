"""Code finds its id in the workspace by its hash, and gets there when it is missing."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from azext_ml_endpoint.content import hashing
from azext_ml_endpoint.document.model import Code, Deployment
from azext_ml_endpoint.errors import ConflictError, FileAccessError, ServiceError, StorageError
from azext_ml_endpoint.plan import planner
from tests.fakes.asset_command import Command, only, properties, step_for
from tests.fakes.cloud_world import CloudWorld
from tests.fakes.simulated_arm import WORKSPACE
from tests.simulator.message import Reply, Request, json_reply


def test_code_is_registered_with_its_hash(world: CloudWorld, folder: Path) -> None:
    (made,) = Command(world).register(only(code=Code(path=folder / "src")))
    there = properties(world, made)
    digest = hashing.content_hash(folder / "src")
    assert there["properties"] == {"hash_sha256": digest, "hash_version": "202208"}
    assert there["isAnonymous"] is True and there["codeUri"].endswith("/src")
    assert [path for _, path in world.storage.blobs] == ["src/score.py"]


def test_code_with_a_name_gets_it(world: CloudWorld, folder: Path) -> None:
    code = Code(path=folder / "src", name="scoring", version="2")
    (made,) = Command(world).register(only(code=code))
    assert made == WORKSPACE.asset("codes", "scoring", "2")
    assert properties(world, made)["isAnonymous"] is False


def test_code_in_a_datastore_is_not_uploaded(world: CloudWorld) -> None:
    world.storage.blobs["azureml-blobstore", "code/src/score.py"] = (b"S", {})
    place: dict[str, Any] = {"datastore": "workspaceblobstore", "path": Path("code/src")}
    unnamed, named = Code(**place), Code(name="c", version="2", **place)
    made = Command(world).register(only(code=unnamed), Deployment(name="green", code=named))
    assert len(made) == 2 and world.blobs.uploads == []
    for each in made:
        uri = "/workspaces/ws/datastores/workspaceblobstore/paths/code/src"
        assert properties(world, each)["codeUri"].endswith(uri)
    assert made[1] == WORKSPACE.asset("codes", "c", "2")
    assert properties(world, made[0])["isAnonymous"] is True
    assert Command(world).register(only(code=unnamed), Deployment(name="green", code=named)) == []


def test_a_version_of_code_never_gets_another_place(world: CloudWorld) -> None:
    for name in ("a", "b"):
        world.storage.blobs["azureml-blobstore", f"{name}/score.py"] = (b"S", {})
    place: dict[str, Any] = {"datastore": "workspaceblobstore", "name": "c"}
    Command(world).register(only(code=Code(path=Path("a"), **place)))
    with pytest.raises(ConflictError, match="code c:1 is registered with other content"):
        Command(world).resolve(only(code=Code(path=Path("b"), **place)))


def test_an_upload_that_was_cut_off_goes_on_in_its_place(world: CloudWorld, folder: Path) -> None:
    code = Code(path=folder / "src")
    command = Command(world)
    resolved = command.resolve(only(code=code))
    world.blobs.cancel()
    (asset,) = planner.assets(resolved.endpoint)
    with pytest.raises(Exception, match="interrupted"):
        command.assets.register(step_for(asset))
    world.blobs = type(world.blobs)(world.storage)
    Command(world).register(only(code=code))
    assert len(world.storage.containers) == 2  # the datastore's, and one for both tries


def test_of_several_registrations_of_a_code_the_one_in_use_stays(
    world: CloudWorld, folder: Path
) -> None:
    one, other = (Code(path=folder / "src", name=name) for name in "ab")
    (first,) = Command(world).register(only(code=one))
    resource = world.simulator.backend.resources.find(first)
    assert resource is not None
    twin = replace(resource, id=WORKSPACE.asset("codes", "b", "1"))
    world.simulator.backend.resources.add(twin)
    resolved = Command(world, frozenset({twin.id.lower()})).resolve(only(code=other))
    assert list(resolved.ids.values()) == [twin.id]
    assert set(resolved.aliases) == {first.lower(), twin.id.lower()}


def test_the_credential_of_an_upload_is_renewed_for_the_same_place(
    world: CloudWorld, folder: Path
) -> None:
    Command(world).register(only(code=Code(path=folder / "src")))
    (container,) = world.blobs.containers
    assert container.renew is not None
    assert container.renew().startswith("sv=")


def test_a_place_that_was_given_up_is_an_error(
    world: CloudWorld, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Command(world).register(only(code=Code(path=folder / "src")))
    (container,) = world.blobs.containers
    monkeypatch.setattr(world.simulator.datastores, "_uploads", {})
    assert container.renew is not None
    with pytest.raises(StorageError, match="given up"):
        container.renew()


# Where it goes, and what cannot go there


def test_a_name_that_storage_cannot_have_is_shown(world: CloudWorld, folder: Path) -> None:
    Path(os.fsdecode(os.fsencode(folder) + b"/src/caf\xe9.py")).touch()
    with pytest.raises(FileAccessError, match=r"src/caf\\udce9\.py: its name is no UTF-8"):
        Command(world).register(only(code=Code(path=folder / "src")))
    assert world.storage.blobs == {}


@pytest.mark.parametrize("letter", ["\n", "\x1b", "\x7f", "\x9b"])
def test_nor_can_it_have_control_characters(world: CloudWorld, folder: Path, letter: str) -> None:
    (folder / f"src/a{letter}.py").touch()
    shown = rf"src/a\\x{ord(letter):02x}\.py: its name has a control character"
    with pytest.raises(FileAccessError, match=shown):
        Command(world).register(only(code=Code(path=folder / "src")))
    assert world.storage.blobs == {}


@pytest.mark.parametrize(
    "place",
    [
        "https://evil.example/container",
        "http://wsstorage.blob.core.windows.net/container",
        "https://wsstorage.blob.core.windows.net@evil.example/container",
    ],
)
def test_code_is_uploaded_to_azure_s_storage_only(
    world: CloudWorld, folder: Path, place: str
) -> None:
    answer = world.simulator.handle

    def astray(request: Request) -> Reply:
        reply = answer(request)
        if not request.path.endswith("startPendingUpload"):
            return reply
        pending = json.loads(reply.body)
        pending["blobReferenceForConsumption"]["blobUri"] = place
        return json_reply(200, pending)

    world.handle = astray
    with pytest.raises(ServiceError, match="which is no storage of Azure's; nothing was sent"):
        Command(world).register(only(code=Code(path=folder, digest="")))
    assert not [line for line in world.lines() if line.startswith("PUT")]
