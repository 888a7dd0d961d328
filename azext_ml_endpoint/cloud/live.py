"""What is there in a workspace, read and never changed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, NoReturn

from azext_ml_endpoint.cloud import bodies
from azext_ml_endpoint.cloud.arm.paths import deployment_path, endpoint_path
from azext_ml_endpoint.cloud.assets.deployment_templates import NO_TEMPLATES, DeploymentTemplates
from azext_ml_endpoint.cloud.contract import Arm, Json
from azext_ml_endpoint.cloud.wire import deployment as deployments
from azext_ml_endpoint.cloud.wire import document, dump, tenants
from azext_ml_endpoint.cloud.workspace import Workspace
from azext_ml_endpoint.document.model import Endpoint
from azext_ml_endpoint.errors import NotFoundError, no_deployment
from azext_ml_endpoint.plan.aspects import aspects
from azext_ml_endpoint.plan.effective import shown
from azext_ml_endpoint.plan.idle import Tenancy
from azext_ml_endpoint.side_by_side import answers


class Live:
    """Every method raises NotFoundError for an endpoint or deployment that is not there."""

    def __init__(
        self, arm: Arm, workspace: Workspace, templates: DeploymentTemplates = NO_TEMPLATES
    ) -> None:
        self._arm = arm
        self._workspace = workspace
        self._templates = templates

    def endpoint(self, name: str) -> Json:
        """ARM's body."""
        found = self._arm.find(endpoint_path(name))
        return self.missing(name) if found is None else found

    def shown(self, name: str) -> dict[str, Any]:
        """The endpoint with its deployments, in the shape of 2021."""
        endpoint, deployed = self._read(name)
        return dump.endpoint(endpoint, deployed.values())

    def shown_whole(self, name: str) -> dict[str, Any]:
        """As :meth:`shown`, with what deployment templates add to the deployments."""
        endpoint, deployed = self._read(name)
        shown = dump.endpoint(endpoint, deployed.values())
        for each in shown["deployments"]:
            each.update(self._in_effect(deployed[each["name"]]))
        return shown

    def _in_effect(self, there: Json) -> dict[str, Any]:
        """``effective``, where a template completes it."""
        found = deployments.described(there)
        template = self._templates.of(found)
        if template is None:
            return {}
        told = shown(
            aspects(found), template, remembered=deployments.said(there), secrets=found.secrets
        )
        return {"effective": [vars(each) for each in told]}

    def described(self, name: str) -> tuple[Endpoint, list[str]]:
        """The document that makes what is there, and what it leaves out."""
        endpoint, by_name = self._read(name)
        deployed = list(by_name.values())
        unsaid = list(document.unsaid(endpoint, deployed))
        return document.endpoint(endpoint, deployed, self._workspace), unsaid

    def tenancy(self, name: str) -> Tenancy:
        endpoint, deployed = self._read(name)
        return tenants.tenancy(endpoint, deployed.values())

    def shown_deployment(self, endpoint: str, name: str) -> dict[str, Any]:
        found = self._arm.find(deployment_path(endpoint, name))
        if found is None:
            raise self.missing_deployment(endpoint, name)
        return dump.deployment(found)

    def all(self) -> list[dict[str, Any]]:
        """Every endpoint with its deployments, which are asked for side by side."""
        there = self._arm.pages("onlineEndpoints")
        deployed = answers(partial(bodies.deployments, self._arm, each["name"]) for each in there)
        return [dump.endpoint(each, its) for each, its in zip(there, deployed, strict=True)]

    def _read(self, name: str) -> tuple[Json, Mapping[str, Json]]:
        """The endpoint, and its deployments by their names; two requests at once."""
        there = bodies.read(self._arm, name)
        if there.endpoint is None:
            self.missing(name)
        return there.endpoint, there.deployments

    def missing_deployment(self, endpoint: str, name: str) -> NotFoundError:
        """The endpoint's absence, raised, says more than the deployment's."""
        names = [each["name"] for each in self.shown(endpoint)["deployments"]]
        return no_deployment(f"Endpoint {endpoint}", name, names)

    def missing(self, name: str) -> NoReturn:
        missing(name, self._workspace)


def missing(name: str, workspace: Workspace) -> NoReturn:
    """Raises what there is to say of an endpoint that is not there."""
    place = f"workspace {workspace.name}, resource group {workspace.resource_group}"
    raise NotFoundError(
        f"There is no endpoint {name} in {place}.",
        "az ml endpoint list shows those that are there; -g and -w name another workspace.",
    )
