"""The container of a datastore, and what opens it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from azure.core.credentials import AzureNamedKeyCredential

from azext_ml_endpoint.cloud.assets.datastores import Datastores
from azext_ml_endpoint.cloud.contract import Json, Response
from azext_ml_endpoint.errors import MissingResourceError, ServiceError, UnsupportedError
from tests.fakes.cloud_world import CloudWorld
from tests.fakes.simulated_arm import StaticCredential, simulated_arm
from tests.simulator.faults import Fault, Status

STORE = "workspaceblobstore"
OWN = StaticCredential("the caller's own")


def datastores(world: CloudWorld, credential: Any = OWN) -> Datastores:
    token = world.simulator.tokens.issue("https://management.azure.com", 1e9)
    arm = simulated_arm(world.handle, credential=StaticCredential(token))
    return Datastores(arm, credential)


class Told:
    """An Arm that answers what it was told."""

    def __init__(self, properties: Json, secret: Json | ServiceError | None = None) -> None:
        self._properties, self._secret = properties, secret
        self.asked: list[object] = []

    def get(self, path: str, query: object = None) -> Response:
        return Response(status=200, body={"properties": self._properties})

    def post(self, path: str, body: Json | None = None) -> Response:
        self.asked.append(body)
        if isinstance(self._secret, ServiceError):
            raise self._secret
        return Response(status=200, body=self._secret or {})


def told(secret: Json | ServiceError | None = None, **changes: Any) -> Datastores:
    blob = {
        "datastoreType": "AzureBlob",
        "accountName": "acct",
        "containerName": "c",
        "endpoint": "core.chinacloudapi.cn",
        "protocol": "https",
        "credentials": {"credentialsType": "AccountKey"},
    }
    arm: Any = Told({**blob, **changes}, secret)
    return Datastores(arm, OWN)


def test_a_token_of_an_hour_is_asked_for(world: CloudWorld) -> None:
    found = datastores(world).container(STORE)
    assert found.url == "https://wsstorage.blob.core.windows.net/azureml-blobstore"
    assert found.credential.startswith("sv=")
    asked = world.simulator.journal.requests()[-1]
    assert json.loads(asked.body) == {"expirableSecret": True, "expireAfterHours": 1}


def test_the_token_is_renewed_by_another_one(world: CloudWorld) -> None:
    found = datastores(world).container(STORE)
    world.clock.now += 3600
    assert found.renew is not None
    assert found.renew() not in ("", found.credential)


def test_a_datastore_is_asked_for_once(world: CloudWorld) -> None:
    stores = datastores(world)
    assert stores.container(STORE) is stores.container(STORE)
    assert len(world.lines()) == 2


def test_an_account_key_needs_no_renewal() -> None:
    found = told({"secretsType": "AccountKey", "key": "a2V5"}).container(STORE)
    assert isinstance(found.credential, AzureNamedKeyCredential)
    assert found.credential.named_key == ("acct", "a2V5")
    assert found.renew is None


def test_a_question_mark_is_no_part_of_a_token() -> None:
    assert told({"secretsType": "Sas", "sasToken": "?sv=1"}).container(STORE).credential == "sv=1"


def test_without_secrets_the_callers_own_credential_counts(world: CloudWorld) -> None:
    world.simulator.datastores.credentials = "None"
    found = datastores(world).container(STORE)
    assert found.credential is OWN and found.renew is None
    assert world.lines() == [f"GET datastores/{STORE}"]


def test_secrets_that_are_refused_leave_the_callers_own_credential(world: CloudWorld) -> None:
    world.simulator.faults.add(Fault(Status(403), "POST", "listSecrets"))
    assert datastores(world).container(STORE).credential is OWN


def test_a_service_that_fails_is_no_refusal() -> None:
    with pytest.raises(ServiceError, match="broken"):
        told(ServiceError("broken", status=500)).container(STORE)


def test_a_refusal_is_told_where_there_is_no_other_credential(world: CloudWorld) -> None:
    world.simulator.faults.add(Fault(Status(403), "POST", "listSecrets"))
    with pytest.raises(ServiceError) as raised:
        datastores(world, None).container(STORE)
    assert raised.value.status == 403


def test_a_datastore_that_is_not_there_is_named(world: CloudWorld) -> None:
    with pytest.raises(MissingResourceError, match="nowhere"):
        datastores(world).container("nowhere")


def test_data_lake_storage_is_blob_storage_too() -> None:
    found = told({"sasToken": "s"}, datastoreType="AzureDataLakeGen2", filesystem="fs")
    assert found.container(STORE).url == "https://acct.blob.core.chinacloudapi.cn/fs"


def test_what_is_no_blob_storage_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="AzureFile"):
        told({"sasToken": "s"}, datastoreType="AzureFile").container(STORE)


# Other containers of its account


def test_a_container_beside_it_is_opened_by_the_caller_and_then_by_the_accounts_key(
    world: CloudWorld,
) -> None:
    ways = list(datastores(world).ways_into(STORE, "wsstorage", "azureml"))
    assert {each.url for each in ways} == {"https://wsstorage.blob.core.windows.net/azureml"}
    assert ways[0].credential is OWN
    assert isinstance(ways[1].credential, AzureNamedKeyCredential)
    assert len(ways) == 2


def test_its_own_container_is_opened_by_its_own_token_first(world: CloudWorld) -> None:
    ways = list(datastores(world).ways_into(STORE, "wsstorage", "azureml-blobstore"))
    assert str(ways[0].credential).startswith("sv=")
    assert [each.credential for each in ways[1:]] == [OWN]


def test_a_datastore_without_secrets_is_opened_by_the_caller_alone(world: CloudWorld) -> None:
    world.simulator.datastores.credentials = "None"
    ways = list(datastores(world).ways_into(STORE, "wsstorage", "azureml"))
    assert [each.credential for each in ways] == [OWN]


@pytest.mark.parametrize(
    "account", ["wsstorage", "WsStorage", "wsstorage.blob.core.windows.net", STORE]
)
def test_an_account_is_known_by_its_name_its_host_or_the_datastores(
    world: CloudWorld, account: str
) -> None:
    assert list(datastores(world).ways_into(STORE, account, "azureml"))


@pytest.mark.parametrize(
    "account",
    ["other", "", "wsstorage.blob.core.windows.net.evil.example", "wsstorage.evil.example", "wss"],
)
def test_another_account_gets_no_credential(world: CloudWorld, account: str) -> None:
    assert list(datastores(world).ways_into(STORE, account, "azureml")) == []


@pytest.mark.parametrize("container", ["", "a/b", "..", "c?sig=x", "c#", "C@evil.example"])
def test_what_no_container_is_called_gets_no_credential(world: CloudWorld, container: str) -> None:
    with pytest.raises(ServiceError, match="nothing was sent there"):
        list(datastores(world).ways_into(STORE, "wsstorage", container))


@pytest.mark.parametrize(
    "changes",
    [
        {"accountName": "evil.example/"},
        {"accountName": "evil.example", "endpoint": ""},
        {"containerName": "c/../../other"},
        {"endpoint": "evil.example"},
        {"protocol": "http"},
    ],
)
@pytest.mark.parametrize("credentials", ["AccountKey", "None"])
def test_a_datastore_that_is_not_in_azure_gets_neither_files_nor_credentials(
    changes: dict[str, str], credentials: str
) -> None:
    stores = told({"key": "a2V5"}, **changes, credentials={"credentialsType": credentials})
    with pytest.raises((ServiceError, UnsupportedError)):
        stores.container(STORE)
