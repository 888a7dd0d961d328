"""Where debugpy comes from: an environment that is made once, for all servers and Pythons.

It is written in Python; what it has of compiled parts is for speed, and is passed over by a
Python that they are not made for. So one folder is right in every process and every container.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

from azext_ml_endpoint.document.model import Environment
from azext_ml_endpoint.errors import StartError
from azext_ml_endpoint.local.process.environments import Environments
from azext_ml_endpoint.report import Report

if TYPE_CHECKING:
    from azext_ml_endpoint.local.process.environment_build import Tools

PACKAGE = "debugpy==1.8.17"
"""The newest for Python 3.8, and good for 3.14 too."""


class DebuggerEnvironment:
    """``home`` is ``<az config dir>/ml-endpoint``."""

    def __init__(self, home: Path, report: Report, tools: Tools | None = None) -> None:
        self._environments = Environments(home / "debuggers", report, tools, program="python")
        self._wanted = _wanted()

    def make(self) -> None:
        """Raises EnvironmentBuildError, Interrupted, OSError."""
        self._environments.make(self._wanted)

    def package(self) -> Path:
        """The folder of debugpy. Raises StartError where it has not been made."""
        environment = self._environments.programs(self._wanted.digest).parent
        found = next(environment.glob("lib/python*/site-packages/debugpy"), None)
        if found is None:
            raise StartError(
                f"There is no debugpy in {environment}.", "Remove that folder, and try again."
            )
        return found

    def cancel(self) -> None:
        self._environments.cancel()


def _wanted() -> Environment:
    text = json.dumps({"dependencies": ["python>=3.8", {"pip": [PACKAGE]}]})
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Environment(conda_file=text, conda_path=Path("the debugger"), digest=digest)
