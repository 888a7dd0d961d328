"""`az ml endpoint ui`: the page, and what it asks of this machine."""

from __future__ import annotations

import contextlib
import os
import secrets
import sys
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from azext_ml_endpoint.handlers import (
    change,
    heard,
    places,
    provenance,
    rollout,
    samples,
    session,
)
from azext_ml_endpoint.handlers.places import Place
from azext_ml_endpoint.side_by_side import answers

if TYPE_CHECKING:
    from azure.cli.core.commands import AzCliCommand

    from azext_ml_endpoint.local.service import LocalService
    from azext_ml_endpoint.page.routes import Sending
    from azext_ml_endpoint.report import Report


def ui(
    cmd: AzCliCommand,
    *,
    place: Place,
    endpoint_name: str | None = None,
    ui_port: int = 0,
    no_browser: bool = False,
) -> None:
    """Until Ctrl-C, which is how it is meant to end, or an end that somebody else asks for."""
    from azext_ml_endpoint.page.server import Page

    report = session.report(cmd)
    here = Here(cmd, place, _Seldom(report))
    shown = here.show(endpoint_name)["name"] if endpoint_name else None
    with (
        contextlib.suppress(KeyboardInterrupt),
        Page(here, secrets.token_urlsafe(24), ui_port) as page,
    ):
        url = f"{page.url}#{shown}" if shown else page.url
        report.step(f"The page is at {url} until Ctrl-C.")
        if not no_browser and _has_display():
            _open(url)
        page.serve()


class Here:
    """An :class:`azext_ml_endpoint.page.calls.Endpoints`: each call opens what it needs anew.

    So an endpoint may be deleted and made again while it is looked at, in another runtime too.
    """

    def __init__(self, cmd: AzCliCommand, place: Place, report: Report) -> None:
        self._cmd = cmd
        self._place = place
        self._report = report

    def every(self) -> list[dict[str, Any]]:
        return places.local_list(self._cmd, self._place.runtime, self._report)

    def show(self, name: str) -> dict[str, Any]:
        return self._service(name).show(name)

    def set_traffic(self, name: str, shares: dict[str, int]) -> dict[str, Any]:
        asked = change.Asked(endpoint_name=name, traffic=shares)
        who = provenance.of(self._cmd, "ui", local=True)
        return change.update(self._cmd, asked, self._changing, lambda _: who)

    def invoke(self, name: str, sending: Sending) -> dict[str, Any]:
        """The first answer of those that were asked for, and what each of them took."""
        ask = partial(heard.of, self._service(name), name, sending)
        came = answers([ask] * sending.times, sending.times)
        return {**came[0].shown(), "all": [one.figures() for one in came]}

    def sample(self, name: str) -> dict[str, Any]:
        return samples.found(self._service(name), name)

    def history(self, name: str) -> list[dict[str, Any]]:
        return rollout.history(self._cmd, place=self._place, endpoint_name=name)

    def logs(self, name: str, deployment: str, tail: int) -> Iterator[str]:
        return self._service(name).logs(name, deployment, tail=tail, follow=True)

    def _service(self, name: str) -> LocalService:
        return places.local_service(self._cmd, self._place.runtime, name, teller=self._report)

    def _changing(self, name: str) -> LocalService:
        """Says what it changes, to the one who has started the page."""
        return places.local_service(self._cmd, self._place.runtime, name)


class _Seldom:
    """A report for one who looks every few seconds: of all that is said, each warning once."""

    live = False

    def __init__(self, report: Report) -> None:
        self._report = report
        self._said: set[str] = set()

    def step(self, text: str) -> None:
        """Looking is no news."""

    def detail(self, line: str) -> None:
        """Likewise."""

    def warning(self, text: str) -> None:
        if text not in self._said:
            self._said.add(text)
            self._report.warning(text)

    def status(self, key: str, text: str | None) -> None:
        """Likewise."""


def _has_display() -> bool:
    """Whether there is a browser with windows: one in the terminal would take Ctrl-C for itself."""
    shown = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return sys.platform in ("darwin", "win32") or bool(shown)


def _open(url: str) -> None:
    import webbrowser

    with contextlib.suppress(webbrowser.Error, OSError):
        webbrowser.open(url)
