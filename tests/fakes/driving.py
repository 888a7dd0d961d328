"""What tests of the local driver do with it: steps on the endpoint ``houses``."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from azext_ml_endpoint.content import hashing
from azext_ml_endpoint.document.model import Code, Deployment, Endpoint
from azext_ml_endpoint.local.driver import LocalDriver
from azext_ml_endpoint.plan.steps import (
    CreateDeployment,
    CreateEndpoint,
    SetTraffic,
    UpdateDeployment,
)
from tests.fakes.builders import endpoint, write_files
from tests.fakes.interrupt import PATIENCE

WHY = "asked for"


def written(folder: Path, script: str) -> Code:
    path = write_files(folder / "onlinescoring", {"score.py": script})
    return Code(path=path, digest=hashing.content_hash(path))


def begin(driver: LocalDriver, wanted: Endpoint) -> None:
    driver.execute(CreateEndpoint(reason=WHY, endpoint=wanted))


def deploy(driver: LocalDriver, wanted: Deployment) -> None:
    driver.execute(CreateDeployment(reason=WHY, endpoint_name="houses", deployment=wanted))


def update(driver: LocalDriver, wanted: Deployment) -> None:
    driver.execute(UpdateDeployment(reason=WHY, endpoint_name="houses", deployment=wanted))


def serve(driver: LocalDriver, *wanted: Deployment) -> None:
    """An endpoint with these deployments, the traffic on the first."""
    with driver.changing("houses"):
        begin(driver, endpoint(*wanted))
        for each in wanted:
            deploy(driver, each)
        shares = {each.name: 0 if nth else 100 for nth, each in enumerate(wanted)}
        driver.execute(SetTraffic(reason=WHY, endpoint_name="houses", traffic=shares))


def change(driver: LocalDriver, *wanted: Deployment) -> None:
    """Updates what is there, one after the other, as a command does."""
    with driver.changing("houses"):
        for each in wanted:
            update(driver, each)


def traffic(driver: LocalDriver) -> dict[str, int]:
    return dict(driver.existing("houses").properties["traffic"])


def while_running(work: Callable[[], None], then: Callable[[], None]) -> BaseException | None:
    """Starts the work, does something else, and answers how the work ended."""
    ended: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            ended.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    then()
    thread.join(PATIENCE)
    assert not thread.is_alive()
    return ended[0] if ended else None
