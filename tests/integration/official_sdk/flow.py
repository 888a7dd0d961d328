"""What azure-ai-ml, the official SDK, sees of the workspace that the environment points it at.

Runs in the SDK's own environment: ``python flow.py FOLDER ENDPOINT ANSWERS [STEP...]``. FOLDER
holds the folders ``model``, ``code`` and ``environment`` (with a Dockerfile), ``conda.yml`` and
``request.json``. ANSWERS is written: a JSON object, what each step answered. All steps are taken,
or those that are named.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from azure.ai.ml import MLClient  # type: ignore[import-not-found]
from azure.ai.ml.entities import (  # type: ignore[import-not-found]
    BuildContext,
    CodeConfiguration,
    Environment,
    KubernetesOnlineDeployment,
    KubernetesOnlineEndpoint,
    ManagedOnlineDeployment,
    ManagedOnlineEndpoint,
    Model,
    ResourceRequirementsSettings,
    ResourceSettings,
)
from azure.identity import ManagedIdentityCredential

IMAGE = "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:latest"

ROUTES = {
    f"{name}_route": {"port": 8080, "path": f"/{path}"}
    for name, path in {"liveness": "live", "readiness": "ready", "scoring": "score"}.items()
}


def main(folder: Path, name: str, answers: Path, *chosen: str) -> None:
    client = MLClient(
        ManagedIdentityCredential(),
        "00000000-0000-0000-0000-000000000001",
        "rg",
        "ws",
        enable_telemetry=False,
    )
    flow = Flow(client, folder, name)
    steps: dict[str, Callable[[], Any]] = {
        "endpoint": flow.create_endpoint,
        "deployment": flow.deploy_inline,
        "all traffic to blue": partial(flow.set_traffic, blue=100),
        "answer": flow.invoke,
        "answer of blue": partial(flow.invoke, "blue"),
        "logs": flow.logs,
        "keys": flow.keys,
        "keys after": flow.regenerate_key,
        "deployment again": flow.deploy_inline,
        "registered": flow.deploy_registered,
        "split traffic": partial(flow.set_traffic, blue=90, green=10),
        "instances of green": flow.scale,
        "listed": flow.list,
        "all traffic to green": partial(flow.set_traffic, green=100),
        "left without blue": flow.delete_blue,
        "answer to an identity": flow.invoke_with_identity,
        "state on Kubernetes": flow.deploy_to_kubernetes,
        "model of a registry": flow.download,
        "template": flow.read_template,
        "deployment by a template": flow.deploy_by_template,
        "left": flow.delete,
    }
    seen = {what: steps[what]() for what in chosen or steps}
    answers.write_text(json.dumps(seen), encoding="utf-8")


class Flow:
    def __init__(self, client: MLClient, folder: Path, name: str) -> None:
        self.endpoints, self.deployments = client.online_endpoints, client.online_deployments
        self.client, self.folder, self.name = client, folder, name

    def create_endpoint(self) -> Any:
        endpoint = ManagedOnlineEndpoint(
            name=self.name, auth_mode="key", tags={"made": "by the SDK"}
        )
        return self.endpoints.begin_create_or_update(endpoint).result()._to_dict()

    def deploy_inline(self) -> Any:
        """Model, code and environment are there in this one deployment only."""
        return self._deploy(
            "blue",
            Model(path=str(self.folder / "model")),
            Environment(image=IMAGE, conda_file=str(self.folder / "conda.yml")),
        )

    def deploy_registered(self) -> Any:
        """Model and environment have names and versions, and are registered beforehand."""
        model = Model(name=f"{self.name}-model", path=str(self.folder / "model"))
        environment = Environment(
            name=f"{self.name}-environment",
            image=IMAGE,
            conda_file=str(self.folder / "conda.yml"),
        )
        return self._deploy(
            "green",
            self.client.models.create_or_update(model),
            self.client.environments.create_or_update(environment),
        )

    def _deploy(self, name: str, model: Model, environment: Environment) -> Any:
        code = CodeConfiguration(code=str(self.folder / "code"), scoring_script="score.py")
        deployment = ManagedOnlineDeployment(
            name=name,
            endpoint_name=self.name,
            model=model,
            code_configuration=code,
            environment=environment,
            instance_type="Standard_F2s_v2",
            instance_count=1,
        )
        return self.deployments.begin_create_or_update(deployment).result()._to_dict()

    def set_traffic(self, **percent: int) -> Any:
        endpoint = self.endpoints.get(self.name)
        endpoint.traffic = percent
        self.endpoints.begin_create_or_update(endpoint).result()
        return self.endpoints.get(self.name).traffic

    def invoke(self, deployment: str | None = None) -> Any:
        return self.endpoints.invoke(
            self.name,
            request_file=str(self.folder / "request.json"),
            deployment_name=deployment,
        )

    def logs(self) -> Any:
        get = partial(self.deployments.get_logs, "blue", self.name, 50)
        return [get(), get(container_type="storage-initializer")]

    def keys(self) -> Any:
        keys = self.endpoints.get_keys(self.name)
        return {"primary": keys.primary_key, "secondary": keys.secondary_key}

    def regenerate_key(self) -> Any:
        self.endpoints.begin_regenerate_keys(self.name, key_type="secondary").result()
        return self.keys()

    def scale(self) -> Any:
        deployment = self.deployments.get("green", self.name)
        deployment.instance_count = 2
        self.deployments.begin_create_or_update(deployment).result()
        return self.deployments.get("green", self.name).instance_count

    def list(self) -> Any:
        return [
            [endpoint.name for endpoint in self.endpoints.list()],
            [deployment.name for deployment in self.deployments.list(self.name)],
        ]

    def delete_blue(self) -> Any:
        self.deployments.begin_delete("blue", self.name).result()
        return [deployment.name for deployment in self.deployments.list(self.name)]

    def invoke_with_identity(self) -> Any:
        """An endpoint that takes tokens of Entra ID, with a container of the user's own.

        Its deployment is a "blue" one too: once the SDK has asked for a deployment by its name, it
        asks for that one in every later call.
        """
        name = f"{self.name}-2"
        endpoint = ManagedOnlineEndpoint(name=name, auth_mode="aad_token")
        endpoint = self.endpoints.begin_create_or_update(endpoint).result()
        context = BuildContext(path=str(self.folder / "environment"))
        environment = Environment(name=name, build=context, inference_config=ROUTES)
        deployment = ManagedOnlineDeployment(
            name="blue",
            endpoint_name=name,
            environment=environment,
            instance_type="Standard_F2s_v2",
            instance_count=1,
        )
        self.deployments.begin_create_or_update(deployment).result()
        endpoint.traffic = {"blue": 100}
        self.endpoints.begin_create_or_update(endpoint).result()
        return self.endpoints.invoke(name, request_file=str(self.folder / "request.json"))

    def deploy_to_kubernetes(self) -> Any:
        """What was registered beforehand, by its names."""
        name = f"{self.name}-3"
        endpoint = KubernetesOnlineEndpoint(name=name, compute="aks-test", auth_mode="aml_token")
        self.endpoints.begin_create_or_update(endpoint).result()
        deployment = KubernetesOnlineDeployment(
            name="blue",
            endpoint_name=name,
            model=f"azureml:{self.name}-model:1",
            environment=f"{self.name}-2@latest",
            instance_count=1,
            resources=ResourceRequirementsSettings(
                requests=ResourceSettings(cpu="0.1", memory="0.2Gi")
            ),
        )
        return self.deployments.begin_create_or_update(deployment).result().provisioning_state

    def download(self) -> Any:
        """A registry's model: the texts of its files, by their names."""
        place = self.folder / "downloaded"
        _registry().models.download("words", "2", download_path=place)
        return {each.name: each.read_text() for each in place.rglob("*") if each.is_file()}

    def read_template(self) -> Any:
        """Of a registry's model."""
        registry = _registry()
        model = registry.models.get("phi", "4")
        template = registry.deployment_templates.get("vllm-1gpu", "2")
        return {
            "default": model.default_deployment_template.asset_id,
            "allowed": [each.asset_id for each in model.allowed_deployment_templates],
            "environment": template.environment,
            "timeout": template.request_settings.request_timeout_ms,
            "instance types": template.allowed_instance_types,
            "delay": template.liveness_probe.initial_delay,
        }

    def deploy_by_template(self) -> Any:
        """A model that brings all else."""
        deployment = ManagedOnlineDeployment(
            name="templated",
            endpoint_name=self.name,
            model="azureml://registries/azureml/models/phi/versions/4",
            instance_type="Standard_NC24ads_A100_v4",
            instance_count=1,
        )
        return self.deployments.begin_create_or_update(deployment).result()._to_dict()

    def delete(self) -> Any:
        for endpoint in self.endpoints.list():
            self.endpoints.begin_delete(endpoint.name).result()
        return [endpoint.name for endpoint in self.endpoints.list()]


def _registry() -> MLClient:
    return MLClient(ManagedIdentityCredential(), registry_name="azureml", enable_telemetry=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), *sys.argv[4:])
