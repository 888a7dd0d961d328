"""The simulated storage, as Azure's own client finds it."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from azure.core.credentials import AccessToken, AzureNamedKeyCredential
from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError
from azure.storage.blob import ContainerClient

from tests.simulator.azurite import AzuriteError
from tests.simulator.blob_front import BUSY, EXPIRED, PASS, BlobFront
from tests.simulator.faults import Fault, Reset, Slow
from tests.simulator.playground import Playground
from tests.simulator.proxy import Proxy

CONTAINER = "models"
MIB = 1 << 20

Connect = Callable[..., ContainerClient]


@pytest.fixture
def connect(empty_playground: Playground) -> Connect:
    """Opens a container of the account; blobs above 1 MiB go there in blocks of 1 MiB."""
    empty_playground.storage.create_container(CONTAINER)

    def opened(
        credential: Any, playground: Playground = empty_playground, proxy: Proxy | None = None
    ) -> ContainerClient:
        return ContainerClient(
            f"https://{playground.world.blob_host('wsstorage')}",
            CONTAINER,
            credential=credential,
            proxies={"https": (proxy or playground.proxy).url},
            connection_verify=str(playground.authority.bundle),
            max_block_size=MIB,
            max_single_put_size=MIB,
            initial_backoff=0.01,
            increment_base=0.01,
            random_jitter_range=0,
        )

    return opened


def sas(playground: Playground, permissions: str = "racwl", *, minutes: int = 60) -> str:
    until = datetime.now(timezone.utc) + timedelta(minutes=minutes)
    return playground.storage.sas(CONTAINER, permissions, until)


def uploaded(container: ContainerClient, content: bytes) -> bytes:
    """What a blob holds that was sent with this content."""
    container.upload_blob("folder/blob", content, overwrite=True, metadata={"made": "by a test"})
    blob = container.get_blob_client("folder/blob")
    assert blob.get_blob_properties().metadata == {"made": "by a test"}
    return blob.download_blob().readall()


class Identity:
    """A credential of Azure, with tokens of the simulator."""

    def __init__(self, playground: Playground) -> None:
        self.playground = playground

    def get_token(self, scope: str, **_: Any) -> AccessToken:
        return AccessToken(self.playground.simulator.tokens.issue(scope), 1 << 40)


def credentials(playground: Playground) -> dict[str, Any]:
    storage = playground.storage
    return {
        "sas": sas(playground),
        "key": AzureNamedKeyCredential(storage.account, storage.key),
        "identity": Identity(playground),
    }


@pytest.mark.parametrize("kind", ["sas", "key", "identity"])
def test_every_credential_opens_it(
    kind: str, connect: Connect, empty_playground: Playground
) -> None:
    with connect(credentials(empty_playground)[kind]) as container:
        assert uploaded(container, b"content") == b"content"
    assert empty_playground.storage.exists(CONTAINER, "folder")
    assert empty_playground.storage.exists(CONTAINER, "folder/blob")
    assert not empty_playground.storage.exists(CONTAINER, "fold")


def test_the_journal_has_every_request_on_one_connection(
    connect: Connect, empty_playground: Playground
) -> None:
    with connect(sas(empty_playground)) as container:
        container.upload_blob("big", bytes(2 * MIB + 1))
    requests = empty_playground.blobs.journal.requests
    assert [(each.operation, each.size, each.status) for each in requests[:3]] == [
        ("PUT block", MIB, 201),
        ("PUT block", MIB, 201),
        ("PUT block", 1, 201),
    ]
    assert (requests[3].operation, requests[3].path) == ("PUT blocklist", f"{CONTAINER}/big")
    assert len(empty_playground.proxy.connections) == 1


@pytest.mark.parametrize(
    "token", [{"minutes": -1}, {"permissions": "rl"}], ids=["expired", "for reading only"]
)
def test_a_token_opens_only_what_it_is_for(
    token: dict[str, Any], connect: Connect, empty_playground: Playground
) -> None:
    with connect(sas(empty_playground, **token)) as container, pytest.raises(HttpResponseError):
        container.upload_blob("blob", b"content")
    assert not empty_playground.storage.exists(CONTAINER, "blob")


def test_tokens_can_expire_in_the_middle(connect: Connect, empty_playground: Playground) -> None:
    first, second = sas(empty_playground), sas(empty_playground, minutes=61)
    with connect(first) as container:
        container.upload_blob("blob", b"content")
        empty_playground.blobs.expire_sas()
        with pytest.raises(ClientAuthenticationError, match="AuthenticationFailed"):
            container.upload_blob("blob", b"content", overwrite=True)
    with connect(second) as container:
        assert uploaded(container, b"content") == b"content"


@pytest.mark.parametrize(
    "effect",
    [Reset(after=1000), Reset(), Reset(done=True), BUSY, Slow(0.01)],
    ids=["cut in the body", "cut", "cut before the answer", "busy", "slow"],
)
def test_a_client_gets_over_a_fault(
    effect: Any, connect: Connect, empty_playground: Playground
) -> None:
    content = os.urandom(3 * MIB)
    faults = empty_playground.blobs.faults
    faults.add(Fault(PASS, "PUT", "comp=block&"))
    faults.add(Fault(effect, "PUT", "comp=block&"))
    with connect(sas(empty_playground)) as container:
        assert uploaded(container, content) == content
    blocks = [
        each for each in empty_playground.blobs.journal.requests if each.operation == "PUT block"
    ]
    assert len(blocks) == (3 if isinstance(effect, Slow) else 4)
    assert faults.waiting() == []


def test_a_refusal_is_worded_as_azure_does(connect: Connect, empty_playground: Playground) -> None:
    empty_playground.blobs.faults.add(Fault(EXPIRED, "PUT"))
    container = connect(sas(empty_playground))
    with container, pytest.raises(ClientAuthenticationError) as refusal:
        container.upload_blob("blob", b"content")
    assert refusal.value.error_code == "AuthenticationFailed"


def test_storage_can_be_reached_straight_away(connect: Connect) -> None:
    with Playground(direct=True) as playground:
        playground.storage.create_container(CONTAINER)
        with connect(sas(playground), playground) as container:
            assert uploaded(container, b"content") == b"content"
        assert playground.blobs.journal.requests == []


def test_an_azurite_that_died_is_not_taken_for_a_client_that_went_away(
    connect: Connect, empty_playground: Playground
) -> None:
    authority = empty_playground.authority
    proxy = Proxy(authority, {".*": BlobFront(("127.0.0.1", 1), authority.bundle)})
    with connect(sas(empty_playground), proxy=proxy) as container, pytest.raises(AzureError):
        container.upload_blob("blob", b"content")
    proxy.close()
    assert {type(error) for error in proxy.errors} == {AzuriteError}
