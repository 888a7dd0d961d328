"""The models and environments that are registered in a workspace."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote

from azext_ml_endpoint import content
from azext_ml_endpoint.cloud.assets.datastores import Datastores
from azext_ml_endpoint.cloud.assets.references import References
from azext_ml_endpoint.cloud.assets.registration import Assets
from azext_ml_endpoint.cloud.contract import Arm, Blobs, Json
from azext_ml_endpoint.cloud.hosts import PUBLIC_STORAGE
from azext_ml_endpoint.cloud.wire import assets as wire
from azext_ml_endpoint.cloud.workspace import Workspace
from azext_ml_endpoint.document.model import Deployment, Endpoint, Environment, Model
from azext_ml_endpoint.errors import NotFoundError, UsageError
from azext_ml_endpoint.plan import planner
from azext_ml_endpoint.plan.executor import carry_out
from azext_ml_endpoint.plan.steps import (
    Plan,
    RegisterEnvironment,
    RegisterModel,
    Registration,
    Step,
)
from azext_ml_endpoint.report import Report

Collection = Literal["models", "environments"]

_SHOWN: dict[str, Callable[[Json], dict[str, Any]]] = {
    "models": wire.model,
    "environments": wire.environment,
}
_NO_CONTENT = 204


class Catalogue:
    """Every method raises EndpointError and its kin only.

    credential: the account's own, for storage of which the workspace gives no secrets out.
    """

    def __init__(
        self,
        arm: Arm,
        blobs: Blobs,
        workspace: Workspace,
        report: Report,
        *,
        credential: Any = None,
        storage_suffix: str = PUBLIC_STORAGE,
    ) -> None:
        self._arm = arm
        datastores = Datastores(arm, credential, storage_suffix)
        self._assets = Assets(arm, blobs, datastores, workspace, report)
        self._registrar = Registrar(arm, blobs, self._assets)
        self._report = report
        self._references = References(arm, workspace)

    def create(self, asset: Model | Environment) -> dict[str, Any]:
        """Uploads and registers what is not there yet; answers what is there.

        Raises ConflictError where the version is registered with other content.
        """
        if asset.name is None:
            raise UsageError("It has no name.", "Give --name, or name: in the file.")
        kind: Collection = "models" if isinstance(asset, Model) else "environments"
        self._registrar.blobs.prepare()
        resolved = self._assets.resolve(content.identify(_alone(asset)), frozenset())
        settled = planner.assets(resolved.endpoint)[0]
        if settled.digest in resolved.registered:
            self._report.step(f"{asset.name}: nothing to do")
        elif isinstance(settled, Model):
            self._register(RegisterModel(reason="its content is new", model=settled))
        elif isinstance(settled, Environment):
            self._register(RegisterEnvironment(reason="its content is new", environment=settled))
        return self.show(kind, asset.name, settled.version or "1")

    def show(self, collection: Collection, name: str, version: str | None) -> dict[str, Any]:
        """The latest version where none is named. Raises MissingResourceError."""
        version = version or self._references.latest(name, collection)
        return _SHOWN[collection](self._arm.get(_path(collection, name, version)).body)

    def list(self, collection: Collection, name: str | None) -> list[dict[str, Any]]:
        """All that are there, or all versions of one."""
        if name is None:
            return [wire.container(each) for each in self._arm.pages(collection)]
        versions = self._arm.pages(f"{_path(collection, name)}/versions")
        return [_SHOWN[collection](each) for each in versions]

    def delete(self, collection: Collection, name: str, version: str) -> None:
        """Raises NotFoundError where there is no such version."""
        if self._arm.delete(_path(collection, name, version)).status == _NO_CONTENT:
            kind = collection.removesuffix("s")
            raise NotFoundError(
                f"There is no {kind} {name}:{version} in this workspace.",
                f"See what is there: az ml {kind} list -n {name}",
            )
        self._report.step(f"{name}:{version}: deleted")

    def _register(self, step: RegisterModel | RegisterEnvironment) -> None:
        carry_out(Plan((step,)), self._registrar, "", self._report.step)


@dataclass(frozen=True)
class Registrar:
    """Executes registrations; heeds Ctrl-C."""

    arm: Arm
    blobs: Blobs
    assets: Assets

    def execute(self, step: Step) -> None:
        if not isinstance(step, Registration):
            raise NotImplementedError(step.key)
        self.assets.register(step)

    def cancel(self) -> None:
        self.arm.cancel()
        self.blobs.cancel()


def _alone(asset: Model | Environment) -> Endpoint:
    """What identifies and resolves assets does it for those of an endpoint."""
    if isinstance(asset, Model):
        return Endpoint(name="", deployments=(Deployment(name="", model=asset),))
    return Endpoint(name="", deployments=(Deployment(name="", environment=asset),))


def _path(collection: Collection, name: str, version: str | None = None) -> str:
    path = f"{collection}/{quote(name, safe='')}"
    return path if version is None else f"{path}/versions/{quote(version, safe='')}"
