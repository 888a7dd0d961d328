"""Who asks Azure: az's account first, else what azure-identity finds, else a word to log in."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent import futures
from types import SimpleNamespace
from typing import Any

import pytest
from azure.cli.core import cloud as clouds
from azure.cli.core.azclierror import AuthenticationError
from azure.core.credentials import AccessToken

from azext_ml_endpoint.cloud.credentials import OneToken, account_name, connect
from azext_ml_endpoint.errors import NotLoggedInError

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
OTHER = "00000000-0000-0000-0000-000000000002"


def account(subscription: str, name: str, *, default: bool) -> dict[str, Any]:
    """Of a virtual machine's own identity, which needs no cache of tokens."""
    return {
        "id": subscription,
        "name": name,
        "isDefault": default,
        "state": "Enabled",
        "tenantId": "tenant",
        "environmentName": "AzureCloud",
        "user": {
            "name": "systemAssignedIdentity",
            "type": "servicePrincipal",
            "assignedIdentityInfo": "MSI",
        },
    }


LOGINS = [account(SUBSCRIPTION, "Main", default=True), account(OTHER, "Lab", default=False)]
Az = Callable[..., Any]


@pytest.fixture
def az(monkeypatch: pytest.MonkeyPatch) -> Az:
    """Makes a cli_ctx: with these accounts, of this cloud, with this configuration."""
    monkeypatch.delenv("AZURE_SUBSCRIPTION_ID", raising=False)
    monkeypatch.delenv("AZURE_CLI_DISABLE_CONNECTION_VERIFICATION", raising=False)

    def make(
        accounts: list[dict[str, Any]],
        *,
        cloud: clouds.Cloud = clouds.AZURE_PUBLIC_CLOUD,
        chosen: str | None = None,
        **configured: str,
    ) -> Any:
        monkeypatch.setattr("azure.cli.core._profile.ACCOUNT", {"subscriptions": accounts})
        config = SimpleNamespace(
            config_dir="/nowhere",
            get=lambda section, key, fallback: configured.get(key, fallback),
            getboolean=lambda section, key, fallback: fallback,
        )
        data = {"subscription_id": chosen} if chosen else {}
        return SimpleNamespace(cloud=cloud, data=data, config=config)

    return make


def test_the_account_of_az_is_used(az: Az) -> None:
    connection = connect(az(LOGINS))
    assert connection.subscription == SUBSCRIPTION
    assert connection.endpoint == "https://management.azure.com"
    assert connection.scope == "https://management.core.windows.net//.default"
    assert connection.ml_scope == "https://ml.azure.com/.default"
    assert connection.storage_suffix == "core.windows.net"
    assert connection.verify and connection.api_version is None


@pytest.mark.parametrize("chosen", [OTHER, "lab"])
def test_another_subscription_can_be_chosen(az: Az, chosen: str) -> None:
    assert connect(az(LOGINS, chosen=chosen)).subscription == OTHER


def test_a_subscription_that_nobody_has_is_told(az: Az) -> None:
    with pytest.raises(NotLoggedInError, match="'nope' not found") as caught:
        connect(az(LOGINS, chosen="nope"))
    assert "az account list" in str(caught.value.recommendation)


def test_the_configuration_may_name_another_api_version(az: Az) -> None:
    assert connect(az(LOGINS, api_version="2024-10-01")).api_version == "2024-10-01"


def test_certificates_are_not_verified_where_az_does_not(
    az: Az, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_CLI_DISABLE_CONNECTION_VERIFICATION", "1")
    assert not connect(az(LOGINS)).verify


@pytest.mark.parametrize(
    ("cloud", "endpoint", "ml_scope", "suffix"),
    [
        (
            clouds.AZURE_CHINA_CLOUD,
            "https://management.chinacloudapi.cn",
            "https://ml.azure.cn/.default",
            "core.chinacloudapi.cn",
        ),
        (
            clouds.AZURE_US_GOV_CLOUD,
            "https://management.usgovcloudapi.net",
            "https://ml.azure.us/.default",
            "core.usgovcloudapi.net",
        ),
        (
            clouds.Cloud(
                "Own",
                clouds.CloudEndpoints(
                    resource_manager="https://arm.own.example/",
                    active_directory="https://login.own.example",
                    active_directory_resource_id="https://arm.own.example",
                ),
                clouds.CloudSuffixes(storage_endpoint="storage.own.example"),
            ),
            "https://arm.own.example",
            "https://ml.azure.example/.default",
            "storage.own.example",
        ),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_the_cloud_of_az_says_where_everything_is(
    az: Az,
    monkeypatch: pytest.MonkeyPatch,
    cloud: clouds.Cloud,
    endpoint: str,
    ml_scope: str,
    suffix: str,
) -> None:
    monkeypatch.setenv("AZURE_SUBSCRIPTION_ID", SUBSCRIPTION)
    connection = connect(az([], cloud=cloud))
    assert connection.endpoint == endpoint and connection.scope.startswith("https://")
    assert connection.ml_scope == ml_scope and connection.storage_suffix == suffix


def test_without_a_login_the_environment_names_the_subscription(
    az: Az, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_SUBSCRIPTION_ID", SUBSCRIPTION)
    assert connect(az([])).subscription == SUBSCRIPTION


def test_without_anything_the_next_step_is_a_login(az: Az) -> None:
    with pytest.raises(NotLoggedInError, match="Nobody is logged in") as caught:
        connect(az([]))
    assert "az login" in str(caught.value.recommendation)
    assert "AZURE_SUBSCRIPTION_ID" in str(caught.value.recommendation)


# One token


class Bank:
    """Gives numbered tokens that are good for so many seconds."""

    def __init__(self, lifetime: int = 3600) -> None:
        self.asked: list[tuple[tuple[str, ...], dict[str, Any]]] = []
        self._lifetime = lifetime

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        self.asked.append((scopes, options))
        return AccessToken(f"{scopes[0]} {len(self.asked)}", int(time.time()) + self._lifetime)


def test_many_threads_ask_for_one_token() -> None:
    class SlowBank(Bank):
        """Gives no token before a second one is asked for, or nobody has for a while."""

        def get_token(self, *scopes: str, **options: Any) -> AccessToken:
            token = super().get_token(*scopes, **options)
            if len(self.asked) > 1:
                crowded.set()
            crowded.wait(0.2)
            return token

    crowded, bank = threading.Event(), SlowBank()
    credential = OneToken(bank)
    with futures.ThreadPoolExecutor(8) as pool:
        asking = [pool.submit(credential.get_token, "arm") for _ in range(8)]
    assert {each.result().token for each in asking} == {"arm 1"} and len(bank.asked) == 1


def test_each_scope_has_a_token_of_its_own() -> None:
    credential = OneToken(Bank())
    assert credential.get_token("arm").token == "arm 1"
    assert credential.get_token("storage").token == "storage 2"
    assert credential.get_token("arm").token == "arm 1"


def test_a_token_that_soon_ends_is_replaced() -> None:
    credential = OneToken(Bank(lifetime=200))
    assert [credential.get_token("arm").token for _ in range(2)] == ["arm 1", "arm 2"]


def test_a_challenge_gets_another_token_that_stays() -> None:
    bank = Bank()
    credential = OneToken(bank)
    credential.get_token("arm")
    assert credential.get_token("arm", claims="{}").token == "arm 2"
    assert bank.asked[1] == (("arm",), {"claims": "{}"})
    assert credential.get_token("arm").token == "arm 2"


@pytest.mark.parametrize(
    ("error", "step"),
    [
        (
            AuthenticationError("It expired.", recommendation="az login --scope x"),
            "az login --scope x",
        ),
        (ConnectionError("It expired."), "Log in with `az login`"),
    ],
)
def test_no_token_is_told_with_the_way_to_get_one(error: Exception, step: str) -> None:
    class Broken:
        def get_token(self, *scopes: str, **options: Any) -> AccessToken:
            raise error

    with pytest.raises(NotLoggedInError, match="no token for Azure: It expired") as caught:
        OneToken(Broken()).get_token("arm")
    assert step in str(caught.value.recommendation)


# Whose name the history has


def test_the_account_that_works_has_its_name(az: Az) -> None:
    accounts = [
        account(SUBSCRIPTION, "Main", default=True),
        {**account(OTHER, "Lab", default=False), "user": {"name": "eva@example.com"}},
    ]
    assert account_name(az(accounts)) == "systemAssignedIdentity"
    assert account_name(az(accounts, chosen=OTHER)) == "eva@example.com"
    assert account_name(az(accounts, chosen="Lab")) == "eva@example.com"
    assert account_name(az([])) is None
