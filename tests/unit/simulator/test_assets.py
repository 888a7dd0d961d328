"""Models, codes and environments: containers, versions, and what never changes."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.simulator.message import Json
from tests.unit.simulator.client import Client, code, environment, model

BLOBS = "https://wsstorage.blob.core.windows.net/azureml-blobstore"


@pytest.fixture
def ready(client: Client) -> Client:
    """With content for any asset."""
    for path in ("m/model.pkl", "n/model.pkl", "c/score.py", "docker/Dockerfile"):
        client.upload(f"LocalUpload/{path}")
    return client


def build(uri: str, **properties: Any) -> Json:
    return {"properties": {"build": {"contextUri": uri}} | properties}


@pytest.mark.parametrize(
    "uri",
    [
        "azureml://datastores/workspaceblobstore/paths/LocalUpload/m",
        "azureml://datastores/workspaceblobstore/paths/LocalUpload/m/model.pkl",
        "azureml://subscriptions/00000000-0000-0000-0000-000000000001/resourcegroups/rg"
        "/workspaces/ws/datastores/workspaceblobstore/paths/LocalUpload/m/",
        f"{BLOBS}/LocalUpload/m",
    ],
)
def test_a_model_is_where_its_content_is(ready: Client, uri: str) -> None:
    made = ready.make("models/m/versions/1", model(modelUri=uri))
    assert made["properties"]["modelUri"] == uri


@pytest.mark.parametrize(
    "uri",
    [
        "azureml://datastores/workspaceblobstore/paths/LocalUpload/x",
        "azureml://datastores/workspaceblobstore/paths/LocalUpload/m/model",
        "azureml://datastores/other/paths/LocalUpload/m",
        "azureml://subscriptions/00000000-0000-0000-0000-000000000001/resourcegroups/rg"
        "/workspaces/other/datastores/workspaceblobstore/paths/LocalUpload/m",
        "./LocalUpload/m",
    ],
)
def test_content_must_have_been_uploaded(ready: Client, uri: str) -> None:
    assert ready.put("models/m/versions/1", model(modelUri=uri)).status == 400
    assert ready.put("codes/c/versions/1", code(codeUri=uri)).status == 400
    assert ready.put("environments/e/versions/1", build(uri + "/")).status == 400
    assert ready.get("models/m").status == 404


def test_a_model_may_be_in_storage_of_others_and_nothing_else(ready: Client) -> None:
    uri = "https://other.blob.core.windows.net/azureml-blobstore/LocalUpload/m"
    assert ready.put("models/m/versions/1", model(modelUri=uri)).status == 201
    assert ready.put("codes/c/versions/1", code(codeUri=uri)).status == 400
    assert ready.put("environments/e/versions/1", build(uri + "/")).status == 400


def test_what_a_run_has_logged_is_an_output_of_its_job(ready: Client) -> None:
    ready.put("models/m/versions/1", model(modelUri="runs:/brave/model"))
    told = ready.get("models/m/versions/1").json()["properties"]["modelUri"]
    assert told == "azureml://jobs/brave/outputs/artifacts/paths/model"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("models/m/versions/1", model(modelType="custom")),
        ("models/m/versions/1", model(modelUri=None)),
        ("models/m/versions/1", model(provisioningState="Succeeded")),
        ("models/m/versions/1", model(properties={"a": 1})),
        ("models/m/versions/1", model() | {"location": "eastus2"}),
        ("codes/c/versions/1", code(codeUri=None)),
        ("environments/e/versions/1", environment(image=None)),
        ("environments/e/versions/1", environment(build={"contextUri": f"{BLOBS}/LocalUpload/d/"})),
        ("environments/e/versions/1", environment(condaFile={"dependencies": []})),
        ("environments/e/versions/1", environment(condaFile="file:conda.yml")),
        ("environments/e/versions/1", environment(osType="linux")),
        ("environments/e/versions/1", environment(environmentType="Curated")),
        (
            "environments/e/versions/1",
            environment(inferenceConfig={"livenessRoute": {"path": "/"}}),
        ),
        ("environments/e/versions/1", build(f"{BLOBS}/LocalUpload/docker")),
        ("environments/e/versions/1", build(f"{BLOBS}/LocalUpload/docker/", condaFile="{}")),
    ],
)
def test_a_field_that_is_wrong_is_refused(ready: Client, path: str, body: Json) -> None:
    assert ready.put(path, body).status == 400
    assert ready.get(path).status == 404


def test_a_version_is_made_once_and_then_only_described_anew(ready: Client) -> None:
    assert ready.put("models/m/versions/1", model()).status == 201
    again = ready.put("models/m/versions/1", model(tags={"a": "b"}))
    assert (again.status, again.json()["properties"]["tags"]) == (200, {"a": "b"})


def test_paths_of_a_version_never_change(ready: Client) -> None:
    ready.make("models/m/versions/1", model())
    ready.make("codes/c/versions/1", code())
    for path, body in [
        ("models/m/versions/1", model("LocalUpload/n")),
        ("codes/c/versions/1", code("LocalUpload/n")),
    ]:
        error = ready.put(path, body).json()["error"]
        assert (error["code"], error["message"]) == (
            "UserError",
            "Asset paths cannot be updated.",
        )


def test_an_environment_is_what_it_says_not_how_it_says_it(ready: Client) -> None:
    ready.make("environments/e/versions/1", environment(condaFile="name: e\ndependencies: [pip]"))
    same = environment(condaFile="dependencies:\n- pip\nname: e\n")
    assert ready.put("environments/e/versions/1", same).status == 200
    for other in (environment(), environment(condaFile=same, image="other")):
        assert ready.put("environments/e/versions/1", other).status in (400, 409)
    assert ready.put("environments/e/versions/1", environment(image="other")).status == 409


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("name: e\ndependencies: [pip]", {"name": "e", "dependencies": ["pip"]}),
        ('{"dependencies":["python=3.11",{"pip":["a"]}]}', None),
        (None, ""),
        ("", ""),
    ],
)
def test_a_conda_file_comes_back_in_the_service_s_words(
    ready: Client, given: str | None, told: object
) -> None:
    made = ready.make("environments/e/versions/1", environment(condaFile=given))
    answered = made["properties"]["condaFile"]
    expected = told if told is not None else json.loads(given or "")
    assert (json.loads(answered) if answered else answered) == expected
    assert ready.put("environments/e/versions/1", environment(condaFile=answered)).status == 200


def test_the_next_version_of_an_environment_is_a_moment(ready: Client) -> None:
    ready.make("environments/e/versions/1", environment())
    first = ready.get("environments/e").json()["properties"]["nextVersion"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d-\d{7}", first)
    ready.make(f"environments/e/versions/{first}", environment(image="other"))
    assert ready.get("environments/e").json()["properties"]["nextVersion"] != first


def test_the_container_knows_the_latest_and_the_next_version(ready: Client) -> None:
    for version in ("1", "7", "beta"):
        ready.make(f"models/m/versions/{version}", model())
    properties = ready.get("models/m").json()["properties"]
    assert (properties["latestVersion"], properties["nextVersion"]) == ("beta", "8")
    assert ready.get("models/other").status == 404


def test_versions_come_in_the_order_that_is_wanted(ready: Client) -> None:
    for version in ("1", "2", "3"):
        ready.make(f"models/m/versions/{version}", model())
    newest = ready.get("models/m/versions?$orderBy=createdtime desc&$top=1").json()["value"]
    assert [each["name"] for each in newest] == ["3"]


def test_a_list_comes_in_pages(ready: Client) -> None:
    names = [f"m{number}" for number in range(250)]
    for name in names:
        ready.make(f"models/{name}/versions/1", model())
    found, link, pages = [], "models", 0
    while link:
        answer = ready.get(link).json()
        found += [each["name"] for each in answer["value"]]
        link, pages = answer.get("nextLink"), pages + 1
    assert (found, pages) == (names, 3)


def test_what_is_anonymous_or_archived_is_not_listed(ready: Client) -> None:
    ready.make("models/a/versions/1", model(isAnonymous=True))
    ready.make("models/b/versions/1", model())
    ready.make("models/b", {"properties": {"isArchived": True}})
    assert ready.get("models").json()["value"] == []
    archived = ready.get("models?listViewType=ArchivedOnly").json()["value"]
    assert [each["name"] for each in archived] == ["b"]


def test_code_is_found_by_its_content_whatever_its_name(ready: Client) -> None:
    known = {"hash_sha256": "abc", "hash_version": 202208}
    ready.make("codes/c/versions/1", code(properties=known))
    found = ready.get("codes/any/versions?hash=abc&hashVersion=202208").json()["value"]
    assert [each["id"] for each in found] == [f"{ready.workspace}/codes/c/versions/1"]
    assert ready.get("codes/any/versions?hash=abd&hashVersion=202208").json()["value"] == []


def test_what_is_deleted_is_gone(ready: Client) -> None:
    ready.make("models/m/versions/1", model())
    assert ready.send("DELETE", "models/m/versions/1").status == 200
    assert ready.send("DELETE", "models/m/versions/1").status == 204
    assert ready.get("models/m/versions/1").status == 404
