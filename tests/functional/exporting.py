"""`az ml endpoint` for tests of `export`: what is made, refused, and changed by what it writes."""

from __future__ import annotations

from pathlib import Path

from tests.fakes.cloud_world import CloudWorld
from tests.functional.in_process_az import Result, az


def endpoint(command: str, *arguments: str) -> Result:
    made = az("ml", "endpoint", command, *arguments)
    assert made.exit_code == 0, made.stderr
    return made


def create(sample: str) -> None:
    """In Azure, where the cluster is not called as in the samples."""
    file = Path(sample)
    file.write_text(file.read_text().replace("my-cluster", "aks-test"))
    endpoint("create", "-n", "houses", "-f", sample)


def refused(*arguments: str, exit_code: int = 1) -> str:
    made = az("ml", "endpoint", *arguments)
    assert (made.exit_code, made.stdout) == (exit_code, "")
    return made.stderr


def writes_of(azure: CloudWorld, *update: str) -> list[str]:
    """What an update changes."""
    before = len(azure.writes())
    endpoint("update", *update)
    return azure.writes()[before:]
