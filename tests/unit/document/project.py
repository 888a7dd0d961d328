"""A small endpoint project on disk, sound as it stands, for tests that break it in one place."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from textwrap import dedent

from azext_ml_endpoint.document.finding import Finding
from azext_ml_endpoint.document.node import Node
from azext_ml_endpoint.document.overrides import put
from azext_ml_endpoint.document.yaml_reader import Origin, parse

ENDPOINT = """\
name: my-endpoint
type: online
auth_mode: key
traffic:
  blue: 100
deployments:
  - name: blue
    model:
      name: my-model
      version: 1
      local_path: model.pkl
    code_configuration:
      code:
        local_path: src
      scoring_script: score.py
    environment:
      name: my-environment
      version: 1
      conda_file: file:conda.yml
      docker:
        image: ubuntu:22.04
    environment_variables:
      LEVEL: debug
    instance_type: Standard_F2s_v2
    scale_settings:
      scale_type: manual
      instance_count: 1
"""

SCORE = """\
def init():
    pass


def run(data):
    return data
"""

CONDA = """\
channels:
  - conda-forge
dependencies:
  - python=3.11
  - pip
  - pip:
      - azureml-inference-server-http~=1.5
"""

MLMODEL = """\
flavors:
  python_function:
    env:
      conda: conda.yaml
      virtualenv: python_env.yaml
    loader_module: mlflow.sklearn
"""


def make(folder: Path) -> Path:
    """The files that ENDPOINT names, and some that it should not."""
    (folder / "src").mkdir()
    (folder / "src" / "score.py").write_text(SCORE)
    (folder / "src" / "empty.py").write_text("")
    (folder / "src" / "broken.py").write_text(SCORE + "print((1)\n")
    (folder / "src" / "readme.txt").write_text("Scores.\n")
    (folder / "src" / "request.json").write_text('{"data": [[1, 2]]}\n')
    (folder / "src" / "package").mkdir()
    (folder / "model.pkl").write_bytes(b"model")
    (folder / "conda.yml").write_text(CONDA)
    (folder / "bad.yml").write_text("dependencies: [python\n")
    (folder / "bare.yml").write_text("dependencies: [python]\n")
    (folder / "mlflow-model").mkdir()
    (folder / "mlflow-model" / "MLmodel").write_text(MLMODEL)
    (folder / "mlflow-model" / "conda.yaml").write_text("dependencies: [pip, {pip: [mlflow]}]\n")
    (folder / "Dockerfile").write_text("FROM ubuntu:22.04\n")
    (folder / "Dockerfile.other").write_text("FROM ubuntu:24.04\n")
    return folder


def tree(text: str, folder: Path, file: str = "endpoint.yml", **variables: str) -> Node:
    node, findings = parse(dedent(text), Origin(file=file, base=folder), variables)
    assert node is not None and findings == [], findings
    return node


def endpoint_of(deployment: Node) -> Node:
    """One that has this deployment."""
    endpoint = tree("name: houses\ndeployments: []\n", deployment.base)
    return put(endpoint, ("deployments", 0), deployment)


def lines(findings: Iterable[Finding], folder: Path) -> list[str]:
    """The findings as a person reads them; warnings are marked, what differs by machine is not."""
    python = f"Python {sys.version_info.major}.{sys.version_info.minor}."
    return [
        f"{'warning: ' if finding.severity == 'warning' else ''}{finding}".replace(
            str(folder), "/project"
        ).replace(python, "Python 3.x.")
        for finding in findings
    ]
