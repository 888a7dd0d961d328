"""What a document comes to, complete: the project's, after a change as in the catalogues."""

from __future__ import annotations

from pathlib import Path

from azext_ml_endpoint.document.complete import complete
from azext_ml_endpoint.document.model import Deployment, Endpoint
from azext_ml_endpoint.document.validate import validate
from tests.unit.document import catalogue, project


def endpoint(change: str, folder: Path) -> Endpoint:
    lines = change.strip("\n").splitlines()
    tree = project.tree(catalogue.changed(project.ENDPOINT, lines), folder)
    assert validate(tree) == []
    return complete(tree)


def deployment(change: str, folder: Path) -> Deployment:
    (deployment,) = endpoint(change, folder).deployments
    return deployment
