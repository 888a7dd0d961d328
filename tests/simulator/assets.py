"""Models, codes and environments: containers of immutable versions."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone

import yaml

from tests.simulator import fields
from tests.simulator.addresses import require_content
from tests.simulator.backend import Backend
from tests.simulator.message import Json, Reply, json_reply
from tests.simulator.refusal import Refusal, user_error
from tests.simulator.resources import Resource
from tests.simulator.routes import WORKSPACE, Call, Route
from tests.simulator.schema import Schema


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What is particular to one collection.

    check: completes the properties, and raises where they do not do.
    content: what a version can never change. changed: the refusal of a PUT that would.
    retold: what of the properties the service says in other words.
    following: the next version, by the versions that are there and the time.
    """

    collection: str
    schema: Schema
    check: Callable[[Backend, Json], None]
    content: Callable[[Json], object]
    changed: Callable[[Backend, str], Refusal]
    defaults: Json
    retold: Callable[[Json], Json] = lambda properties: {}
    following: Callable[[list[Resource], float], str]


_RUN = re.compile(r"runs:/([^/]+)/(.+)")
_JOB = re.compile(r"azureml://jobs/[^/]+/outputs/[^/]+/paths/.+")
_ELSEWHERE = re.compile(r"(?:https|wasbs|abfss)://[^/]+/.+")


def _check_model(backend: Backend, properties: Json) -> None:
    """What is in a run or outside of the workspace's storage is taken as it is said (docs of
    Microsoft, "Work with registered models": the five kinds of paths). What a run has logged is
    the output ``artifacts`` of its job from then on (the same page)."""
    uri = properties["modelUri"]
    if run := _RUN.fullmatch(uri):
        properties["modelUri"] = f"azureml://jobs/{run[1]}/outputs/artifacts/paths/{run[2]}"
    elif not _JOB.fullmatch(uri) and not _is_elsewhere(backend, uri):
        require_content(backend, uri)


def _is_elsewhere(backend: Backend, uri: str) -> bool:
    own = backend.world.blob_host(backend.storage.account)
    return bool(_ELSEWHERE.fullmatch(uri)) and own not in uri


def _check_code(backend: Backend, properties: Json) -> None:
    require_content(backend, properties["codeUri"])


def _check_environment(backend: Backend, properties: Json) -> None:
    build, image = properties.get("build"), properties.get("image")
    if (build is None) == (image is None):
        raise user_error("An environment has either an image or a build context.")
    if build is not None:
        if properties.get("condaFile"):
            raise user_error("An environment with a build context has no conda file.")
        build.setdefault("dockerfilePath", "Dockerfile")
        if not build["contextUri"].endswith("/"):
            raise user_error("The contextUri of a build context must end with '/'.")
        require_content(backend, build["contextUri"])
    if properties.get("condaFile") and not isinstance(_conda(properties), dict):
        raise user_error("The conda file is not a mapping in YAML.")


def _retold_environment(properties: Json) -> Json:
    """A label, and the conda file in other words: JSON of the same content, "" for none.

    Recorded 2022 to 2026 (azure-sdk-assets, environment tests: create_conda, docker), with two
    spaces for each level.
    """
    conda = _conda(properties)
    told: Json = {"condaFile": json.dumps(conda, indent=2) if conda else ""}
    return told | {"properties": {"azureml.labels": "latest"} | properties.get("properties", {})}


def _conda(properties: Json) -> object:
    try:
        return yaml.safe_load(properties.get("condaFile") or "")
    except yaml.YAMLError as error:
        raise user_error(f"The conda file is not YAML: {error}") from error


def _environment_content(properties: Json) -> object:
    """The conda file as what it says: two clients write the same in two orders."""
    settled = ("image", "build", "inferenceConfig", "osType")
    return [_conda(properties), *(properties.get(name) for name in settled)]


def _paths_cannot_change(backend: Backend, version: str) -> Refusal:
    return user_error("Asset paths cannot be updated.")


def _is_registered(backend: Backend, version: str) -> Refusal:
    status = backend.assumptions.changed_environment
    return user_error(f"{version} is already registered and cannot be changed.", status)


def _number(versions: list[Resource], now: float) -> str:
    numbers = [int(each.name) for each in versions if each.name.isdecimal()]
    return str(max(numbers, default=0) + 1)


def _moment(versions: list[Resource], now: float) -> str:
    """Recorded 2022 to 2026: ``2022-09-14-20-33-51-5820890`` (test_create_autoincrement).

    The count keeps two versions of one moment apart where a test's clock stands still.
    """
    moment = datetime.fromtimestamp(now, timezone.utc)
    return f"{moment:%Y-%m-%d-%H-%M-%S}-{moment.microsecond * 10 + len(versions):07}"


MODELS = Kind(
    collection="models",
    schema=fields.MODEL,
    check=_check_model,
    content=lambda properties: properties["modelUri"],
    changed=_paths_cannot_change,
    defaults={"modelType": "custom_model", "flavors": {}, "jobName": None, "stage": None},
    following=_number,
)
CODES = Kind(
    collection="codes",
    schema=fields.CODE,
    check=_check_code,
    content=lambda properties: properties["codeUri"],
    changed=_paths_cannot_change,
    defaults={},
    following=_number,
)
ENVIRONMENTS = Kind(
    collection="environments",
    schema=fields.ENVIRONMENT,
    check=_check_environment,
    content=_environment_content,
    changed=_is_registered,
    defaults={
        "environmentType": "UserCreated",
        "osType": "Linux",
        "autoRebuild": "Disabled",
        "image": None,
        "build": None,
        "inferenceConfig": None,
        "stage": "Development",
    },
    retold=_retold_environment,
    following=_moment,
)

DATA = Kind(
    collection="data",
    schema=fields.DATA,
    # What is collected comes later: the folder need not be there. The official SDK registers it
    # before the deployment is made (azure-ai-ml 1.35, _register_collection_data_assets).
    check=lambda backend, properties: None,
    content=lambda properties: properties["dataUri"],
    changed=_paths_cannot_change,
    defaults={},
    following=_number,
)


class Assets:
    """The handlers of one collection."""

    def __init__(self, backend: Backend, kind: Kind) -> None:
        self._backend, self._kind = backend, kind

    def routes(self) -> list[Route]:
        collection = f"{WORKSPACE}/{self._kind.collection}"
        container = collection + "/{name}"
        versions = container + "/versions"
        version = versions + "/{version}"
        return [
            Route("GET", collection, self._list_containers),
            Route("GET", container, self._get_container),
            Route("PUT", container, self._put_container),
            Route("DELETE", container, self._delete),
            Route("GET", versions, self._list_versions),
            Route("GET", version, self._get),
            Route("PUT", version, self._put),
            Route("DELETE", version, self._delete),
        ]

    # Versions

    def _put(self, call: Call) -> Reply:
        properties = call.body(self._kind.schema)["properties"]
        self._kind.check(self._backend, properties)
        completed = _COMMON | self._kind.defaults | properties | self._kind.retold(properties)
        existing = self._backend.resources.find(self._id(call))
        if existing is None:
            self._require_container(call)
            return json_reply(201, self._add(call, completed).document())
        content = self._kind.content
        if content(existing.properties) != content(completed):
            version = f"{self._kind.collection} {call.names['name']}:{call.names['version']}"
            raise self._kind.changed(self._backend, version)
        existing.body = {"properties": completed}
        existing.touch(call.now)
        return json_reply(200, existing.document())

    def _add(self, call: Call, properties: Json) -> Resource:
        body = {"properties": properties | {"provisioningState": "Succeeded"}}
        resource = Resource(self._id(call), body, call.now, call.now)
        self._backend.resources.add(resource)
        return resource

    def _get(self, call: Call) -> Reply:
        return json_reply(200, self._require(call).document())

    def _list_versions(self, call: Call) -> Reply:
        found = self._with_hash(call) if "hash" in call.query else self._versions(call)
        shown = [each for each in found if _is_listed(call, each)]
        return self._backend.page(call, [each.document() for each in _ordered(call, shown)])

    def _with_hash(self, call: Call) -> list[Resource]:
        """By content, whatever the name: the one in the path counts for nothing."""
        wanted = (call.query["hash"], call.query.get("hashversion"))
        everything = [each for each in self._backend.resources if self._is_version(each)]
        return [each for each in everything if _hash(each) == wanted]

    def _delete(self, call: Call) -> Reply:
        resource_id = self._id(call)
        if resource_id not in self._backend.resources:
            return Reply(204)
        self._backend.resources.remove(resource_id)
        return Reply(200)

    # Containers

    def _list_containers(self, call: Call) -> Reply:
        named = [each for each in self._containers() if self._is_public(each)]
        shown = [each for each in named if _is_listed(call, each)]
        return self._backend.page(call, [self._container(each, call.now) for each in shown])

    def _get_container(self, call: Call) -> Reply:
        return json_reply(200, self._container(self._require(call), call.now))

    def _put_container(self, call: Call) -> Reply:
        properties = call.body(fields.CONTAINER)["properties"]
        is_new = self._id(call) not in self._backend.resources
        resource = self._require_container(call)
        resource.body = {"properties": _PLAIN | properties}
        resource.touch(call.now)
        return json_reply(201 if is_new else 200, self._container(resource, call.now))

    def _require_container(self, call: Call) -> Resource:
        """The container of a version, made where there is none."""
        container_id = f"{self._collection}/{call.names['name']}"
        found = self._backend.resources.find(container_id)
        if found is None:
            found = Resource(container_id, {"properties": dict(_PLAIN)}, call.now, call.now)
            self._backend.resources.add(found)
        return found

    def _container(self, resource: Resource, now: float) -> Json:
        versions = self._backend.resources.children(resource.id + "/versions")
        document = resource.document()
        document["properties"] = resource.properties | {
            "latestVersion": versions[-1].name if versions else None,
            "nextVersion": self._kind.following(versions, now),
            "provisioningState": "Succeeded",
        }
        return document

    def _is_public(self, container: Resource) -> bool:
        versions = self._backend.resources.children(container.id + "/versions")
        return not versions or any(not each.properties["isAnonymous"] for each in versions)

    # Both

    @property
    def _collection(self) -> str:
        return f"{self._backend.world.workspace_id}/{self._kind.collection}"

    def _id(self, call: Call) -> str:
        container = f"{self._collection}/{call.names['name']}"
        version = call.names.get("version")
        return container if version is None else f"{container}/versions/{version}"

    def _require(self, call: Call) -> Resource:
        found = self._backend.resources.find(self._id(call))
        if found is None:
            what = ":".join(filter(None, (call.names["name"], call.names.get("version"))))
            raise user_error(f"Not found: {self._kind.collection} {what}", 404)
        return found

    def _containers(self) -> list[Resource]:
        return self._backend.resources.children(self._collection)

    def _versions(self, call: Call) -> list[Resource]:
        container = f"{self._collection}/{call.names['name']}"
        if container not in self._backend.resources:
            self._require(call)
        return self._backend.resources.children(container + "/versions")

    def _is_version(self, resource: Resource) -> bool:
        return resource.type.endswith(f"/{self._kind.collection}/versions")


_PLAIN: Json = {"description": None, "tags": {}, "properties": {}, "isArchived": False}
_COMMON: Json = _PLAIN | {"isAnonymous": False}


def _hash(resource: Resource) -> tuple[str, str]:
    inner = resource.properties["properties"]
    return str(inner.get("hash_sha256")), str(inner.get("hash_version"))


def _is_listed(call: Call, resource: Resource) -> bool:
    view = call.query.get("listviewtype", "ActiveOnly")
    archived = bool(resource.properties.get("isArchived"))
    return view == "All" or archived == (view == "ArchivedOnly")


def _ordered(call: Call, found: list[Resource]) -> list[Resource]:
    """``$orderBy``: a time and ``asc`` or ``desc``; of two at the same time the later came last."""
    name, _, direction = call.query.get("$orderby", "").lower().partition(" ")
    by_modified = name in ("modifiedtime", "lastmodifiedat")
    key = {True: lambda each: each.modified, False: lambda each: each.created}[by_modified]
    ascending = sorted(found, key=key)
    return ascending[::-1] if direction == "desc" else ascending
