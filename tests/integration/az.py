"""Driving the real ``az``, as a user's shell would.

``az("ml endpoint show --local -n x")`` runs the program and answers a :class:`Result`; an exit code
other than the expected one is an error that shows both streams.
"""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

AZ = Path(sys.prefix) / "bin" / "az"

Command = str | Sequence[str]

_KEPT = (
    # where the Docker Engine is
    "DOCKER_HOST",
    "DOCKER_CONTEXT",
    "DOCKER_TLS_VERIFY",
    "DOCKER_CERT_PATH",
    # how pip and uv reach their index
    "PIP_INDEX_URL",
    "PIP_EXTRA_INDEX_URL",
    "PIP_FIND_LINKS",
    "PIP_TRUSTED_HOST",
    "PIP_CERT",
    "PIP_DEFAULT_TIMEOUT",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
)


class UnexpectedExit(AssertionError):
    def __init__(self, result: Result, expected: int) -> None:
        super().__init__(
            f"exit code {result.exit_code}, not {expected}\n"
            f"$ {result.command}\n--- stdout\n{result.stdout}\n--- stderr\n{result.stderr}"
        )


@dataclass(frozen=True)
class Result:
    command: str
    exit_code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        return json.loads(self.stdout)


@dataclass(frozen=True)
class Az:
    """``variables`` is all that the program finds in its environment."""

    variables: Mapping[str, str]
    cwd: Path = field(default_factory=Path.cwd)

    def __call__(
        self,
        command: Command,
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        stdin: str | bytes | None = None,
        expect: int | None = 0,
        timeout: float = 300,
    ) -> Result:
        """Runs ``az <command>`` to its end. expect: the exit code, or None for whatever comes."""
        done = subprocess.run(
            self._arguments(command),
            cwd=cwd or self.cwd,
            env={**self.variables, **(env or {})},
            input=stdin.encode() if isinstance(stdin, str) else stdin or b"",
            capture_output=True,
            timeout=timeout,
        )
        return _result(shlex.join(["az", *self._arguments(command)[1:]]), done, expect)

    def shell(self, line: str, *, expect: int | None = 0) -> Result:
        """Runs a line as it is typed into a shell; ``az`` is this one there."""
        words = ["bash", "-c", line]
        done = subprocess.run(words, cwd=self.cwd, env=self.variables, capture_output=True)
        return _result(line, done, expect)

    @contextmanager
    def running(
        self, command: Command, *, cwd: Path | None = None, env: Mapping[str, str] | None = None
    ) -> Iterator[subprocess.Popen[str]]:
        """Starts ``az <command>`` in a session of its own; what still runs at the end is killed.

        For what needs two at once, a follower, or Ctrl-C: ``process.send_signal(SIGINT)``.
        """
        process = subprocess.Popen(
            self._arguments(command),
            cwd=cwd or self.cwd,
            env={**self.variables, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=_heed_ctrl_c,  # noqa: PLW1509 - no other thread runs here
        )
        with process:
            try:
                yield process
            finally:
                process.kill()

    def having(self, **variables: str) -> Az:
        """The same az with more in its environment."""
        return replace(self, variables={**self.variables, **variables})

    def within(self, cwd: Path) -> Az:
        """The same az in another folder."""
        return replace(self, cwd=cwd)

    @staticmethod
    def _arguments(command: Command) -> list[str]:
        words = shlex.split(command) if isinstance(command, str) else command
        return [str(AZ), *map(str, words)]


def fresh_az(home: Path) -> Az:
    """An az whose home, configuration and extensions are below ``home``, and nobody else's.

    Its environment is made up here, so that no setting of the one who runs the tests decides them.
    """
    user = Path.home()
    places = {
        "HOME": home,
        "AZURE_CONFIG_DIR": home / "azure",
        "AZURE_EXTENSION_DIR": home / "extensions",
        # scripts/quickstart installs the extension in az's own virtual environment: not for tests.
        "AZURE_EXTENSION_SYS_DIR": home / "system-extensions",
        # Downloads are kept between runs.
        "XDG_CACHE_HOME": Path(os.environ.get("XDG_CACHE_HOME", user / ".cache")),
        "DOCKER_CONFIG": Path(os.environ.get("DOCKER_CONFIG", user / ".docker")),
        "PIP_CONFIG_FILE": user / ".config" / "pip" / "pip.conf",
    }
    for place in list(places)[:4]:
        places[place].mkdir(parents=True, exist_ok=True)
    return Az(
        variables={
            "PATH": f"{AZ.parent}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "LANG": "C.UTF-8",
            "AZURE_CORE_COLLECT_TELEMETRY": "no",
            "AZURE_CORE_NO_COLOR": "yes",
            "AZURE_EXTENSION_USE_DYNAMIC_INSTALL": "no",
            **{name: os.environ[name] for name in _KEPT if name in os.environ},
            **{name: str(place) for name, place in places.items()},
        },
        cwd=home,
    )


def _heed_ctrl_c() -> None:
    """Shells make what they run in the background ignore it, and children inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def said_until(process: subprocess.Popen[str], text: str) -> str:
    """Waits until a running az says ``text`` on stderr; what it has said so far."""
    said = []
    for line in process.stderr or ():
        said.append(line)
        if text in line:
            return "".join(said)
    raise AssertionError(f"az ended without saying {text!r}:\n{''.join(said)}")


def ended(process: subprocess.Popen[str]) -> Result:
    """Waits for the end of a running az; its stderr from where it has been read to."""
    stderr = process.stderr.read() if process.stderr else ""
    stdout = process.stdout.read() if process.stdout else ""
    return Result(shlex.join(process.args), process.wait(), stdout, stderr)  # type: ignore[arg-type]


def _result(shown: str, done: subprocess.CompletedProcess[bytes], expect: int | None) -> Result:
    result = Result(shown, done.returncode, _text(done.stdout), _text(done.stderr))
    if expect is not None and result.exit_code != expect:
        raise UnexpectedExit(result, expect)
    return result


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace")
