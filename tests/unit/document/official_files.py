"""Two pairs of sound files of the official extension, for tests that change them in one place."""

from __future__ import annotations

from pathlib import Path

from azext_ml_endpoint.document import load, official
from azext_ml_endpoint.document.model import Deployment, Endpoint

ENDPOINT = """\
$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineEndpoint.schema.json
name: houses
auth_mode: aml_token
tags:
  team: prices
"""
BLUE = """\
$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json
name: blue
endpoint_name: houses
type: managed
model:
  path: ./model.pkl
  type: custom_model
code_configuration:
  code: src
  scoring_script: score.py
environment:
  image: ubuntu:22.04
  conda_file: conda.yml
environment_variables:
  PRICE: $5 and ${HOME}
instance_type: Standard_F2s_v2
instance_count: 2
scale_settings:
  type: default
request_settings:
  request_timeout_ms: 3000
liveness_probe:
  period: 20
"""
CLUSTER = """\
name: houses
compute: azureml:aks
"""
ON_CLUSTER = """\
name: blue
endpoint_name: houses
model: azureml:prices
environment: azureml:sklearn@latest
scale_settings:
  type: target_utilization
  min_instances: 1
  max_instances: 3
  polling_interval: 10
  target_utilization_percentage: 70
resources:
  requests:
    cpu: 500m
    memory: 0.5Gi
    nvidia.com/gpu: "1"
  limits:
    cpu: "1"
    memory: 1Gi
"""


def loaded(folder: Path, *texts: str) -> load.Loaded[Endpoint]:
    """The files are ``1.yml``, ``2.yml``, …, in the current folder."""
    for number, text in enumerate(texts, start=1):
        (folder / f"{number}.yml").write_text(text)
    read = official.load([f"{number}.yml" for number in range(1, len(texts) + 1)])
    return load.Loaded(read.described and read.described.endpoint, read.findings)


def told(folder: Path, *texts: str) -> list[str]:
    return [f"{each.severity}: {each}" for each in loaded(folder, *texts).findings]


def blue_of(folder: Path, text: str, endpoint: str = ENDPOINT) -> Deployment:
    read = loaded(folder, endpoint, text)
    assert read.findings == ()
    (blue,) = read.require().deployments
    return blue
