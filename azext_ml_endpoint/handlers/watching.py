"""`az ml endpoint watch`, and what `--watch` of other commands goes on with."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from azext_ml_endpoint.errors import UsageError
from azext_ml_endpoint.handlers import applying, places, session
from azext_ml_endpoint.handlers.places import Place

if TYPE_CHECKING:
    from azure.cli.core.commands import AzCliCommand

    from azext_ml_endpoint.local.service import LocalService
    from azext_ml_endpoint.watching.loop import Standing


def watch(
    cmd: AzCliCommand,
    *,
    place: Place,
    file: list[str],
    endpoint_name: str | None = None,
    settings: list[str] | None = None,
    traffic: dict[str, int] | None = None,
    yes: bool = False,
    timeout: float | None = None,
) -> None:
    go_on(cmd, asked(place, file, endpoint_name, settings, traffic), timeout=timeout, yes=yes)


def asked(
    place: Place,
    file: Sequence[str] | None,
    name: str | None,
    settings: Sequence[str] | None,
    traffic: Mapping[str, int] | None,
) -> applying.Asked:
    return applying.Asked.of(
        file, endpoint_name=name, settings=settings, traffic=traffic, replaced=None, place=place
    )


def go_on(cmd: AzCliCommand, asked: applying.Asked, *, timeout: float | None, yes: bool) -> None:
    """Until Ctrl-C, which is how it is meant to end, or an end that somebody else asks for."""
    with contextlib.suppress(KeyboardInterrupt):
        _Watching(cmd, asked, timeout=timeout, yes=yes).watch.run()


class _Watching:
    """The files of a command, made true again and again on one service."""

    def __init__(
        self, cmd: AzCliCommand, asked: applying.Asked, *, timeout: float | None, yes: bool
    ) -> None:
        from azext_ml_endpoint.watching import saves
        from azext_ml_endpoint.watching.loop import Watch

        self._cmd, self._asked = cmd, asked
        self._timeout, self._yes = timeout, yes
        self._known: dict[str, LocalService] = {}
        lasts = asked.place.debug_port is None  # or else the old one has the debugger's port
        self.watch = Watch(self._bring, session.report(cmd), saves.opened, lasts=lasts)

    def _bring(self) -> tuple[Standing, LocalService]:
        from azext_ml_endpoint.plan.executor import announce
        from azext_ml_endpoint.watching import sources
        from azext_ml_endpoint.watching.loop import Standing

        wanted, intent = self._asked.read(self._cmd, "watch")
        service = self._service(wanted.name)
        planned = wanted.plan(service, intent)
        announce(planned.plan, planned.name, session.report(self._cmd).step)
        applying.carried_out(self._cmd, planned, service, agreed=self._yes)
        made_of = sources.of(planned.asked, wanted.sources, self._asked.files)
        intent = replace(planned.intent, create=False)
        return Standing(planned.asked, intent, made_of, bool(planned.plan.steps)), service

    def _service(self, name: str) -> LocalService:
        """Raises UsageError where the file is of another endpoint all at once."""
        if self._known and name not in self._known:
            raise UsageError(
                f"The file is of endpoint {name} now, and {next(iter(self._known))} is watched.",
                "End this command, and begin again.",
            )
        if name not in self._known:
            self._known[name] = places.service_here(
                self._cmd,
                self._asked.place,
                name,
                timeout=self._timeout,
                patient=True,
                warmth="always",
                served=self.watch.served,
                superseded=self.watch.superseded,
            )
        return self._known[name]
