"""The real service and driver, over a simulator in the same process."""

from __future__ import annotations

import contextlib
import functools
import time
from collections.abc import Callable
from dataclasses import replace

from azure.core.credentials import AccessToken

from azext_ml_endpoint.cloud.arm.client import ArmClient
from azext_ml_endpoint.cloud.assets.catalogue import Catalogue
from azext_ml_endpoint.cloud.assets.deployment_templates import DeploymentTemplates
from azext_ml_endpoint.cloud.assets.registries import RegistryReader
from azext_ml_endpoint.cloud.driver import CloudDriver
from azext_ml_endpoint.cloud.service import CloudService
from azext_ml_endpoint.cloud.workspace import Workspace
from azext_ml_endpoint.errors import ScoringError
from azext_ml_endpoint.report import Report
from azext_ml_endpoint.scoring import Answer, Read, whole
from azext_ml_endpoint.scoring import Request as Scored
from tests.fakes.cloud_world import CloudWorld
from tests.fakes.simulated_arm import WORKSPACE, StaticCredential, simulated_arm
from tests.simulator.message import CUT, Request

ML_SCOPE = "https://ml.azure.com"


def simulated_service(
    world: CloudWorld,
    workspace: Workspace = WORKSPACE,
    report: Report | None = None,
    *,
    timeout: float | None = None,
    wait: bool = True,
    patient: bool = True,
    agree: Callable[[str], None] = lambda question: None,
) -> CloudService:
    report = report or world.report
    arm = _arm(world, workspace)
    templates = DeploymentTemplates(RegistryReader(lambda url: _arm(world, workspace, url)))
    open_driver = functools.partial(
        CloudDriver,
        arm,
        world.blobs,
        workspace,
        report,
        timeout=timeout,
        follow=wait,
        patient=patient,
        pause=world.clock.pause,
        templates=templates,
    )

    def sign_in() -> AccessToken:
        return AccessToken(world.simulator.tokens.issue(ML_SCOPE, 3600.0), 1_700_003_600)

    return CloudService(
        arm,
        open_driver,
        workspace,
        report,
        sign_in=sign_in,
        wait=wait,
        connect=lambda: contextlib.nullcontext(functools.partial(_score, world)),
        pause=world.clock.pause,
        agree=agree,
        templates=templates,
    )


def simulated_catalogue(
    world: CloudWorld, workspace: Workspace = WORKSPACE, report: Report | None = None
) -> Catalogue:
    return Catalogue(_arm(world, workspace), world.blobs, workspace, report or world.report)


def _arm(world: CloudWorld, workspace: Workspace, url: str | None = None) -> ArmClient:
    token = world.simulator.tokens.issue("https://management.azure.com", 1e9)
    base = {"base_url": url} if url else {}
    return simulated_arm(world.handle, workspace, credential=StaticCredential(token), **base)


def _score(
    world: CloudWorld, uri: str, request: Scored, *, timeout: float, read: Read = whole
) -> Answer:
    headers = {"Content-Type": request.content_type, **request.headers}
    lower = {name.lower(): value for name, value in headers.items()}
    reply = world.handle(Request(request.method, request.uri(uri), lower, request.body))
    if reply.status == CUT:
        raise ScoringError(f"{uri} closed the connection.")
    answered = {name.lower(): value for name, value in reply.headers.items()}
    began = time.perf_counter()
    head = Answer(status=reply.status, body=b"", headers=answered, began=began)
    return replace(head, body=read(head, iter([reply.body] if reply.body else ())))
