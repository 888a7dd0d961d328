"""What the gateway runs on: aiohttp and others, in an environment that is made once for all.

az's own Python has no HTTP server that may be relied on, and an extension cannot bring one that
has parts in C.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from azext_ml_endpoint.document.model import Environment
from azext_ml_endpoint.errors import EnvironmentBuildError
from azext_ml_endpoint.local.process.environments import Environments
from azext_ml_endpoint.report import Report

if TYPE_CHECKING:
    from azext_ml_endpoint.local.process.environment_build import Tools

_BUILT = "platform_machine in 'x86_64 aarch64 arm64' and implementation_name == 'cpython'"
"""Where uvloop need not be compiled. Elsewhere the gateway does without it."""
# For Python 3.10 and all newer ones.
PACKAGES = (
    "aiohappyeyeballs==2.7.1",
    "aiohttp==3.14.5",
    "aiosignal==1.4.0",
    "async-timeout==5.0.1; python_version < '3.11'",
    "attrs==26.1.0",
    "frozenlist==1.8.0",
    "httptools==0.9.0",
    "idna==3.20",
    "multidict==6.7.1",
    "propcache==0.5.4",
    "typing_extensions==4.16.0",
    f"uvloop==0.23.0; {_BUILT}",
    "yarl==1.25.1",
)
_TRY_AGAIN = 3600.0
"""Seconds after which packages that could not be installed are tried again."""


class GatewayEnvironment:
    """``home`` is ``<az config dir>/ml-endpoint``."""

    def __init__(
        self,
        home: Path,
        report: Report,
        tools: Tools | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        folder = home / "gateway-environments"
        self._environments = Environments(folder, report, tools, program="python")
        self._failed = folder / "failed"
        self._clock = clock
        self._wanted = _wanted()

    @property
    def there(self) -> bool:
        return self._environments.has(self._wanted.digest)

    @property
    def python(self) -> Path:
        return self._environments.programs(self._wanted.digest) / "python"

    def make(self) -> None:
        """Raises EnvironmentBuildError, Interrupted, OSError.

        What has failed is not tried by every command: a machine without a network would wait for
        it each time.
        """
        if self.there:
            return
        if self._has_just_failed():
            raise EnvironmentBuildError(
                "The packages of the gateway could not be installed a short while ago.",
                f"They are tried again within the hour, or at once without {self._failed}.",
            )
        self._try()

    def cancel(self) -> None:
        self._environments.cancel()

    def _has_just_failed(self) -> bool:
        """Not in the future, as it seems once a clock was set back: that could be far away."""
        if not self._failed.exists():
            return False
        return abs(self._clock() - self._failed.stat().st_mtime) < _TRY_AGAIN

    def _try(self) -> None:
        try:
            self._environments.make(self._wanted)
        except EnvironmentBuildError:
            self._failed.touch()
            raise
        self._failed.unlink(missing_ok=True)


def _wanted() -> Environment:
    text = json.dumps({"dependencies": ["python>=3.10", {"pip": PACKAGES}]})
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Environment(conda_file=text, conda_path=Path("the gateway"), digest=digest)
