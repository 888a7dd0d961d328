"""What ``--file`` means, for every command that has it: all of an endpoint, or a part of it.

An endpoint's file alone says nothing of its deployments, and those of deployments say nothing of
the endpoint: what they do not say stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from azext_ml_endpoint.errors import DocumentError
from azext_ml_endpoint.handlers import session

if TYPE_CHECKING:
    from azure.cli.core.commands import AzCliCommand

    from azext_ml_endpoint.document.load import Loaded
    from azext_ml_endpoint.document.model import Endpoint
    from azext_ml_endpoint.document.node import Node
    from azext_ml_endpoint.handlers.outputs import Output
    from azext_ml_endpoint.handlers.places import Service
    from azext_ml_endpoint.plan.fit import Intent
    from azext_ml_endpoint.plan.observed import ObservedEndpoint
    from azext_ml_endpoint.plan.planned import Planned


@dataclass(frozen=True)
class Wanted:
    """``scope``: as in :mod:`azext_ml_endpoint.document.validate`. ``root``: what it is made of.

    hashes: of the files that were read, as in :attr:`azext_ml_endpoint.document.load.Loaded`.
    sources: those, and what they name by ``file:``.
    """

    endpoint: Endpoint
    scope: str
    root: Node
    hashes: Mapping[str, str]
    sources: frozenset[Path] = frozenset()

    @property
    def name(self) -> str:
        return self.endpoint.name

    def plan(self, service: Service, intent: Intent) -> Planned:
        """Raises as :meth:`among` does."""
        create = False if self.scope == "deployments" else intent.create
        return service.plan(self.among(service), replace(self._meant(intent), create=create))

    def among(self, service: Service) -> Endpoint:
        """What is wanted, where the rest of it is only known there.

        Raises NotFoundError where it is not there, DocumentError where a deployment does not fit.
        """
        if self.scope != "deployments":
            return self.endpoint
        there = service.observe(self.name)
        _require_fitting(self.root, there)
        return _beside(self.endpoint, there)

    def create(self, service: Service, intent: Intent) -> dict[str, Any]:
        """Makes what is missing of what the files say. Deployments need an endpoint."""
        make = service.update if self.scope == "deployments" else service.create
        return make(self.among(service), self._meant(intent))

    def update(self, service: Service, intent: Intent) -> dict[str, Any]:
        """Makes what is there what the files say."""
        return service.update(self.among(service), self._meant(intent))

    def _meant(self, intent: Intent) -> Intent:
        return replace(intent, others_stay=self.scope != "whole")


def read(
    cmd: AzCliCommand,
    files: Sequence[str],
    *,
    name: str | None,
    settings: Sequence[str] | None,
    traffic: Mapping[str, int] | None = None,
    output: Output | None = None,
    needs_endpoint: bool = False,
) -> Wanted:
    """What :func:`.session.load` loads; of deployments alone too, unless an endpoint is needed.

    Raises DocumentError.
    """
    loaded: Loaded[Endpoint] = session.load(
        cmd,
        files,
        name=name,
        settings=settings,
        traffic=traffic,
        output=output,
        needs_endpoint=needs_endpoint,
    )
    endpoint, tree = loaded.require(), cast("Node", loaded.root)
    sources = loaded.files.union(Path(each.name) for each in loaded.documents)
    return Wanted(endpoint, loaded.scope, tree, loaded.hashes, sources)


def _require_fitting(root: Node, there: ObservedEndpoint) -> None:
    from azext_ml_endpoint.document.validate import validate_beside

    findings = validate_beside(root, there.lasting.get("kind"))
    if any(each.severity == "error" for each in findings):
        raise DocumentError(findings)


def _beside(wanted: Endpoint, there: ObservedEndpoint) -> Endpoint:
    """The deployments as the files say them; of the endpoint what is there already."""
    return replace(
        wanted,
        kind=there.lasting.get("kind", wanted.kind),
        **there.aspects,
        edited=True,
    )
