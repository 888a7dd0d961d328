"""A workspace in Azure, opened for the commands: what they stand on is put together here."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from azext_ml_endpoint import scoring
from azext_ml_endpoint.cloud.assets import registries
from azext_ml_endpoint.cloud.assets.deployment_templates import DeploymentTemplates
from azext_ml_endpoint.cloud.assets.registries import RegistryReader
from azext_ml_endpoint.cloud.contract import Arm
from azext_ml_endpoint.cloud.service import CloudService
from azext_ml_endpoint.report import Report
from azext_ml_endpoint.service import Agree, disagree

if TYPE_CHECKING:
    from azext_ml_endpoint.cloud.assets.catalogue import Catalogue
    from azext_ml_endpoint.cloud.assets.fetching import AssetSource
    from azext_ml_endpoint.cloud.credentials import Connection
    from azext_ml_endpoint.cloud.driver import CloudDriver
    from azext_ml_endpoint.cloud.workspace import Workspace


def cloud_service(
    connection: Connection,
    workspace: Workspace,
    report: Report,
    *,
    timeout: float | None = None,
    wait: bool = True,
    patient: bool = True,
    agree: Agree | None = None,
) -> CloudService:
    """timeout: seconds that an operation may take. wait: whether to see operations through.

    patient: whether to wait for what others have begun. agree: as in :class:`CloudService`.
    """
    arm = _arm(connection, workspace)
    templates = _templates(connection, workspace)

    def open_driver() -> CloudDriver:
        """Late: what uploads is slow to load, and most commands upload nothing."""
        from azext_ml_endpoint.cloud.blobs import BlobStore
        from azext_ml_endpoint.cloud.driver import CloudDriver

        return CloudDriver(
            arm,
            BlobStore(report),
            workspace,
            report,
            timeout=timeout,
            follow=wait,
            credential=connection.credential,
            templates=templates,
            storage_suffix=connection.storage_suffix,
            patient=patient,
        )

    return CloudService(
        arm,
        open_driver,
        workspace,
        report,
        sign_in=connection.sign_in,
        scoring_parent=urlsplit(connection.ml_scope).netloc,
        wait=wait,
        connect=functools.partial(scoring.connected, verify=connection.verify),
        agree=agree or disagree,
        templates=templates,
    )


def catalogue(connection: Connection, workspace: Workspace, report: Report) -> Catalogue:
    """The workspace's models and environments."""
    from azext_ml_endpoint.cloud.assets.catalogue import Catalogue
    from azext_ml_endpoint.cloud.blobs import BlobStore

    arm, credential = _arm(connection, workspace), connection.credential
    return Catalogue(arm, BlobStore(report), workspace, report, credential=credential)


def asset_source(
    connection: Connection, workspace: Workspace, report: Report, found: Callable[..., Any]
) -> AssetSource:
    """found: as in :class:`.assets.fetching.AssetSource`."""
    from azext_ml_endpoint.cloud.assets.fetching import AssetSource
    from azext_ml_endpoint.cloud.blobs import BlobStore

    return AssetSource(
        _arm(connection, workspace),
        BlobStore(report),
        workspace,
        found,
        registries=_registries(connection, workspace),
        credential=connection.credential,
        storage_suffix=connection.storage_suffix,
    )


def _templates(connection: Connection, workspace: Workspace) -> DeploymentTemplates:
    return DeploymentTemplates(_registries(connection, workspace))


def _registries(connection: Connection, workspace: Workspace) -> RegistryReader:
    host = urlsplit(connection.endpoint).netloc
    known = registries.CLOUDS.get(host, registries.PUBLIC)
    return RegistryReader(lambda url: _arm(connection, workspace, url), known)


def _arm(connection: Connection, workspace: Workspace, url: str | None = None) -> Arm:
    """url: of another host than the resource manager's that is Azure's own."""
    from azext_ml_endpoint.cloud.arm.client import API_VERSION, ArmClient

    return ArmClient(
        connection.credential,
        workspace,
        base_url=url or connection.endpoint,
        scope=connection.scope,
        api_version=connection.api_version or API_VERSION,
        verify=connection.verify,
    )
