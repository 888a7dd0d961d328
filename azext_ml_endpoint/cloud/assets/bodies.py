"""What the service is told of a model, code or environment, and whether it has been told before.

Names, paths and bodies are those of the official SDK, so that both tools mean one asset by the
same content.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from azext_ml_endpoint.cloud.contract import Json
from azext_ml_endpoint.cloud.workspace import Workspace
from azext_ml_endpoint.content import hashing, tree
from azext_ml_endpoint.document.model import MLFLOW_FLAVORS, Code, Data, Environment, Model
from azext_ml_endpoint.errors import ServiceError

WORKSPACE_STORE = "workspaceblobstore"
"""The datastore of every workspace that the official SDK uploads to."""

_CODES = uuid.UUID("5b0d5a3c-8f6e-5d43-9c67-3f1d9d0a6d10")
ROUTES = {
    "liveness_route": "livenessRoute",
    "readiness_route": "readinessRoute",
    "scoring_route": "scoringRoute",
    "startup_route": "startupRoute",
}
_RUN = re.compile(r"runs:/(?P<run>[^/]+)/(?P<path>.+)")
_STORE_PATH = re.compile(
    r"azureml://(?P<scope>subscriptions/.+/)?datastores/(?P<store>[^/]+)/paths/(?P<path>.+)",
    re.IGNORECASE,
)


# Names


def upload_folder(digest: str) -> str:
    """Where in a datastore the content with this object hash is. digest: as in a settled asset."""
    return f"LocalUpload/{object_hash(digest)}"


def object_hash(digest: str) -> str:
    """Of a settled digest: what stands before the name and version."""
    return digest.partition("/")[0]


def settled_digest(content: str, name: str | None) -> str:
    """What makes an asset another one in Azure: its content, and what that is called."""
    return f"{content}/{name}" if name else content


def asset_name(asset: Model | Code | Environment | Data) -> tuple[str, str]:
    """Name and version in the workspace. Models: with settled digests."""
    if isinstance(asset, Model):
        return (anonymous_names(asset)[0], "1") if asset.anonymous else (asset.name, asset.version)
    if isinstance(asset, Data):
        return asset.name, asset.version
    if isinstance(asset, Code):
        # Named after its content, so that an upload that was cut off is taken up again.
        return asset.name or str(uuid.uuid5(_CODES, asset.digest)), asset.version or "1"
    if asset.name:
        return asset.name, asset.version or "1"
    return hashing.ANONYMOUS_ENVIRONMENT, hashing.anonymous_environment(asset)


def anonymous_names(model: Model) -> tuple[str, str]:
    """The name by content that every tool gives a model, and one by its file's name as well."""
    content, file = object_hash(model.digest), model.path.name if model.path else ""
    return hashing.anonymous_model(content), hashing.anonymous_model(f"{content}/{file}")


def model_uri(model: Model, workspace: Workspace) -> str:
    """Where a settled model's content is, uploaded or not."""
    if model.uri:
        return model.uri
    store, path = model.datastore, model.datastore_path
    if model.path:
        store, path = WORKSPACE_STORE, f"{upload_folder(model.digest)}/{model.path.name}"
    return f"azureml://{_scope(workspace)}datastores/{store}/paths/{path}"


def code_uri(code: Code, workspace: Workspace) -> str:
    """Of code in a datastore."""
    return f"azureml://{_scope(workspace)}datastores/{code.datastore}/paths/{code.path.as_posix()}"


def _scope(workspace: Workspace) -> str:
    return (
        f"subscriptions/{workspace.subscription}/resourcegroups/{workspace.resource_group}"
        f"/workspaces/{workspace.name}/"
    )


def store_digest(asset: Model | Code) -> str:
    """The identity of what is in a datastore, whose content nobody here has seen."""
    if isinstance(asset, Model) and asset.uri:
        return hashlib.sha256(asset.uri.encode()).hexdigest()
    path = asset.path.as_posix() if isinstance(asset, Code) else asset.datastore_path
    return hashlib.sha256(f"{asset.datastore}/{path}".encode()).hexdigest()


# Bodies


def model_body(model: Model, uri: str) -> Json:
    flavors = {name: {"data": _texts(data)} for name, data in model.flavors.items()}
    return _body(
        modelType=_type(model),
        modelUri=uri,
        isAnonymous=model.anonymous,
        description=model.description,
        tags=dict(model.tags),
        properties=dict(model.properties),
        flavors=flavors or None,
        stage=model.stage,
    )


def _type(model: Model) -> str:
    if model.type == "triton_model":
        return model.type
    is_mlflow = model.type == "mlflow_model" or _is_mlflow(model)
    return "mlflow_model" if is_mlflow else "custom_model"


def _is_mlflow(model: Model) -> bool:
    """Raises FileAccessError. The folder itself decides, where it is on this machine."""
    described = model.path is not None and tree.is_mlflow(model.path)
    return described or bool(MLFLOW_FLAVORS & model.flavors.keys())


def code_body(code: Code, uri: str) -> Json:
    known = {"hash_sha256": code.digest, "hash_version": hashing.CONTENT_HASH_VERSION}
    return _body(
        codeUri=uri,
        isAnonymous=code.name is None,
        description=code.description,
        tags=dict(code.tags),
        properties={} if code.datastore else known,
    )


def data_body(data: Data) -> Json:
    return _body(dataType="uri_folder", dataUri=data.path, isAnonymous=False)


def environment_body(environment: Environment, build: Json | None) -> Json:
    """build: contextUri and dockerfilePath of what has been uploaded, or None for an image."""
    return _body(
        **environment_content(environment, build),
        isAnonymous=environment.name is None,
        description=environment.description,
        tags=dict(environment.tags),
    )


def environment_content(environment: Environment, build: Json | None) -> Json:
    return {
        "image": environment.image if build is None else None,
        "condaFile": _conda(environment.conda_file),
        "build": build,
        "inferenceConfig": _routes(environment),
        "osType": environment.os_type.capitalize(),
    }


def _body(**properties: Any) -> Json:
    said = {key: value for key, value in properties.items() if value is not None}
    return {"properties": {**said, "isArchived": False}}


def _texts(flavor: object) -> dict[str, str]:
    """The service knows texts only."""
    data = flavor if isinstance(flavor, Mapping) else {"value": flavor}
    return {str(key): str(value) for key, value in data.items() if value is not None}


def _routes(environment: Environment) -> Json | None:
    config = environment.inference_config
    if config is None:
        return None
    return {ROUTES[key]: asdict(route) for key, route in config.routes.items()}


# What is registered already


def is_same_model(registered: Json, model: Model, workspace: Workspace) -> bool:
    """Whether a model version is in the place where this content is uploaded to.

    Of a version in any other place nobody can tell whether it has the same content without
    fetching it. It counts as another one: to serve a model that is not the one in the file would
    be worse than to ask for another version.
    """
    uri = str(registered.get("properties", {}).get("modelUri") or "")
    return _place(uri, workspace) == _place(model_uri(model, workspace), workspace)


def is_same_code(registered: Json, code: Code, workspace: Workspace) -> bool:
    """Whether a code version is in the datastore where this code is."""
    uri = str(registered.get("properties", {}).get("codeUri") or "")
    return _place(uri, workspace) == _place(code_uri(code, workspace), workspace)


def is_same_data(registered: Json, data: Data, workspace: Workspace) -> bool:
    """Whether a version of a data asset is the folder that is meant."""
    uri = str(registered.get("properties", {}).get("dataUri") or "")
    return _place(uri, workspace) == _place(data.path, workspace)


def path_is_taken(refusal: ServiceError) -> bool:
    """Whether a PUT was refused because the version has its content in another place."""
    return "paths cannot be updated" in refusal.message


def _place(uri: str, workspace: Workspace) -> tuple[str, ...]:
    """Workspace, datastore and path, for the long and the short form. What a run has logged are
    the outputs ``artifacts`` of its job."""
    if run := _RUN.fullmatch(uri):
        uri = f"azureml://jobs/{run['run']}/outputs/artifacts/paths/{run['path'].rstrip('/')}"
    match = _STORE_PATH.fullmatch(uri)
    if match is None:
        return (uri,)
    scope = match["scope"] or _scope(workspace)
    return scope.lower(), match["store"].lower(), match["path"].rstrip("/")


def environment_differences(registered: Json, environment: Environment) -> list[str]:
    """In the document's words. Conda files are compared as what they say, build contexts by the
    object hash in their path."""
    there = registered.get("properties", {})
    wanted = environment_content(environment, _build(environment))
    same = {
        "image": (there.get("image"), wanted["image"]),
        "conda_file": (_conda(there.get("condaFile")), wanted["condaFile"]),
        "build": (_context(there.get("build")), _context(wanted["build"])),
        "inference_config": (
            _ports(there.get("inferenceConfig")),
            _ports(wanted["inferenceConfig"]),
        ),
        "os_type": (there.get("osType") or "Linux", wanted["osType"]),
    }
    return [name for name, (one, other) in same.items() if one != other]


def _build(environment: Environment) -> Json | None:
    """As it will be, but for the account and container."""
    if environment.dockerfile is None:
        return None
    return build(environment, f"https://account/container/{context_folder(environment)}")


def build(environment: Environment, uri: str) -> Json:
    """uri: of the uploaded context; the service wants a slash at its end."""
    path = hashing.dockerfile_path(environment) or "Dockerfile"
    return {"contextUri": f"{uri}/", "dockerfilePath": path}


def context_folder(environment: Environment) -> str:
    name = environment.context.name if environment.context else "context"
    return f"{upload_folder(environment.context_digest)}/{name}"


def _context(build: Json | None) -> tuple[str, str] | None:
    if not build:
        return None
    digest = str(build.get("contextUri", "")).partition("LocalUpload/")[2].partition("/")[0]
    return digest, build.get("dockerfilePath") or "Dockerfile"


def _conda(text: str | None) -> str | None:
    return hashing.conda_text(text) if text else None


def _ports(config: Json | None) -> Json | None:
    return {each: config.get(each) for each in ROUTES.values()} if config else None
