"""Models, code and environments: which ids they have in the workspace, and how they get there.

An asset is the same one as long as its content is: what has no name is named after its content,
code is looked up by it, and a version that a name has is never given other content.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from azext_ml_endpoint.cloud.assets import bodies
from azext_ml_endpoint.cloud.assets.datastores import Datastores
from azext_ml_endpoint.cloud.assets.references import References
from azext_ml_endpoint.cloud.contract import Arm, Blobs, Container, Json, Marker
from azext_ml_endpoint.cloud.workspace import Workspace
from azext_ml_endpoint.content import blob_names, hashing, reads_context, tree
from azext_ml_endpoint.content.tree import SourceFile
from azext_ml_endpoint.document.model import (
    Code,
    Deployment,
    Endpoint,
    Environment,
    Model,
    Reference,
)
from azext_ml_endpoint.errors import (
    ConflictError,
    FileAccessError,
    ServiceError,
    StorageError,
    UnsupportedError,
)
from azext_ml_endpoint.plan.steps import (
    Content,
    RegisterCode,
    RegisterData,
    RegisterEnvironment,
    RegisterModel,
    Registration,
    never,
    registration_key,
)
from azext_ml_endpoint.report import Report
from azext_ml_endpoint.side_by_side import answers

_PENDING: Json = {"pendingUploadType": "TemporaryBlobReference"}


@dataclass(frozen=True, kw_only=True)
class Resolved:
    """Assets as the workspace knows them, by their registrations' keys (``plan.steps``).

    endpoint: references are full ids; digests tell apart what are different assets in Azure.
    ids: key -> ARM id that the asset has or will have. aliases: lower-case ARM id -> key, for
    every id that means the asset. registered: digests that need no registration.
    """

    endpoint: Endpoint
    ids: Mapping[str, str]
    aliases: Mapping[str, str]
    registered: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class _Found:
    """What is known of one asset. ids: all that mean it, the one to be used first."""

    asset: Content
    ids: tuple[str, ...]
    registered: bool


class Assets:
    """Those of one workspace. Called from any thread."""

    def __init__(
        self,
        arm: Arm,
        blobs: Blobs,
        datastores: Datastores,
        workspace: Workspace,
        report: Report,
    ) -> None:
        self._arm = arm
        self._blobs = blobs
        self._datastores = datastores
        self._workspace = workspace
        self._report = report
        self._references = References(arm, workspace)

    # What is there

    def resolve(self, endpoint: Endpoint, used: frozenset[str]) -> Resolved:
        """Looks assets up side by side, each once.

        endpoint: identified. used: ARM ids in lower case that live deployments refer to, and
        that therefore exist.
        Raises ConflictError for a version that is registered with other content,
        MissingResourceError for a reference to nothing, UnsupportedError.
        """
        settled = [_settled(each) for each in endpoint.deployments]
        everything = [each for deployment in settled for each in _assets(deployment)]
        asked = {_key(*each): partial(self._find, *each, used) for each in everything}
        known = dict(zip(asked, answers(asked.values()), strict=True))
        own = {key: each for key, each in known.items() if isinstance(each, _Found)}
        references = {key: each for key, each in known.items() if isinstance(each, Reference)}
        return Resolved(
            endpoint=replace(
                endpoint, deployments=tuple(_with(each, references) for each in settled)
            ),
            ids={key: each.ids[0] for key, each in own.items()},
            aliases={name.lower(): key for key, each in own.items() for name in each.ids},
            registered=frozenset(each.asset.digest for each in own.values() if each.registered),
        )

    def _find(
        self, collection: str, asset: Content | Reference, used: frozenset[str]
    ) -> _Found | Reference:
        if isinstance(asset, Reference):
            self._warn_of_label(asset)
            return self._references.resolve(asset, collection, used)
        if isinstance(asset, Code) and not asset.datastore:
            return self._find_code(asset, used)
        if isinstance(asset, Model) and asset.anonymous:
            return self._find_unnamed(asset, used)
        found = self._workspace.asset(collection, *bodies.asset_name(asset))
        if asset.name is None and found.lower() in used:
            return _Found(asset=asset, ids=(found,), registered=True)
        there = self._arm.find(found)
        if there is not None and asset.name is not None:  # else its version says what is in it
            self._require_same(asset, there)
        return _Found(asset=asset, ids=(found,), registered=there is not None)

    def _warn_of_label(self, asset: Reference) -> None:
        if asset.label and asset.text.startswith("azureml://"):
            self._report.warning(
                f"{asset.text}: Azure chooses the version when it deploys, so that every update"
                " will deploy again. A version in its place is compared with what is there."
            )

    def _find_unnamed(self, model: Model, used: frozenset[str]) -> _Found:
        """The usual name says what is in a file, but not what the file is called.

        A score script looks for the model by that name. Where the usual id is taken for another
        file name, this model gets an id of its own.
        """
        usual, own = (
            self._workspace.asset("models", name, "1") for name in bodies.anonymous_names(model)
        )
        if own.lower() in used:
            return _Found(asset=model, ids=(own,), registered=True)
        for found in (usual, own):
            there = self._arm.find(found)
            if there is None or bodies.is_same_model(there, model, self._workspace):
                break
        return _Found(asset=model, ids=(found,), registered=there is not None)

    def _find_code(self, code: Code, used: frozenset[str]) -> _Found:
        """By content: the service looks among all code, whatever name it is asked for."""
        name, version = bodies.asset_name(code)
        by_hash = {"hash": code.digest, "hashVersion": hashing.CONTENT_HASH_VERSION}
        hits = [str(each["id"]) for each in self._arm.pages(f"codes/{name}/versions", by_hash)]
        hits.sort(key=lambda each: each.lower() not in used)  # what runs goes on running
        ids = tuple(hits) or (self._workspace.asset("codes", name, version),)
        return _Found(asset=code, ids=ids, registered=bool(hits))

    def _require_same(self, asset: Content, there: Json) -> None:
        if isinstance(asset, Model):
            different = [] if bodies.is_same_model(there, asset, self._workspace) else ["files"]
        elif isinstance(asset, Code):
            different = [] if bodies.is_same_code(there, asset, self._workspace) else ["files"]
        else:
            different = bodies.environment_differences(there, asset)
        if different:
            kind, label = type(asset).__name__.lower(), ":".join(bodies.asset_name(asset))
            raise ConflictError(
                f"The {kind} {label} is registered with other content: {', '.join(different)}.",
                f"Give the {kind} a higher version: in the file. To use what is registered,"
                f" write {kind}: azureml:{label} instead.",
            )

    # What changes

    def register(self, step: Registration) -> str:
        """Uploads what is not there yet, then tells the service; answers the ARM id.

        The step's asset is one of :meth:`resolve`.
        """
        match step:
            case RegisterModel():
                return str(self.register_model(step.model)["id"])
            case RegisterCode():
                return str(self.register_code(step.code)["id"])
            case RegisterEnvironment():
                return str(self.register_environment(step.environment)["id"])
            case RegisterData():
                name, body = bodies.asset_name(step.data), bodies.data_body(step.data)
                return str(self._put("data", *name, body)["id"])
            case _:
                never(step)

    def register_model(self, model: Model) -> Json:
        name, version = bodies.asset_name(model)
        uri = bodies.model_uri(model, self._workspace)
        if model.path:
            folder = bodies.upload_folder(model.digest)
            title = f"model {model.name}"
            marker = Marker(name=name, version=version)
            self._upload(model.path, self._store(), folder, marker, title=title)
        body = bodies.model_body(model, uri)
        try:
            return self._put("models", name, version, body)
        except ServiceError as refusal:
            if not (model.anonymous and bodies.path_is_taken(refusal)):
                raise
        return self._put("models", bodies.anonymous_names(model)[1], "1", body)

    def register_code(self, code: Code) -> Json:
        name, version = bodies.asset_name(code)
        if code.datastore:
            uri = bodies.code_uri(code, self._workspace)
            return self._put("codes", name, version, bodies.code_body(code, uri))
        container = self._pending_upload(f"codes/{name}/versions/{version}/startPendingUpload")
        marker = Marker(name=name, version=version)
        self._upload(code.path, container, "", marker, title=f"code {code.path.name}")
        uri = f"{container.url}/{code.path.name}"
        return self._put("codes", name, version, bodies.code_body(code, uri))

    def register_environment(self, environment: Environment) -> Json:
        name, version = bodies.asset_name(environment)
        build = None
        if environment.dockerfile is not None:
            uri = self._upload_context(environment, Marker(name=name, version=version))
            build = bodies.build(environment, uri)
        try:
            body = bodies.environment_body(environment, build)
            return self._put("environments", name, version, body)
        except ServiceError:
            there = self._arm.find(self._workspace.asset("environments", name, version))
            if there is None or bodies.environment_differences(there, environment):
                raise
        return there  # uploaded from a folder of another name, say: the image is the same

    def _put(self, collection: str, name: str, version: str, body: Json) -> Json:
        asset = self._workspace.asset(collection, name, version)
        return {"id": asset, **self._arm.put(asset, body).body}

    # Uploads

    def _store(self) -> Container:
        return self._datastores.container(bodies.WORKSPACE_STORE)

    def _upload(
        self, path: Path, container: Container, folder: str, marker: Marker, *, title: str
    ) -> None:
        """A file into ``folder``, a folder with its name into it.

        The marker that is found there counts for nothing but that the upload is complete: the
        same files may have been uploaded for a model that somebody gave another name.
        """
        below = f"{folder}/{path.name}".strip("/") if path.is_dir() else folder
        files = _nameable(tree.files(path))
        self._blobs.upload(files, container, below, marker, title=title)

    def _pending_upload(self, path: str) -> Container:
        """The container of its own that a version of code gets, the same one when asked again."""
        pending = self._arm.post(path, _PENDING).body
        url, token = _opened(pending)
        self._datastores.checked(url)

        def renew() -> str:
            same = {**_PENDING, "pendingUploadId": pending["pendingUploadId"]}
            again, fresh = _opened(self._arm.post(path, same).body)
            if again != url:
                raise StorageError(
                    "Azure has given up the place of this upload before it was complete.",
                    "Run the command again.",
                )
            return fresh

        return Container(url=url, credential=token, renew=renew)

    def _upload_context(self, environment: Environment, marker: Marker) -> str:
        """The URI of the folder."""
        container, folder = self._store(), bodies.context_folder(environment)
        with tempfile.TemporaryDirectory() as scratch:
            files = _nameable(_context_files(environment, Path(scratch)))
            title = f"build context {environment.name or folder.rpartition('/')[2]}"
            self._blobs.upload(files, container, folder, marker, title=title)
        return f"{container.url}/{folder}"


# Assets of documents


def _assets(deployment: Deployment) -> Iterator[tuple[str, Content | Reference]]:
    """With the collections that they are in."""
    if deployment.model:
        yield "models", deployment.model
    if deployment.code:
        yield "codes", deployment.code
    if deployment.environment:
        yield "environments", deployment.environment


def _key(collection: str, asset: Content | Reference | None) -> str:
    if isinstance(asset, Reference):
        return f"{collection} {asset.text}"
    return registration_key(asset) if asset else ""


def _settled(deployment: Deployment) -> Deployment:
    """Digests that are equal where the assets are one and the same in Azure, and only there."""
    model, code, environment = deployment.model, deployment.code, deployment.environment
    if isinstance(model, Model):
        model = settled_model(model)
    if isinstance(code, Code) and code.datastore:
        name = code.name and f"{code.name}:{code.version or '1'}"
        code = replace(code, digest=bodies.settled_digest(bodies.store_digest(code), name))
    if isinstance(environment, Environment):
        environment = settled_environment(environment)
    return replace(deployment, model=model, code=code, environment=environment)


def settled_model(model: Model) -> Model:
    content, name = model.digest or bodies.store_digest(model), f"{model.name}:{model.version}"
    if model.anonymous:
        name = model.path.name if model.path else ""
    return replace(model, digest=bodies.settled_digest(content, name))


def settled_environment(environment: Environment) -> Environment:
    """Raises UnsupportedError. Needs the digests of :func:`azext_ml_endpoint.content.identify`."""
    if environment.dockerfile is not None and environment.conda_file is not None:
        raise UnsupportedError(
            "In Azure an environment has either a Dockerfile or a conda_file.",
            "Install the packages in the Dockerfile.",
        )
    content = hashing.anonymous_environment(environment)
    name = environment.name and f"{environment.name}:{environment.version or '1'}"
    return replace(environment, digest=bodies.settled_digest(content, name))


def _with(deployment: Deployment, known: Mapping[str, Reference]) -> Deployment:
    """With the references that were found; what is described stays as it is."""
    return replace(
        deployment,
        model=known.get(_key("models", deployment.model), deployment.model),
        code=known.get(_key("codes", deployment.code), deployment.code),
        environment=known.get(_key("environments", deployment.environment), deployment.environment),
    )


# Uploads


def _opened(pending: Json) -> tuple[str, str]:
    """URL of the container, and the SAS token that opens it."""
    place = pending["blobReferenceForConsumption"]
    return str(place["blobUri"]), str(place["credential"]["sasUri"]).partition("?")[2]


def _nameable(files: list[SourceFile]) -> list[SourceFile]:
    """The same. Raises FileAccessError for a name that storage cannot have."""
    for file in files:
        if why := blob_names.why_not(file.relative):
            raise FileAccessError(f"{blob_names.shown(file.path)}: {why}", blob_names.RENAME)
    return files


def _context_files(environment: Environment, scratch: Path) -> list[SourceFile]:
    """Those of the context's folder, with a Dockerfile that is not in there beside them."""
    context = environment.context
    if context and hashing.dockerfile_path(environment):
        return tree.files(context)
    text = scratch / "Dockerfile"
    text.write_text(environment.dockerfile or "", "utf-8")
    others = tree.files(context) if context and reads_context(environment) else []
    dockerfile = SourceFile(text.name, text, text.stat().st_size)
    return [dockerfile, *(each for each in others if each.relative != text.name)]
