"""Registered assets, and what is in datastores, for this machine: a local endpoint's library."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar
from urllib.parse import unquote, urlsplit

from azext_ml_endpoint.cloud import hosts
from azext_ml_endpoint.cloud.assets.bodies import ROUTES, WORKSPACE_STORE
from azext_ml_endpoint.cloud.assets.datastores import Datastores
from azext_ml_endpoint.cloud.assets.deployment_templates import DeploymentTemplates
from azext_ml_endpoint.cloud.assets.references import References
from azext_ml_endpoint.cloud.assets.registries import RegistryReader
from azext_ml_endpoint.cloud.contract import Arm, Blob, Blobs, Container, Json
from azext_ml_endpoint.cloud.workspace import Workspace
from azext_ml_endpoint.document.model import Deployment, Reference
from azext_ml_endpoint.errors import (
    EndpointError,
    ServiceError,
    StorageError,
    UnsupportedError,
)

Kind = Literal["model", "code", "environment"]
Said = dict[str, Any]
T = TypeVar("T")

_STORE = re.compile(
    r"azureml://(?:subscriptions/(?P<subscription>[^/]+)/resourcegroups/(?P<group>[^/]+)"
    r"/(?:providers/Microsoft\.MachineLearningServices/)?workspaces/(?P<workspace>[^/]+)/)?"
    r"datastores/(?P<store>[^/]+)/paths/(?P<path>.+)",
    re.IGNORECASE,
)
_VERSION = re.compile(r"/(?:versions|labels)/[^/]+$")
_LOGGED = re.compile(
    r"(?:azureml://jobs/(?P<job>[^/]+)/outputs/artifacts/paths|runs:/(?P<run>[^/]+))/(?P<path>.+)",
    re.IGNORECASE,
)
_ARTIFACTS = "workspaceartifactstore"
"""The datastore of what runs log, by their names (azure-ai-ml 1.35, ``_job_ops_helper.py``)."""


class AssetSource:
    """A :class:`azext_ml_endpoint.local.library.Workspace`.

    found: makes what the library keeps of a version.
    """

    def __init__(
        self,
        arm: Arm,
        blobs: Blobs,
        workspace: Workspace,
        found: Callable[[str, Said, str | None], Any],
        *,
        registries: RegistryReader,
        credential: Any = None,
        storage_suffix: str = hosts.PUBLIC_STORAGE,
    ) -> None:
        self._registries = registries
        self._templates = DeploymentTemplates(registries)
        self._arm = arm
        self._blobs = blobs
        self._workspace = workspace
        self._found = found
        self._credential = credential
        self._suffix = storage_suffix
        self._references = References(arm, workspace)

    @property
    def id(self) -> str:
        return self._workspace.id

    def find(self, reference: Reference, kind: Kind) -> Any:
        if reference.text.startswith("azureml://"):
            return self._in_registry(reference, kind)
        known = self._references.resolve(reference, f"{kind}s", frozenset())
        body = self._arm.get(known.text).body
        said, uri = _READ[kind](known.name, str(body.get("name") or known.version), body)
        return self._found(known.text, said, uri)

    def _in_registry(self, reference: Reference, kind: Kind) -> Any:
        """A label becomes the version that it is now. Raises MissingResourceError."""
        body = _answered(lambda: self._registries.find(reference.text), reference.text)
        version = str(body["name"])
        asset_id = _VERSION.sub(f"/versions/{version}", reference.text)
        said, uri = _READ[kind](reference.name, version, body)
        return self._found(asset_id, said, f"{asset_id}#{uri}" if uri else None)

    def template(self, deployment: Deployment) -> Any:
        """One that says nothing where its model has no deployment template."""
        name, said = _answered(
            lambda: self._templates.read(deployment), f"deployment {deployment.name}"
        )
        return self._found(name, said or {}, None)

    def uri(self, datastore: str, path: str) -> str:
        return f"azureml://datastores/{datastore}/paths/{path}"

    def state(self, uri: str) -> str:
        return _state(self._contents(uri)[2])

    def fetch(self, uri: str, folder: Path, *, title: str) -> str:
        container, path, blobs = self._contents(uri)
        self._blobs.download(blobs, container, path, folder, title=title)
        return _state(blobs)

    def _contents(self, uri: str) -> tuple[Container, str, list[Blob]]:
        """Raises UnsupportedError where it is nowhere that can be read here."""
        if uri.startswith("azureml://registries/"):
            return self._of_registry(*uri.split("#", 1))
        if logged := _LOGGED.fullmatch(uri):
            folder = f"ExperimentRun/dcid.{logged['job'] or logged['run']}"
            uri = self.uri(_ARTIFACTS, f"{folder}/{logged['path']}")
        if found := _STORE.fullmatch(uri):
            container, path = self._datastores(found).container(found["store"]), found["path"]
            return container, path, self._blobs.contents(container, path.strip("/"))
        return self._of_url(uri)

    def _of_registry(self, asset_id: str, uri: str) -> tuple[Container, str, list[Blob]]:
        url, token = _answered(lambda: self._registries.opened(asset_id, uri), asset_id)
        path = unquote(urlsplit(uri).path).strip("/").partition("/")[2]
        container = Container(url=hosts.require_storage(url, self._suffix), credential=token)
        return container, path, self._blobs.contents(container, path.strip("/"))

    def _of_url(self, uri: str) -> tuple[Container, str, list[Blob]]:
        """In the workspace's own account, of which a credential is known."""
        parts = urlsplit(uri)
        name, _, path = unquote(parts.path).strip("/").partition("/")
        refusal: EndpointError | None = None
        if parts.scheme == "https" and path:
            ways = Datastores(self._arm, self._credential, self._suffix).ways_into(
                WORKSPACE_STORE, parts.netloc, name
            )
            for container in ways:
                try:
                    return container, path, self._blobs.contents(container, path)
                except StorageError as error:
                    refusal = refusal or error
        raise refusal or UnsupportedError(
            f"{_without_query(uri)} is in no storage of the workspace.",
            "Download it, and name its path in the file.",
        )

    def _datastores(self, place: Mapping[str, str | None] | re.Match[str]) -> Datastores:
        """Of the workspace that is named, which may be another one."""
        parent = ""
        if place["workspace"]:
            named = Workspace(
                subscription=str(place["subscription"]),
                resource_group=str(place["group"]),
                name=str(place["workspace"]),
            )
            parent = "" if named.id.lower() == self.id.lower() else f"{named.id}/"
        return Datastores(self._arm, self._credential, self._suffix, parent)


def _answered(ask: Callable[[], T | None], what: str) -> T:
    """Raises ServiceError for answers of a registry that cannot be read."""
    try:
        found = ask()
    except (LookupError, TypeError, AttributeError) as why:
        raise ServiceError(f"The registry of {what} does not answer as it should: {why}.") from why
    if found is None:
        raise UnsupportedError(f"{what} is no id of what can be fetched.", "Correct the id.")
    return found


def _model(name: str, version: str, body: Json) -> tuple[Said, str | None]:
    own = body["properties"]
    flavors = {each: (data or {}).get("data") for each, data in (own.get("flavors") or {}).items()}
    said = {"name": name, "version": version, "flavors": flavors}
    return said, str(own["modelUri"])


def _code(name: str, version: str, body: Json) -> tuple[Said, str | None]:
    return {"name": name, "version": version}, str(body["properties"]["codeUri"])


def _environment(name: str, version: str, body: Json) -> tuple[Said, str | None]:
    own = body["properties"]
    build, routes = own.get("build") or {}, own.get("inferenceConfig") or {}
    said = {
        "name": name,
        "version": version,
        "image": own.get("image"),
        "conda_file": own.get("condaFile") or None,
        "dockerfile_path": build.get("dockerfilePath"),
        "inference_config": {
            ours: routes[arms] for ours, arms in ROUTES.items() if routes.get(arms)
        }
        if routes
        else None,
        "os_type": str(own.get("osType") or "Linux").lower(),
    }
    return said, build.get("contextUri")


_READ: Mapping[str, Callable[[str, str, Json], tuple[Said, str | None]]] = {
    "model": _model,
    "code": _code,
    "environment": _environment,
}


def _state(blobs: Sequence[Blob]) -> str:
    told = "\n".join(sorted(f"{each.path} {each.size} {each.etag}" for each in blobs))
    return hashlib.sha256(told.encode()).hexdigest()


def _without_query(uri: str) -> str:
    return uri.partition("?")[0]
