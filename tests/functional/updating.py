"""`az ml endpoint update` of the endpoint ``houses`` on this machine, and what is told of it."""

from __future__ import annotations

from typing import Any

from tests.functional.in_process_az import Result, az


def endpoint(command: str, *arguments: str) -> Result:
    return az("ml", "endpoint", command, "--local", "-n", "houses", *arguments)


def update(*arguments: str) -> Result:
    return endpoint("update", *arguments)


def updated(*arguments: str) -> Any:
    made = update(*arguments)
    assert made.exit_code == 0, made.stderr
    assert made.json == shown()
    return made.json


def refused(*arguments: str, exit_code: int = 1) -> str:
    before = shown()
    made = update(*arguments)
    assert (made.exit_code, made.stdout) == (exit_code, "")
    assert shown() == before
    return made.stderr


def shown() -> Any:
    return endpoint("show").json


def names(shown: Any) -> list[str]:
    return [each["name"] for each in shown["deployments"]]
