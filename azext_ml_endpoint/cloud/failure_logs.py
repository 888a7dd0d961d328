"""What the containers of a deployment have to say of its failure."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from azext_ml_endpoint.cloud import build_log, logs
from azext_ml_endpoint.cloud.assets.datastores import Datastores
from azext_ml_endpoint.cloud.contract import Arm, Blobs
from azext_ml_endpoint.errors import EndpointError, ServiceError

_LINES = 30
_CONTAINERS = ("storage-initializer", "inference-server")


@dataclass(frozen=True)
class FailureLogs:
    arm: Arm
    blobs: Blobs
    datastores: Datastores

    def read(self, failure: ServiceError, path: str) -> str:
        """The end of the log of the image's build, where the failure names one: no container ran
        then. Else that of the logs of both containers, as far as they can be read.

        path: the deployment's.
        """
        if built := build_log.end(failure.message, self.datastores, self.blobs, _LINES):
            return built
        parts = [failure.detail] if failure.detail else []
        for container in _CONTAINERS:
            with contextlib.suppress(EndpointError):
                if lines := logs.last(self.arm, path, container, _LINES):
                    parts.append(logs.shown(container, lines))
        return "\n\n".join(parts)
