"""Models and environments in the keys of the document."""

from __future__ import annotations

from azext_ml_endpoint.cloud.wire import assets

WORKSPACE = (
    "/subscriptions/s/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ws"
)
SYSTEM = {"createdAt": "2026-01-01T00:00:00Z", "createdByType": "User", "lastModifiedAt": None}


def test_a_model_has_its_name_from_its_id_and_its_version_for_a_name() -> None:
    uri = "azureml://subscriptions/s/…/datastores/workspaceblobstore/paths/LocalUpload/1/m.pkl"
    body = {
        "id": f"{WORKSPACE}/models/prices/versions/3",
        "name": "3",
        "systemData": SYSTEM,
        "properties": {
            "modelType": "custom_model",
            "modelUri": uri,
            "flavors": {},
            "tags": {"team": "houses"},
            "description": None,
            "isAnonymous": False,
        },
    }
    assert assets.model(body) == {
        "id": body["id"],
        "name": "prices",
        "version": "3",
        "type": "custom_model",
        "path": uri,
        "tags": {"team": "houses"},
        "creation_context": {"created_at": "2026-01-01T00:00:00Z", "created_by_type": "User"},
    }


def test_an_environment_has_an_image_with_packages() -> None:
    body = {
        "id": f"{WORKSPACE}/environments/sklearn/versions/1",
        "name": "1",
        "properties": {"image": "ubuntu", "condaFile": "dependencies: []", "osType": "Linux"},
    }
    shown = assets.environment(body)
    assert (shown["image"], shown["conda_file"]) == ("ubuntu", "dependencies: []")
    assert (shown["os_type"], "build" in shown) == ("linux", False)


def test_an_environment_has_a_build_context_and_routes() -> None:
    route = {"path": "/live", "port": 8080}
    body = {
        "id": f"{WORKSPACE}/environments/own/versions/1",
        "name": "1",
        "properties": {
            "build": {"contextUri": "https://a/c/", "dockerfilePath": "Dockerfile"},
            "inferenceConfig": {"livenessRoute": route, "scoringRoute": None},
        },
    }
    shown = assets.environment(body)
    assert shown["build"] == {"path": "https://a/c/", "dockerfile_path": "Dockerfile"}
    assert shown["inference_config"] == {"liveness_route": route}


def test_all_versions_together_tell_the_latest() -> None:
    body = {"id": "i", "name": "prices", "properties": {"latestVersion": "3", "tags": {}}}
    shown = assets.container(body)
    assert (shown["name"], shown["latest_version"]) == ("prices", "3")
