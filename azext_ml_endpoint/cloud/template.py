"""``--no-wait`` where one change must wait for another: Azure waits, not this machine.

The changes become the resources of one ARM template, which Azure carries out alone. Each resource
waits for the one before: an endpoint takes one operation at a time, and nobody is there to ask
again after a 409. Traffic comes last, in a nested template, since a template can name a resource
once only and the endpoint must exist before its deployments.

Bodies are secure parameters. ARM keeps a template where every reader of the resource group can
see it, and environment variables hold secrets; and so no text of the user can be mistaken for an
expression of the template language.
"""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Iterator, Mapping

from azext_ml_endpoint.cloud import writes
from azext_ml_endpoint.cloud.contract import Arm, Json
from azext_ml_endpoint.cloud.workspace import Workspace
from azext_ml_endpoint.cloud.writes import Known, Write
from azext_ml_endpoint.errors import UnsupportedError
from azext_ml_endpoint.plan.steps import (
    DeleteDeployment,
    DeleteEndpoint,
    Keep,
    Plan,
    RegisterCode,
    RegisterData,
    RegisterEnvironment,
    RegisterModel,
    Registration,
)

_SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
_NESTED = "Microsoft.Resources/deployments"
_NESTED_API_VERSION = "2022-09-01"
_ENDPOINT = "Microsoft.MachineLearningServices/workspaces/onlineEndpoints"
_RANDOM_DIGITS = 8
_ON_ITS_WAY = ("Accepted", "Running")


def is_needed(plan: Plan) -> bool:
    """Whether a change of the plan waits for another one. Raises UnsupportedError.

    A template cannot delete, so a plan that also deletes is refused, before anything has changed.
    """
    changes = [step for step in plan if not isinstance(step, Registration)]
    if len(changes) < 2:
        return False
    deleted = [step.key for step in changes if isinstance(step, DeleteDeployment | DeleteEndpoint)]
    if deleted:
        raise UnsupportedError(
            f"With --no-wait Azure makes these changes alone, and then it cannot {deleted[0]}.",
            "Run the command without --no-wait.",
        )
    return True


def registrations(plan: Plan) -> Plan:
    """What of the plan has to be done before a template of it can be submitted."""
    return Plan(tuple(step for step in plan if isinstance(step, Registration)))


def submit(arm: Arm, plan: Plan, known: Known) -> str:
    """Hands the changes of the plan to Azure and returns the name of the template deployment.

    Its assets must have been registered. Raises ServiceError where Azure refuses the template.
    """
    from azure.mgmt.resource.deployments import DeploymentsMgmtClient

    name = f"ml-endpoint-{_endpoint_name(plan)}-{uuid.uuid4().hex[:_RANDOM_DIGITS]}"
    group = known.workspace.resource_group
    content = json.dumps(submission(plan, known, name, arm.api_version)).encode()
    with arm.library_client(DeploymentsMgmtClient, f"{_NESTED}/{name}") as client:
        client.deployments.begin_create_or_update(group, name, io.BytesIO(content), polling=False)
    return name


def under_way(arm: Arm, workspace: Workspace, endpoint_name: str) -> bool:
    """Whether Azure is still at work on a template that was submitted for the endpoint.

    Until then what is there may be sound and not all that was asked for. Raises ServiceError.
    """
    group = f"/subscriptions/{workspace.subscription}/resourceGroups/{workspace.resource_group}"
    running = {"$filter": "provisioningState eq 'Running'", "api-version": _NESTED_API_VERSION}
    there = arm.pages(f"{group}/providers/{_NESTED}/", running)
    return any(
        _is_of(each["name"], endpoint_name)
        and each["properties"]["provisioningState"] in _ON_ITS_WAY
        for each in there
    )


def _is_of(name: str, endpoint_name: str) -> bool:
    """Whether a template deployment's name is one that :func:`submit` gives for the endpoint."""
    prefix, _, end = name.lower().rpartition("-")
    return prefix == f"ml-endpoint-{endpoint_name}".lower() and len(end) == _RANDOM_DIGITS


def how_to_follow(name: str, resource_group: str) -> str:
    return (
        f"Azure goes on alone with template deployment {name}. Wait for it with"
        f" `az deployment group wait --created -g {resource_group} -n {name}`."
    )


def submission(plan: Plan, known: Known, name: str, api_version: str) -> Json:
    """What is PUT: the template, and the bodies of its resources as parameters.

    name: of the template deployment. api_version: of Azure Machine Learning.
    """
    resources: list[Json] = []
    bodies: dict[str, Json] = {}
    for write in _writes(plan, known):
        part = f"part{len(bodies) + 1}"
        bodies[part] = write.body
        resource = _resource(write, known, part, api_version)
        is_traffic = write.target.aspect == "traffic"
        made = _nested(resource, write.body, part, name) if is_traffic else resource
        resources.append(made | _after(resources))
    return {
        "properties": {
            "mode": "Incremental",
            "template": _template(bodies, resources),
            "parameters": {part: {"value": body} for part, body in bodies.items()},
        }
    }


def _writes(plan: Plan, known: Known) -> Iterator[Write]:
    """PUTs, in an order in which each may follow the one before."""
    for step in plan:
        match step:
            case RegisterModel() | RegisterCode() | RegisterEnvironment() | RegisterData():
                pass
            case Keep() | DeleteDeployment() | DeleteEndpoint():
                raise UnsupportedError(f"{step.key}: a template cannot do it.")
            case _:
                body = writes.whole(step, known)
                write = Write(method="PUT", target=writes.target(step), body=body)
                known = writes.followed(known, write)
                yield write


def _endpoint_name(plan: Plan) -> str:
    return next(step.endpoint_name for step in plan if not isinstance(step, Registration))


def _resource(write: Write, known: Known, part: str, api_version: str) -> Json:
    target = write.target
    below = [target.deployment] if target.deployment else []
    return {
        "type": f"{_ENDPOINT}/deployments" if below else _ENDPOINT,
        "apiVersion": api_version,
        "name": "/".join((known.workspace.name, target.endpoint, *below)),
        **{name: f"[parameters('{part}').{name}]" for name in write.body},
    }


def _nested(resource: Json, body: Json, part: str, name: str) -> Json:
    return {
        "type": _NESTED,
        "apiVersion": _NESTED_API_VERSION,
        "name": f"{name}-traffic",
        "properties": {
            "mode": "Incremental",
            "expressionEvaluationOptions": {"scope": "inner"},
            "parameters": {part: {"value": f"[parameters('{part}')]"}},
            "template": _template({part: body}, [resource]),
        },
    }


def _after(resources: list[Json]) -> Json:
    """What makes a resource wait for the last of these."""
    if not resources:
        return {}
    last = resources[-1]
    said = ", ".join(f"'{each}'" for each in (last["type"], *last["name"].split("/")))
    return {"dependsOn": [f"[resourceId({said})]"]}


def _template(bodies: Mapping[str, Json], resources: list[Json]) -> Json:
    return {
        "$schema": _SCHEMA,
        "contentVersion": "1.0.0.0",
        "parameters": {part: {"type": "secureObject"} for part in bodies},
        "resources": resources,
    }
