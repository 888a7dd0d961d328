"""Files that an endpoint is to become: which are meant, and how what they mean is carried out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from azext_ml_endpoint.handlers import consent, files, places, provenance, session
from azext_ml_endpoint.handlers.outputs import Output
from azext_ml_endpoint.handlers.places import Place

if TYPE_CHECKING:
    from azure.cli.core.commands import AzCliCommand

    from azext_ml_endpoint.handlers.files import Wanted
    from azext_ml_endpoint.plan.fit import Intent
    from azext_ml_endpoint.plan.planned import Planned
    from azext_ml_endpoint.plan.saved import Saved


@dataclass(frozen=True)
class Asked:
    """Which files are meant, for which place, and how."""

    files: tuple[str, ...]
    endpoint_name: str | None
    settings: tuple[str, ...]
    traffic: Mapping[str, int] | None
    replaced: tuple[str, ...]
    place: Place

    @classmethod
    def of(
        cls,
        files: Sequence[str] | None,
        *,
        endpoint_name: str | None,
        settings: Sequence[str] | None,
        traffic: Mapping[str, int] | None,
        replaced: Sequence[str] | None,
        place: Place,
    ) -> Asked:
        """As az gives the options: those that were not given are None."""
        return cls(
            tuple(files or ()),
            endpoint_name,
            tuple(settings or ()),
            traffic,
            tuple(replaced or ()),
            place,
        )

    @classmethod
    def again(cls, saved: Saved) -> Asked:
        """What a saved plan was made of."""
        origin = saved.origin
        return cls(
            origin.asked,
            origin.endpoint_name,
            origin.settings,
            origin.traffic,
            origin.replaced,
            Place(**origin.place),
        )

    def read(
        self, cmd: AzCliCommand, what: str, output: Output | None = None
    ) -> tuple[Wanted, Intent]:
        from azext_ml_endpoint.plan.fit import Intent

        wanted = files.read(
            cmd,
            self.files,
            name=self.endpoint_name,
            settings=self.settings,
            traffic=self.traffic,
            output=output,
        )
        known = provenance.of(cmd, what, hashes=wanted.hashes, local=self.place.local)
        return wanted, Intent(replaced=self.replaced, provenance=known)


def carried_out(
    cmd: AzCliCommand, planned: Planned, service: places.Service, *, agreed: bool
) -> dict[str, Any]:
    """agreed: to deletions; else somebody is asked. Raises as :meth:`.Service.apply` does."""
    from azext_ml_endpoint.testing.runner import gate

    planned.require_possible()
    if planned.question and not agreed:
        planned = _confirmed(cmd, planned, planned.question, service)
    return service.apply(planned, gate(service, planned.wanted, session.report(cmd)))


def _confirmed(
    cmd: AzCliCommand, planned: Planned, question: str, service: places.Service
) -> Planned:
    """The plan after somebody has agreed to its deletions, which takes its time.

    Raises UsageError where nobody can be asked, Declined where it is not agreed to.
    """
    from azext_ml_endpoint.plan.planned import require_no_more

    consent.require(cmd, question)
    now = service.plan(planned.asked, planned.intent)
    require_no_more(planned, now)
    now.require_possible()
    return now
