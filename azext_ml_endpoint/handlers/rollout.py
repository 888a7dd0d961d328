"""`az ml endpoint rollout`, `rollback` and `history`."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING, Any

from azext_ml_endpoint.errors import UsageError
from azext_ml_endpoint.handlers import files, places, provenance, session
from azext_ml_endpoint.handlers.places import Place

if TYPE_CHECKING:
    from azure.cli.core.commands import AzCliCommand

    from azext_ml_endpoint.document.model import Check, Comparison


def rollout(
    cmd: AzCliCommand,
    *,
    place: Place,
    file: list[str],
    to: str,
    endpoint_name: str | None = None,
    traffic: dict[str, int] | None = None,
    settings: list[str] | None = None,
    steps: tuple[int, ...] | None = None,
    bake: float | None = None,
    max_error_rate: float = 0.0,
    max_p95: float | None = None,
    probe: str | None = None,
    expect: list[str] | None = None,
    expect_status: int | None = None,
    timeout: float | None = None,
) -> dict[str, Any]:
    from azext_ml_endpoint.rollout import guards, run, wish
    from azext_ml_endpoint.testing import runner

    asked = files.read(cmd, file, name=endpoint_name, settings=settings, traffic=traffic)
    service = places.service(
        cmd,
        place,
        asked.name,
        timeout=timeout,
        patient=True,
    )
    wanted = asked.among(service)
    report = session.report(cmd)
    wished = wish.Wish(
        endpoint=wanted,
        to=to,
        provenance=provenance.of(cmd, f"rollout {to}", hashes=asked.hashes, local=place.local),
        run=word(os.getpid()),
        steps=steps or wish.STEPS,
        bake=wish.BAKE if bake is None else bake,
        limits=guards.Limits(error_rate=max_error_rate, p95=max_p95),
        probe=_probe(probe, expect, expect_status),
        gate=runner.gate(service, wanted, report),
    )
    run.roll_out(service, wished, report, is_alive=is_alive)
    return service.show(wanted.name)


def rollback(
    cmd: AzCliCommand,
    *,
    place: Place,
    endpoint_name: str,
) -> dict[str, Any]:
    from azext_ml_endpoint.rollout.rollback import roll_back

    service = places.service(cmd, place, endpoint_name, patient=True)
    who = provenance.of(cmd, "rollback", local=place.local)
    roll_back(service, endpoint_name, who, session.report(cmd))
    return service.show(endpoint_name)


def history(
    cmd: AzCliCommand,
    *,
    place: Place,
    endpoint_name: str,
) -> list[dict[str, Any]]:
    from azext_ml_endpoint.plan.history import entries

    there = places.service(cmd, place, endpoint_name).observe(endpoint_name)
    return [
        {
            "when": each.when,
            "who": each.who or None,
            "what": each.what,
            "traffic": each.split and dict(each.split),
            "file_hash": each.file_hash,
            "commit": each.commit,
        }
        for each in entries(there.kept)
    ]


def _probe(file: str | None, expect: list[str] | None, status: int | None) -> Check | None:
    """None where nothing is to be asked. Raises UsageError."""
    from azext_ml_endpoint.document.model import Check

    if file is None:
        return None
    return Check(
        name="probe",
        body=session.request(file, None, "").body,
        status=status or 200,
        json=tuple(map(_comparison, expect or ())),
    )


def _comparison(text: str) -> Comparison:
    from azext_ml_endpoint.document import comparisons

    try:
        return comparisons.parse(text)
    except ValueError as error:
        raise UsageError(
            f"--expect '{text}': {error}", "As in --expect 'length(@) == 2'."
        ) from error


def word(pid: int) -> str:
    """For a process: ``host/number/when it began``, which no other one ever has."""
    import psutil

    began = int(psutil.Process(pid).create_time() * 1000)
    return f"{socket.gethostname()[:60]}/{pid}/{began}"


def is_alive(run: str) -> bool:
    """Whether a process of this machine, other than this one, is still at work; see :func:`word`.

    Of other machines nobody knows.
    """
    import psutil

    try:
        pid = int(run.split("/")[1])
        return pid != os.getpid() and word(pid) == run
    except (psutil.Error, ValueError, IndexError):
        return False
