"""What the containers of a deployment have written."""

from __future__ import annotations

from tests.simulator.resources import Resource

Place = tuple[str, str, str]
"""Endpoint, deployment, and ``InferenceServer`` or ``StorageInitializer``."""


class Logs(dict[Place, str]):
    """Texts by place; tests set them. Where nothing is set, a container has started quietly."""

    def read(self, endpoint: str, deployment: Resource, container: str, tail: int | None) -> str:
        """The last ``tail`` lines, or all."""
        text = self.get((endpoint, deployment.name, container))
        if text is None:
            text = _usual(deployment, container)
        lines = text.splitlines(keepends=True)
        return "".join(lines[-tail:] if tail else lines)


def _usual(deployment: Resource, container: str) -> str:
    if deployment.live is None and deployment.state != "Failed":
        return "The container is not up yet. Please try again later.\n"
    if container == "StorageInitializer":
        return "Downloading model files\nDownloading code files\nDone\n"
    return (
        "Instance status:\nSystemSetup: Succeeded\nUserContainerImagePull: Succeeded\n"
        "ModelDownload: Succeeded\nUserContainerStart: Succeeded\n\nContainer events:\n\n"
        "Starting AzureML Inference Server HTTP.\nListening at: http://0.0.0.0:31311\n"
    )
