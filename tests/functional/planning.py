"""`az ml endpoint plan` and `apply` of the endpoint ``houses``."""

from __future__ import annotations

from typing import Any

from tests.functional.in_process_az import Result, az
from tests.functional.sample_files import BLUE_GREEN

HOUSES = "onlineEndpoints/houses"


def command(name: str, *arguments: str, file: str = BLUE_GREEN) -> Result:
    return az("ml", "endpoint", name, "-n", "houses", "-f", file, *arguments)


def done(result: Result, exit_code: int = 0) -> Result:
    assert result.exit_code == exit_code, result.stderr
    return result


def plan(*arguments: str, exit_code: int = 0, file: str = BLUE_GREEN) -> Any:
    """The plan as data."""
    return done(command("plan", *arguments, file=file), exit_code).json


def apply(*arguments: str, file: str = BLUE_GREEN) -> Any:
    return done(command("apply", *arguments, file=file)).json
