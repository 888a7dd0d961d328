"""Where a client may put content."""

from __future__ import annotations

from datetime import datetime, timezone
from urllib.parse import parse_qs

import pytest

from tests.unit.simulator.client import Client, code

STORE = "datastores/workspaceblobstore"
EXPIRING = {"expirableSecret": True, "expireAfterHours": 2}


def test_the_default_datastore_is_found(client: Client) -> None:
    properties = client.get("datastores?isDefault=true").json()["value"][0]["properties"]
    assert (properties["accountName"], properties["containerName"]) == (
        "wsstorage",
        "azureml-blobstore",
    )
    assert client.get("datastores/other").status == 404


def test_a_secret_expires_where_it_should(client: Client) -> None:
    secrets = client.send("POST", f"{STORE}/listSecrets", EXPIRING).json()
    assert secrets["secretsType"] == "Sas"
    until = parse_qs(secrets["sasToken"])["se"][0]
    expires = datetime.strptime(until, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    assert expires.timestamp() == client.clock.now + 2 * 3600


@pytest.mark.parametrize("version", ["2025-12-01", "2024-10-01"])
def test_an_old_version_gives_the_account_key(client: Client, version: str) -> None:
    url = client.url(f"{STORE}/listSecrets").replace("2025-12-01", version)
    kind = client.send("POST", url, EXPIRING).json()["secretsType"]
    assert kind == ("Sas" if version == "2025-12-01" else "AccountKey")
    assert client.send("POST", url).json()["key"] == client.storage.key


def test_a_datastore_without_credentials_has_no_secrets(client: Client) -> None:
    client.simulator.datastores.credentials = "None"
    properties = client.get(STORE).json()["properties"]
    assert properties["credentials"] == {"credentialsType": "None"}
    assert client.send("POST", f"{STORE}/listSecrets", EXPIRING).status == 400


def test_a_pending_upload_has_a_container_of_its_own(client: Client) -> None:
    def start(version: str) -> str:
        path = f"codes/c/versions/{version}/startPendingUpload"
        wanted = {"pendingUploadType": "TemporaryBlobReference"}
        reference = client.send("POST", path, wanted).json()["blobReferenceForConsumption"]
        assert reference["credential"]["sasUri"].startswith(reference["blobUri"] + "?sv=")
        uri: str = reference["blobUri"]
        return uri

    assert start("1") == start("1") != start("2")
    uri = start("1")
    assert client.put("codes/c/versions/1", code(codeUri=f"{uri}/src")).status == 400
    client.upload("src/score.py", container=uri.rpartition("/")[2])
    assert client.put("codes/c/versions/1", code(codeUri=f"{uri}/src")).status == 201
