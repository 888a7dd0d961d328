"""`az ml endpoint test`: the tests of the file, or collected requests, and what came of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from azext_ml_endpoint.errors import GuardError, UsageError, no_deployment
from azext_ml_endpoint.handlers import files, places, session
from azext_ml_endpoint.handlers.outputs import Output
from azext_ml_endpoint.handlers.places import Place

if TYPE_CHECKING:
    from azure.cli.core.commands import AzCliCommand

    from azext_ml_endpoint.document.model import Endpoint
    from azext_ml_endpoint.testing.results import Results


def run_tests(
    cmd: AzCliCommand,
    *,
    place: Place,
    file: list[str] | None = None,
    endpoint_name: str | None = None,
    deployment: str | None = None,
    junit: str | None = None,
    yes: bool = False,
    traffic: dict[str, int] | None = None,
    settings: list[str] | None = None,
    timeout: float = 60,
    from_collected: str | None = None,
) -> list[dict[str, Any]]:
    from azext_ml_endpoint.testing.junit import is_report, report

    output = Output("--junit", junit, is_report, yes=yes) if junit else None
    if from_collected:
        results = _replayed(cmd, place, from_collected, (str(endpoint_name), deployment), timeout)
    else:
        wanted = files.read(
            cmd, file or [], name=endpoint_name, settings=settings, traffic=traffic, output=output
        ).endpoint
        _require_tests(wanted, deployment, ", ".join(file or []))
        results = _tested(cmd, place, wanted, deployment, timeout)
    _tell(cmd, results)
    if output:
        output.write(report(results), folder=True)
    if not results.passed:
        session.end_with(cmd, _error(results, place))
    return results.data()


def _tested(
    cmd: AzCliCommand, place: Place, wanted: Endpoint, deployment: str | None, timeout: float
) -> Results:
    from azext_ml_endpoint.testing import runner

    service = places.service(cmd, place, wanted.name)
    return runner.run_in_place(service, wanted, deployment, timeout=timeout)


def _replayed(
    cmd: AzCliCommand, place: Place, folder: str, asked: tuple[str, str | None], timeout: float
) -> Results:
    from azext_ml_endpoint.handlers import replaying

    return replaying.replay(cmd, place, folder, asked, timeout)


def _require_tests(wanted: Endpoint, deployment: str | None, file: str) -> None:
    from azext_ml_endpoint.testing.runner import cases

    names = [each.name for each in wanted.deployments]
    if deployment is not None and deployment not in names:
        raise no_deployment(file, deployment, names)
    if not cases(wanted, deployment):
        raise UsageError(
            f"{file} has no tests{f' for {deployment}' if deployment else ''}.",
            "Write them below tests: of the endpoint or of a deployment.",
        )


def _tell(cmd: AzCliCommand, results: Results) -> None:
    """Unless az shows a table of its own."""
    if cmd.cli_ctx.invocation.data.get("output") == "table":
        return
    report = session.report(cmd)
    for line in (*results.table(), results.summary()):
        report.step(line)


def _error(results: Results, place: Place) -> GuardError:
    by = next((each.deployment for each in results.failed if each.deployment), "NAME")
    command = f"az ml endpoint get-logs{' --local' if place.local else ''}"
    return GuardError(
        f"Endpoint {results.endpoint}: {results.trouble()}",
        f"The log may say more: {command} -n {results.endpoint} -d {by}",
    )
