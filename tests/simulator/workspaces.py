"""What stands above the resources: subscription, resource group, workspace, its computes."""

from __future__ import annotations

from typing import Any

from tests.simulator.backend import Backend
from tests.simulator.message import Json, Reply, json_reply
from tests.simulator.refusal import Refusal, resource_not_found
from tests.simulator.resources import SERVICE
from tests.simulator.routes import GROUP, WORKSPACE, Call, Route


class Workspaces:
    """Reading only; there is one of each. ``unregistered``: resource providers that the
    subscription is not registered for."""

    def __init__(self, backend: Backend) -> None:
        self.unregistered: set[str] = set()
        self._backend = backend

    def routes(self) -> list[Route]:
        subscription = "/subscriptions/{subscription}"
        computes = WORKSPACE + "/computes"
        return [
            Route("GET", "/subscriptions", self._list_subscriptions),
            Route("GET", "/tenants", self._list_tenants),
            Route("GET", subscription, self._get_subscription),
            Route("GET", subscription + "/providers/{provider}", self._get_provider),
            Route("GET", subscription + "/resourceGroups", self._list_groups),
            Route("GET", GROUP, self._get_group),
            Route("GET", WORKSPACE.removesuffix("/{workspace}"), self._list_workspaces),
            Route("GET", WORKSPACE, self._get_workspace),
            Route("GET", computes, self._list_computes),
            Route("GET", computes + "/{compute}", self._get_compute),
        ]

    def _list_subscriptions(self, call: Call) -> Reply:
        return self._backend.page(call, [self._subscription()])

    def _list_tenants(self, call: Call) -> Reply:
        tenant = self._backend.world.tenant
        return self._backend.page(call, [{"id": f"/tenants/{tenant}", "tenantId": tenant}])

    def _get_subscription(self, call: Call) -> Reply:
        return json_reply(200, self._subscription())

    def _get_provider(self, call: Call) -> Reply:
        world = self._backend.world
        name = call.names["provider"]
        provider: dict[str, Any] = {
            "id": f"/subscriptions/{world.subscription}/providers/{name}",
            "namespace": name,
            "registrationState": "NotRegistered" if name in self.unregistered else "Registered",
            "resourceTypes": [],
        }
        return json_reply(200, provider)

    def _list_groups(self, call: Call) -> Reply:
        return self._backend.page(call, [self._group()])

    def _get_group(self, call: Call) -> Reply:
        return json_reply(200, self._group())

    def _list_workspaces(self, call: Call) -> Reply:
        return self._backend.page(call, [self._workspace()])

    def _get_workspace(self, call: Call) -> Reply:
        return json_reply(200, self._workspace())

    def _list_computes(self, call: Call) -> Reply:
        return self._backend.page(call, map(self._compute, self._backend.world.computes))

    def _get_compute(self, call: Call) -> Reply:
        name = call.names["compute"]
        if name not in self._backend.world.computes:
            raise resource_not_found(f"{SERVICE}/workspaces/computes", name, call.names["group"])
        return json_reply(200, self._compute(name))

    def _subscription(self) -> Json:
        world = self._backend.world
        return {
            "id": f"/subscriptions/{world.subscription}",
            "subscriptionId": world.subscription,
            "tenantId": world.tenant,
            "displayName": "Simulated",
            "state": "Enabled",
        }

    def _group(self) -> Json:
        world = self._backend.world
        return {
            "id": world.group_id,
            "name": world.group,
            "type": "Microsoft.Resources/resourceGroups",
            "location": world.location,
            "tags": {},
            "properties": {"provisioningState": "Succeeded"},
        }

    def _workspace(self) -> Json:
        world = self._backend.world
        providers = f"{world.group_id}/providers"
        account = self._backend.storage.account
        return {
            "id": world.workspace_id,
            "name": world.workspace,
            "type": f"{SERVICE}/workspaces",
            "location": world.location,
            "tags": {},
            "kind": "Default",
            "sku": {"name": "Basic", "tier": "Basic"},
            "identity": {"type": "SystemAssigned", "tenantId": world.tenant},
            "properties": {
                "friendlyName": world.workspace,
                "description": "",
                "workspaceId": world.workspace_guid,
                "provisioningState": "Succeeded",
                "publicNetworkAccess": "Enabled",
                "systemDatastoresAuthMode": "accessKey",
                "discoveryUrl": f"https://{world.location}.api.azureml.ms/discovery",
                "storageAccount": f"{providers}/Microsoft.Storage/storageAccounts/{account}",
                "keyVault": f"{providers}/Microsoft.KeyVault/vaults/wsvault",
                "containerRegistry": None,
            },
        }

    def _compute(self, name: str) -> Json:
        world = self._backend.world
        return {
            "id": f"{world.workspace_id}/computes/{name}",
            "name": name,
            "type": f"{SERVICE}/workspaces/computes",
            "location": world.location,
            "properties": {"computeType": "Kubernetes", "provisioningState": "Succeeded"},
        }


def require_scope(backend: Backend, call: Call) -> None:
    """Raises 404 where the path leads into another subscription, group or workspace."""
    world, names = backend.world, call.names
    if names.get("subscription", world.subscription).lower() != world.subscription.lower():
        message = f"The subscription '{names['subscription']}' could not be found."
        raise Refusal(404, "SubscriptionNotFound", message)
    if names.get("group", world.group).lower() != world.group.lower():
        message = f"Resource group '{names['group']}' could not be found."
        raise Refusal(404, "ResourceGroupNotFound", message)
    if names.get("workspace", world.workspace).lower() != world.workspace.lower():
        raise resource_not_found(f"{SERVICE}/workspaces", names["workspace"], names["group"])
