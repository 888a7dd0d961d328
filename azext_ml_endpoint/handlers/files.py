"""What ``--file`` means, for every command that has it: all of an endpoint, or a part of it.

An endpoint's file alone says nothing of its deployments, and those of deployments say nothing of
the endpoint: what they do not say stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from azext_ml_endpoint.errors import DocumentError, NotFoundError
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
    from azext_ml_endpoint.report import StderrReport


@dataclass(frozen=True)
class Wanted:
    """``scope``: as in :mod:`azext_ml_endpoint.document.validate`. ``root``: what it is made of.

    ``sources``: the files that were read for it.
    """

    endpoint: Endpoint
    scope: str
    root: Node
    sources: frozenset[Path] = frozenset()

    @property
    def name(self) -> str:
        return self.endpoint.name

    def plan(self, service: Service, intent: Intent) -> Planned:
        """Raises as :meth:`among` does, and NotFoundError for traffic that nobody can take."""
        create = False if self.scope == "deployments" else intent.create
        intent = replace(intent, create=create, others_stay=self.scope != "whole")
        planned = service.plan(self.among(service), intent)
        _require_known(planned)
        return planned

    def among(self, service: Service) -> Endpoint:
        """What is wanted, where the rest of it is only known there.

        Raises NotFoundError where it is not there, DocumentError where a deployment does not fit.
        """
        if self.scope != "deployments":
            return self.endpoint
        there = service.observe(self.name)
        _require_fitting(self.root, there)
        return _beside(self.endpoint, there)

    def create(self, service: Service, intent: Intent, report: StderrReport) -> dict[str, Any]:
        """Makes what is missing of what the files say."""
        if self.scope == "whole":
            return service.create(self.endpoint, intent.provenance)
        return self._make(service, replace(intent, create=True), report)

    def update(self, service: Service, intent: Intent, report: StderrReport) -> dict[str, Any]:
        """Makes what is there what the files say."""
        if self.scope == "whole":
            return service.update(self.endpoint, intent.provenance)
        return self._make(service, replace(intent, create=False), report)

    def _make(self, service: Service, intent: Intent, report: StderrReport) -> dict[str, Any]:
        from azext_ml_endpoint.plan.executor import announce

        planned = self.plan(service, intent)
        planned.require_possible()
        service.require_agreed(planned)
        announce(planned.plan, planned.name, report.step)
        return service.apply(planned)


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
    endpoint, sources = loaded.require(), loaded.files.union(loaded.documents)
    return Wanted(endpoint, loaded.scope, cast("Node", loaded.root), sources)


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


def _require_known(planned: Planned) -> None:
    """Raises NotFoundError where traffic is for deployments that neither place nor files have."""
    there = [each.name for each in planned.there.deployments] if planned.there else []
    known = dict.fromkeys((*there, *(each.name for each in planned.wanted.deployments)))
    for name in planned.wanted.traffic or ():
        if name not in known:
            raise NotFoundError(
                f"traffic names {name}, and endpoint {planned.name} has no such deployment.",
                f"It has {', '.join(sorted(known)) or 'none'}. Give the file of {name} too: "
                f"-f {name}.yml.",
            )
