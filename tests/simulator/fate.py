"""How a deployment ends that cannot work, which the service finds out only when it starts it."""

from __future__ import annotations

from tests.simulator.addresses import holds
from tests.simulator.backend import Backend
from tests.simulator.faults import FailOperation, Outcome
from tests.simulator.message import Json


def fate(backend: Backend, properties: Json) -> Outcome | None:
    """properties: a deployment's. None where nothing speaks against it."""
    return _of_image(backend, properties) or _of_code(backend, properties)


def _of_image(backend: Backend, properties: Json) -> Outcome | None:
    environment = backend.resources.find(properties["environmentId"] or "")
    build = environment.properties["build"] if environment else None
    if build is None or holds(backend, build["contextUri"] + build["dockerfilePath"]):
        return None
    return _failure(
        "ImageBuildFailure",
        f"The image could not be built: {build['dockerfilePath']} is not in the build context.",
        "image-build-failure",
    )


def _of_code(backend: Backend, properties: Json) -> Outcome | None:
    configuration = properties["codeConfiguration"] or {}
    code = backend.resources.find(configuration.get("codeId", ""))
    if code is None:
        return None
    script = f"{code.properties['codeUri'].rstrip('/')}/{configuration['scoringScript']}"
    if holds(backend, script):
        return None
    return _failure(
        "ResourceNotReady",
        "User container has crashed or terminated: the scoring script "
        f"'{configuration['scoringScript']}' was not found.",
        "resourcenotready",
    )


def _failure(code: str, reason: str, anchor: str) -> FailOperation:
    guide = f"https://aka.ms/oe-tsg#error-{anchor}"
    message = f"{reason} Please see troubleshooting guide, available here: {guide}"
    return FailOperation({"code": code, "message": message, "details": [], "additionalInfo": []})
