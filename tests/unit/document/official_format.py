"""The official format: its keys, as the schemas of azure-ai-ml 1.35 have them, with a value each.

A value is one that no default is, and that the files of :mod:`.project` make true.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Path = tuple[str | int, ...]
Section = Mapping[str, Any]

STORE = "azureml://datastores/store/paths/model"
ROUTE = {"port": 8080, "path": "/live"}
PROBE: Section = {
    "period": 21,
    "initial_delay": 22,
    "timeout": 23,
    "success_threshold": 2,
    "failure_threshold": 25,
}
RESOURCES: Section = {"cpu": "0.25", "memory": "0.5Gi", "gpu": "1"}

ENDPOINT: Mapping[Path, Section] = {
    (): {
        "$schema": "https://host/latest/kubernetesOnlineEndpoint.schema.json",
        "id": "/subscriptions/s",
        "name": "houses",
        "description": "Prices",
        "tags": {"team": "prices"},
        "provisioning_state": "Succeeded",
        "properties": {"a": "b"},
        "auth_mode": "aml_token",
        "scoring_uri": "https://host/score",
        "location": "westeurope",
        "openapi_uri": "https://host/swagger.json",
        "identity": {"type": "system_assigned"},
        "traffic": {"blue": 100},
        "kind": "Managed",
        "mirror_traffic": {"blue": 10},
        "compute": "azureml:aks",
        "public_network_access": "enabled",
    },
    ("identity",): {
        "type": "user_assigned",
        "principal_id": "p",
        "tenant_id": "t",
        "user_assigned_identities": [{"resource_id": "/subscriptions/s/providers/p"}],
    },
}
"""Section of the endpoint's file -> its keys."""

DEPLOYMENT: Mapping[Path, Section] = {
    (): {
        "$schema": "https://host/latest/kubernetesOnlineDeployment.schema.json",
        "name": "blue",
        "endpoint_name": "houses",
        "description": "A deployment",
        "id": "/subscriptions/s",
        "tags": {"team": "prices"},
        "properties": {"a": "b"},
        "model": "azureml:m:1",
        "code_configuration": {"code": "src", "scoring_script": "score.py"},
        "environment": "azureml:e:1",
        "environment_variables": {"LEVEL": "debug"},
        "app_insights_enabled": True,
        "scale_settings": {"type": "target_utilization", "min_instances": 1, "max_instances": 2},
        "request_settings": {"request_timeout_ms": 3000},
        "liveness_probe": {"period": 21},
        "readiness_probe": {"period": 22},
        "provisioning_state": "Succeeded",
        "instance_count": 3,
        "type": "kubernetes",
        "model_mount_path": "/models",
        "instance_type": "Standard_F2s_v2",
        "data_collector": {"collections": {"model_inputs": {"enabled": "true"}}},
        "resources": {"requests": {"cpu": "0.5"}},
        "egress_public_network_access": "enabled",
        "private_network_connection": True,
        "creation_context": {"created_by": "somebody"},
    },
    ("model",): {
        "$schema": "https://host/latest/model.schema.json",
        "name": "prices",
        "id": "azureml:m:1",
        "type": "mlflow_model",
        "path": "mlflow-model",
        "version": "7",
        "description": "A model",
        "properties": {"a": "b"},
        "tags": {"team": "prices"},
        "stage": "Production",
        "utc_time_created": "2026-01-01",
        "flavors": {"sklearn": {"version": "1"}},
        "creation_context": {"created_by": "somebody"},
        "job_name": "job",
        "latest_version": "8",
        "datastore": "azureml:store",
        "intellectual_property": {"publisher": "somebody"},
        "system_metadata": {"a": "b"},
        "default_deployment_template": {"asset_id": "a"},
        "allowed_deployment_templates": [{"asset_id": "a"}],
    },
    ("code_configuration",): {
        "$schema": "https://host/latest/code.schema.json",
        "code": "src",
        "scoring_script": "score.py",
    },
    ("environment",): {
        "$schema": "https://host/latest/environment.schema.json",
        "name": "sklearn",
        "id": "azureml:e:1",
        "description": "An environment",
        "tags": {"team": "prices"},
        "version": "7",
        "creation_context": {"created_by": "somebody"},
        "latest_version": "8",
        "auto_delete_setting": {"condition": "created_greater_than", "value": "30d"},
        "build": {"path": "."},
        "image": "ubuntu:22.04",
        "conda_file": "conda.yml",
        "inference_config": {
            "liveness_route": ROUTE,
            "readiness_route": ROUTE,
            "scoring_route": {"port": 8080, "path": "/score"},
        },
        "os_type": "windows",
        "datastore": "azureml:store",
        "intellectual_property": {"publisher": "somebody"},
    },
    ("environment", "build"): {"path": ".", "dockerfile_path": "Dockerfile.other"},
    ("environment", "inference_config"): {
        "liveness_route": ROUTE,
        "readiness_route": ROUTE,
        "scoring_route": {"port": 8080, "path": "/score"},
    },
    ("environment", "inference_config", "liveness_route"): {"port": 8081, "path": "/alive"},
    ("environment", "inference_config", "readiness_route"): {"port": 8081, "path": "/ready"},
    ("environment", "inference_config", "scoring_route"): {"port": 8081, "path": "/predict"},
    ("request_settings",): {
        "request_timeout_ms": 3001,
        "max_concurrent_requests_per_instance": 3,
        "max_queue_wait_ms": 3002,
    },
    ("liveness_probe",): PROBE,
    ("readiness_probe",): PROBE,
    ("scale_settings",): {
        "type": "target_utilization",
        "polling_interval": 11,
        "target_utilization_percentage": 71,
        "min_instances": 2,
        "max_instances": 4,
    },
    ("data_collector",): {
        "collections": {"model_inputs": {"enabled": "false"}},
        "rolling_rate": "day",
        "sampling_rate": 0.5,
        "request_logging": {"capture_headers": ["x-trace"]},
    },
    ("data_collector", "collections", "*"): {
        "enabled": "true",
        "data": {"name": "inputs"},
        "client_id": "c",
    },
    ("data_collector", "collections", "*", "data"): {
        "name": "outputs",
        "path": "azureml://datastores/store/paths/collected",
        "version": "2",
        "data_id": "azureml:inputs:1",
    },
    ("data_collector", "request_logging"): {"capture_headers": ["x-user"]},
    ("resources",): {"requests": RESOURCES, "limits": RESOURCES},
    ("resources", "requests"): RESOURCES,
    ("resources", "limits"): RESOURCES,
}
"""Section of a deployment's file -> its keys."""

ONLY_MANAGED = {
    "endpoint": ["public_network_access"],
    "deployment": [
        "creation_context",
        "egress_public_network_access",
        "private_network_connection",
    ],
}
"""What the files for a cluster do not have of these."""
