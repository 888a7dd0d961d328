"""What is registered in Azure, on this machine: fetched once, kept, and used without a network.

    <home>/known/<id>.json           what Azure has said of a version or of a label
    <home>/content/<place>/<name>    the files of a model, of code or of a build context
                          /complete  their state in storage; without it they are not all there.
                                     Its time is when they were last asked for
                          /lock      held by who fetches them
    <home>/content/<place>/<state>/… the same of what can change: each state has its own files, so
                                     that what serves keeps those that it was started with
                          /last      the state that was seen last

Versions never change: one that is known is not asked for again. What ``@latest`` is, and what lies
in a datastore, is looked at each time; where Azure cannot be reached, what was last seen counts.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias
from urllib.parse import unquote, urlsplit

from azext_ml_endpoint import content, disk, foreign_json
from azext_ml_endpoint.document.model import (
    TEMPLATE_OVERRIDE,
    Code,
    Deployment,
    Endpoint,
    Environment,
    Model,
    Reference,
)
from azext_ml_endpoint.errors import (
    EndpointError,
    NotLoggedInError,
    ServiceError,
    UnreachableError,
    UnsupportedError,
)
from azext_ml_endpoint.local import flock, remembered, templates
from azext_ml_endpoint.report import Report

Kind = Literal["model", "code", "environment"]
Asset: TypeAlias = Model | Code | Environment | Reference | None
OFFLINE = (UnreachableError, NotLoggedInError)
_NAME_ONE = (
    "Give --resource-group and --workspace-name beside --local, or configure them: az configure "
    "--defaults group=GROUP workspace=WORKSPACE. Or describe it in the file."
)
_MOST_BYTES = 10 << 20
"""Of what is said of an asset: conda files are in it."""
_NO_NAMES = ("", ".", "..")
CONTENT, COMPLETE, LAST, LOCK = "content", "complete", "last", "lock"
"""Names of files and folders, as above."""


@dataclass(frozen=True)
class Registration:
    """What Azure says of a version. id: in full. said: fields of the model of its kind, as JSON.

    uri: where its content is; None for an environment that is an image, with packages perhaps.
    lasting: whether what is at ``uri`` can never be anything else.
    """

    id: str
    said: Mapping[str, Any]
    uri: str | None = None
    lasting: bool = True


class Workspace(Protocol):
    """Where the assets are, known by its id in Azure. Every method raises EndpointError and its
    kin, and what :data:`OFFLINE` says where Azure cannot be asked."""

    @property
    def id(self) -> str: ...

    def find(self, reference: Reference, kind: Kind) -> Registration: ...

    def template(self, deployment: Deployment) -> Registration:
        """Its deployment template; one that says nothing where there is none."""

    def uri(self, datastore: str, path: str) -> str:
        """Of a path in one of its datastores."""

    def state(self, uri: str) -> str:
        """What is there, in a word that changes when anything of it does."""

    def fetch(self, uri: str, folder: Path, *, title: str) -> str:
        """Into ``folder/<the last part of uri>``; goes on where it was cut off. Its state."""


class Library:
    """home: the folder of all that is kept. workspace: None where none was named."""

    def __init__(
        self, home: Path, report: Report, workspace: Callable[[], Workspace] | None = None
    ) -> None:
        self._home = home
        self._report = report
        self._open = workspace

    def bring(self, endpoint: Endpoint) -> Endpoint:
        """The same with assets that have their files here, and the digests of these.

        Raises UnsupportedError, and what a :class:`Workspace` raises.
        """
        if self._open is None:
            _refuse_what_is_elsewhere(endpoint)
        deployments = tuple(map(self._deployment, endpoint.deployments))
        return replace(endpoint, deployments=deployments)

    def _deployment(self, asked: Deployment) -> Deployment:
        template = self._template(asked)
        deployment = templates.completed(asked, template) if template else asked
        environment = self._environment(deployment.environment)
        here: dict[str, Any] = {
            "model": self._model(deployment.model),
            "code": self._code(deployment.code),
            "environment": environment
            if asked.environment
            else templates.with_routes(environment, template),
        }
        brought = {
            kind: asset for kind, asset in here.items() if asset is not getattr(deployment, kind)
        }
        return replace(deployment, **content.identify_assets(brought)) if brought else deployment

    def _template(self, deployment: Deployment) -> Mapping[str, Any]:
        """What it says, if anything. A deployment may do without that has an environment."""
        if not templates.may_have_one(deployment):
            return {}
        model, override = deployment.model, deployment.properties.get(TEMPLATE_OVERRIDE)
        named = f"template {override or getattr(model, 'text', '')}"
        try:
            found = self._noted(named, lambda: self._workspace.template(deployment))
        except EndpointError as error:
            if deployment.environment is None:
                raise
            self._report.warning(f"{deployment.name}: its template is not known: {error.message}")
            return {}
        if found.said:
            self._report.step(f"{deployment.name}: completed by the template {found.id}")
        return found.said

    def _model(self, model: Model | Reference | None) -> Model | None:
        if isinstance(model, Reference):
            found = self._known(model, "model")
            return Model(**found.said, path=self._content(found, f"model {model.text}"))
        if model is None or model.path:
            return model
        uri = model.uri
        found = (
            Registration(uri, {}, uri, lasting=False)
            if uri
            else self._at(str(model.datastore), str(model.datastore_path))
        )
        path = self._content(found, f"model {model.name}:{model.version}")
        return replace(model, path=path, datastore=None, datastore_path=None, uri=None)

    def _code(self, code: Code | Reference | None) -> Code | None:
        if isinstance(code, Reference):
            found = self._known(code, "code")
            return Code(**found.said, path=self._content(found, f"code {code.text}"))
        if code is None or not code.datastore:
            return code
        found = self._at(code.datastore, code.path.as_posix())
        return replace(code, path=self._content(found, f"code {code.path.name}"), datastore=None)

    def _environment(self, environment: Environment | Reference | None) -> Environment | None:
        if not isinstance(environment, Reference):
            return environment
        found = self._known(environment, "environment")
        said = _environment(found)
        if found.uri is None:
            return said
        context = self._content(found, f"build context of {environment.text}")
        file = context / (said.dockerfile_path or "Dockerfile")
        text = disk.read(file, _MOST_BYTES).decode("utf-8", "replace")
        return replace(said, dockerfile_path=file, dockerfile=text, context=context)

    def _at(self, datastore: str, path: str) -> Registration:
        uri = self._workspace.uri(datastore, path)
        return Registration(uri, {}, uri, lasting=False)

    @functools.cached_property
    def _workspace(self) -> Workspace:
        if self._open is None:
            raise UnsupportedError("No workspace was named to fetch assets from.", _NAME_ONE)
        return self._open()

    def _known(self, reference: Reference, kind: Kind) -> Registration:
        """Two workspaces may have assets of one name: what is kept is known by who asked where."""
        lasting = reference.version not in (None, "latest")
        named = f"{kind} {reference.text}"
        return self._noted(named, lambda: self._workspace.find(reference, kind), lasting=lasting)

    def _noted(
        self, named: str, find: Callable[[], Registration], *, lasting: bool = False
    ) -> Registration:
        """lasting: whether what was found once can never be anything else."""
        note = self._home / "known" / f"{_word(f'{self._workspace.id} {named}')}.json"
        before = _noted(note)
        if before and lasting:
            return before
        try:
            found = find()
        except OFFLINE as error:
            if before is None:
                raise
            self._report.warning(f"{error.message} {before.id} is used, which it was last.")
            return before
        disk.put(note, json.dumps(asdict(found)))
        return found

    def _content(self, found: Registration, title: str) -> Path:
        """The file or folder that it is here."""
        uri = str(found.uri)
        home = self._home / CONTENT / _word(uri)
        name = _name(uri)
        if name in _NO_NAMES:
            raise UnsupportedError(f"{title}: {uri} names no file or folder.", "Correct it.")
        with _alone(home):
            place = home if found.lasting else home / self._state(uri, home)
            self._fetch(uri, place, title)
            if not found.lasting:
                disk.put(home / LAST, place.name)
        if not (place / name).exists():
            raise UnsupportedError(
                f"{title}: there is nothing at {uri}.", "See whether it was deleted."
            )
        return place / name

    def _state(self, uri: str, home: Path) -> str:
        """What is there now, in a word; where Azure cannot be asked, what was there last."""
        try:
            return _word(self._workspace.state(uri))
        except OFFLINE as error:
            if not (home / LAST).exists():
                raise
            self._report.warning(f"{error.message} What was last fetched of it is used.")
            return (home / LAST).read_text("utf-8")

    def _fetch(self, uri: str, place: Path, title: str) -> None:
        if (place / COMPLETE).exists():
            with suppress(OSError):  # it only seems to be unused for longer then
                (place / COMPLETE).touch()
        else:
            disk.make_folder(place)
            disk.put(place / COMPLETE, self._workspace.fetch(uri, place, title=title))


def _refuse_what_is_elsewhere(endpoint: Endpoint) -> None:
    for each in endpoint.deployments:
        for kind in ("model", "code", "environment"):
            if where := _elsewhere(getattr(each, kind)):
                raise UnsupportedError(
                    f"Deployment {each.name}: the {kind} {where}, "
                    "and no workspace was named to fetch it from.",
                    _NAME_ONE,
                )


def _elsewhere(asset: Asset) -> str | None:
    if isinstance(asset, Reference):
        return f"azureml:{asset.text} is registered in Azure"
    if isinstance(asset, Model) and asset.uri:
        return f"{asset.name} is at {asset.uri.partition('?')[0]}"
    if isinstance(asset, Model) and asset.path is None:
        return f"{asset.name} is in the datastore {asset.datastore}"
    if isinstance(asset, Code) and asset.datastore:
        return f"{asset.path.name} is in the datastore {asset.datastore}"
    return None


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    """Another command may be fetching the same."""
    disk.make_folder(place)
    with (place / LOCK).open("w") as lock:
        flock.take(lock)
        yield


def _noted(note: Path) -> Registration | None:
    try:
        return Registration(**foreign_json.loads(disk.read(note, _MOST_BYTES)))
    except (EndpointError, ValueError, TypeError):
        return None


def _environment(found: Registration) -> Environment:
    """Raises ServiceError."""
    try:
        return remembered.environment(found.said)
    except remembered.Damaged as why:
        raise ServiceError(f"The environment {found.id} cannot be read: it {why}.") from why


def _name(uri: str) -> str:
    """The last part of it. An address spells it as URLs do, and may have a query."""
    address = uri.rpartition("#")[2]
    path = unquote(urlsplit(address).path) if address.startswith("https://") else uri
    return path.rstrip("/").rpartition("/")[2]


def _word(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
