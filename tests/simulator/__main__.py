"""``python -m tests.simulator``: a playground for the cloud half of ``az ml endpoint``.

Prints the lines that point a shell at it, and runs until Ctrl-C. Nothing is kept.
"""

from __future__ import annotations

import argparse
import os
import shlex
import signal
import sys
from pathlib import Path

from tests.simulator.azurite import AzuriteError
from tests.simulator.operations import Durations
from tests.simulator.playground import Playground

SAMPLE = "samples/endpoints/online/managed/simple-flow/1-create-endpoint-with-blue.yml"


def main() -> int | str:
    wanted = arguments()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    durations = Durations(endpoint=wanted.seconds, deployment=wanted.seconds, delete=wanted.seconds)
    try:
        with Playground(durations=durations) as playground:
            playground.proxy.latency = wanted.latency
            sys.stdout.write(introduction(playground))
            sys.stdout.flush()
            signal.pause()
    except AzuriteError as error:
        return str(error)
    except KeyboardInterrupt:
        pass
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.simulator", description="Azure Machine Learning, simulated."
    )
    parser.add_argument(
        "--seconds",
        type=float,
        default=0,
        help="how long it takes to make, change or delete an endpoint or a deployment",
    )
    parser.add_argument(
        "--latency", type=float, default=0, help="seconds that every request takes more"
    )
    return parser.parse_args()


def introduction(playground: Playground) -> str:
    """Lines for bash. What is not to be run is a comment."""
    configuration = playground.folder / "az"
    playground.write_profile(configuration)
    variables = {
        **playground.variables,
        **playground.defaults,
        "AZURE_CONFIG_DIR": str(configuration),
        "AZURE_EXTENSION_DIR": str(extensions()),
        "AZURE_CORE_COLLECT_TELEMETRY": "no",
    }
    return "\n".join(
        [
            "# Azure, simulated, until Ctrl-C. These lines point another shell at it, and only it:",
            f'export PATH={shlex.quote(str(Path(sys.executable).parent))}:"$PATH"',
            *(f"export {name}={shlex.quote(value)}" for name, value in variables.items()),
            "# There, for example:",
            f"#   az ml endpoint create -n my-endpoint -f {SAMPLE}",
            "# Answers are made up, and that shell reaches nothing else: no packages, either.",
            "",
        ]
    )


def extensions() -> Path:
    """Where the user's az has its extensions, which the playground's az is to have too."""
    configuration = os.environ.get("AZURE_CONFIG_DIR", str(Path.home() / ".azure"))
    return Path(os.environ.get("AZURE_EXTENSION_DIR", Path(configuration) / "cliextensions"))


if __name__ == "__main__":
    sys.exit(main())
