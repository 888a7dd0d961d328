"""Who asks Azure, and which Azure: az's account and cloud, else what azure-identity finds."""

from __future__ import annotations

import logging
import os
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from azext_ml_endpoint.cloud.arm.errors import no_token
from azext_ml_endpoint.cloud.redaction import redact
from azext_ml_endpoint.errors import NotLoggedInError

if TYPE_CHECKING:
    from azure.cli.core import AzCli
    from azure.core.credentials import AccessToken, TokenCredential

_ML_AUDIENCES = {
    "AzureCloud": "https://ml.azure.com",
    "AzureChinaCloud": "https://ml.azure.cn",
    "AzureUSGovernment": "https://ml.azure.us",
}
"""az's clouds do not say it. Of others: ``https://ml.azure.`` and the end of ARM's own host."""

_FRESH_SECONDS = 300
"""A token with less left is not begun with."""


@dataclass(frozen=True, kw_only=True)
class Connection:
    """What every door to Azure needs.

    endpoint: of the resource manager; scope: of its tokens.
    storage_suffix: such as ``core.windows.net``.
    ml_scope: of the tokens that endpoints with ``auth_mode: aad_token`` take.
    verify: whether certificates are verified.
    api_version: of Azure Machine Learning, where az's configuration names one.
    """

    credential: TokenCredential = field(repr=False)
    subscription: str
    endpoint: str
    scope: str
    storage_suffix: str
    ml_scope: str
    verify: bool = True
    api_version: str | None = None

    def sign_in(self) -> AccessToken:
        """A token for the data plane. Raises NotLoggedInError."""
        return self.credential.get_token(self.ml_scope)


def connect(cli_ctx: AzCli) -> Connection:
    """Raises NotLoggedInError where there is neither a login nor what stands in for one."""
    from azure.cli.core.auth.util import resource_to_scopes
    from azure.cli.core.util import should_disable_connection_verify

    credential, subscription = _az_account(cli_ctx) or _environment(cli_ctx)
    endpoints = cli_ctx.cloud.endpoints
    [scope] = resource_to_scopes(endpoints.active_directory_resource_id)
    return Connection(
        credential=OneToken(credential),
        subscription=subscription,
        endpoint=endpoints.resource_manager.rstrip("/"),
        scope=scope,
        storage_suffix=cli_ctx.cloud.suffixes.storage_endpoint,
        ml_scope=f"{_ml_audience(cli_ctx.cloud)}/.default",
        verify=not should_disable_connection_verify(),
        api_version=cli_ctx.config.get("ml_endpoint", "api_version", fallback=None),
    )


def account_name(cli_ctx: AzCli) -> str | None:
    """Of the user or service principal that is logged in; None where nobody is."""
    from azure.cli.core._profile import Profile

    chosen = cli_ctx.data.get("subscription_id")
    for each in Profile(cli_ctx=cli_ctx).load_cached_subscriptions():
        if chosen in (each["id"], each["name"]) if chosen else each["isDefault"]:
            return str(each["user"]["name"])
    return None


class OneToken:
    """A credential that is asked once for each scope, however many threads need its token."""

    def __init__(self, credential: TokenCredential) -> None:
        self._credential = credential
        self._tokens: dict[tuple[str, ...], AccessToken] = {}
        self._lock = threading.Lock()

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        """Raises NotLoggedInError. ``claims`` are a challenge that the last token did not meet."""
        with self._lock:
            token = self._tokens.get(scopes)
            if (
                not token
                or options.get("claims")
                or token.expires_on - time.time() < _FRESH_SECONDS
            ):
                token = self._tokens[scopes] = self._ask(*scopes, **options)
            return token

    def _ask(self, *scopes: str, **options: Any) -> AccessToken:
        try:
            return self._credential.get_token(*scopes, **options)
        except Exception as error:
            # az, MSAL, azure-identity and what they stand on each raise types of their own.
            steps = getattr(error, "recommendations", None) or []
            raise no_token(redact(str(error)), "\n".join(steps) or None) from error


def _az_account(cli_ctx: AzCli) -> tuple[TokenCredential, str] | None:
    """None where nobody has logged in."""
    from azure.cli.core import CLIError
    from azure.cli.core._profile import Profile

    profile = Profile(cli_ctx=cli_ctx)
    if not profile.load_cached_subscriptions():
        return None
    try:
        credential, subscription, _ = profile.get_login_credentials(
            subscription_id=cli_ctx.data.get("subscription_id")
        )
    except CLIError as error:
        raise NotLoggedInError(
            str(error), "`az account list` shows what there is; `az login` renews it."
        ) from error
    return credential, subscription


def _environment(cli_ctx: AzCli) -> tuple[TokenCredential, str]:
    """Workload identity, the environment's service principal, or a managed identity."""
    subscription = cli_ctx.data.get("subscription_id") or os.environ.get("AZURE_SUBSCRIPTION_ID")
    if not subscription:
        raise NotLoggedInError(
            "Nobody is logged in to Azure.",
            "Log in with `az login`. Where no person is, set AZURE_SUBSCRIPTION_ID; a workload"
            " identity, AZURE_CLIENT_ID and its secret, or a managed identity are then used.",
        )
    from azure.identity import DefaultAzureCredential

    # It logs as a warning what it raises; the error says it already.
    logging.getLogger("azure.identity").setLevel(logging.ERROR)
    credential = DefaultAzureCredential(
        authority=urlsplit(cli_ctx.cloud.endpoints.active_directory).netloc,
        exclude_shared_token_cache_credential=True,
        exclude_visual_studio_code_credential=True,
        exclude_cli_credential=True,
        exclude_powershell_credential=True,
        exclude_developer_cli_credential=True,
        exclude_broker_credential=True,
    )
    return credential, subscription


def _ml_audience(cloud: Any) -> str:
    host = urlsplit(cloud.endpoints.resource_manager).hostname or ""
    return _ML_AUDIENCES.get(cloud.name) or f"https://ml.azure.{host.rpartition('.')[2]}"
