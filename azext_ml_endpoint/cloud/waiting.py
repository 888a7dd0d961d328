"""Waiting until an endpoint is as it should be, whoever works on it.

The conditions are those of every ``az … wait``. Unlike az's own loop, running out of time is an
error here, and an endpoint that is gone ends ``--deleted`` whatever kind of error says so.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from azext_ml_endpoint.errors import ServiceError, StartError, UsageError

Shown = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Condition:
    """Met as soon as one of these is.

    succeeded: it is there and nothing works on it. custom: a JMESPath query that is true.
    """

    succeeded: bool = False
    exists: bool = False
    deleted: bool = False
    custom: str | None = None

    def is_met(self, shown: Shown | None) -> bool:
        """shown: what `show` prints, or None where there is nothing.

        Raises ServiceError where an operation that is waited for has failed.
        """
        if shown is None:
            return self.deleted
        return (
            self.exists
            or (self.succeeded and _have_succeeded(shown))
            or bool(self.custom and search(self.custom, shown))
        )


def _have_succeeded(shown: Shown) -> bool:
    states = _states(shown)
    failed = [name for name, state in states.items() if state in ("Failed", "Canceled")]
    if failed:
        raise ServiceError(
            f"The last operation on {' and '.join(failed)} failed.",
            "az ml endpoint get-logs may say why; the same create or update again goes on.",
        )
    return all(state == "Succeeded" for state in states.values())


def search(query: str, shown: Shown) -> Any:
    """Raises UsageError for what is no JMESPath."""
    import jmespath

    try:
        return jmespath.search(query, shown)
    except jmespath.exceptions.JMESPathError as error:
        raise UsageError(f"--custom {query}: {error}", "See https://jmespath.org") from error


def wait(
    is_so: Callable[[], bool],
    *,
    what: str,
    interval: float,
    timeout: float,
    pause: Callable[[float], object] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Asks until it is so. Raises StartError when ``timeout`` seconds are over."""
    end = clock() + timeout
    while not is_so():
        left = end - clock()
        if left <= 0:
            raise StartError(
                f"{what} is not as waited for after {timeout:g} s.",
                "Wait longer with --timeout; what Azure has begun goes on.",
            )
        pause(min(interval, left))


def _states(shown: Shown) -> dict[str, str]:
    """The states of an endpoint and its deployments, or of one deployment."""
    each = (shown, *shown.get("deployments", ()))
    return {one["name"]: one.get("provisioning_state", "Succeeded") for one in each}
