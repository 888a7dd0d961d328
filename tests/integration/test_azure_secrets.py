"""Keys, tokens, signatures and secret variables are nowhere but where they belong.

Every command that handles some of them, at every verbosity, where it succeeds and where it fails:
both streams, az's log files, its settings, and what is left in folders for temporary files.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, unquote

import pytest

from tests.integration.az import Az, Result
from tests.integration.azure import Azure
from tests.integration.small import NAME, small_endpoint
from tests.simulator.blob_front import EXPIRED
from tests.simulator.faults import FailOperation, Fault, Reset
from tests.simulator.scoring import model_error

PASSWORD = "planted-P4ss/w0rd+of==the user"
BUILD_LOG = (
    "The build log is available in the workspace blob store 'wsstorage' under the path"
    " '/azureml/ImageLogs/0f/build.log'"
)
"""It is read with the account's key."""
VERBOSITIES = ["", "--verbose", "--debug", "--only-show-errors"]
GIVEN = re.compile(
    r'"(?:primaryKey|secondaryKey|accessToken|access_token|sasToken|key)":\s*"([^"]+)"'
)
SIGNATURE = re.compile(r'[?&"]sig=([^&"]+)')


@dataclass(frozen=True)
class Watched:
    """An az all of whose traces are kept. ``said``: commands, and what they wrote."""

    azure: Azure
    az: Az
    folder: Path
    said: list[tuple[str, str]] = field(default_factory=list)

    def __call__(self, command: str, *, expect: int = 0) -> Result:
        done = self.az(command, expect=expect)
        printed = done.stderr if "get-credentials" in command else done.stdout + done.stderr
        self.said.append((command, printed))
        return done

    def texts(self) -> Iterator[tuple[str, str]]:
        """Where, and what is there."""
        yield from self.said
        for folder in (self.folder, Path(self.az.variables["AZURE_CONFIG_DIR"])):
            for path in folder.rglob("*"):
                if path.is_file():
                    yield str(path), path.read_bytes().decode("utf-8", "replace")

    def secrets(self) -> set[str]:
        """All that Azure has given out or taken in, and how it may be written elsewhere."""
        account = self.azure.playground.storage
        found = {PASSWORD, account.key, self.az.variables["IDENTITY_HEADER"]}
        for entry in self.azure.simulator.journal:
            body = entry.reply.body.decode(errors="replace")
            found.update([*GIVEN.findall(body), *SIGNATURE.findall(body)])
            found.update(filter(None, [entry.request.bearer]))
        for request in self.azure.blobs.journal.requests:
            found.update(SIGNATURE.findall(request.url))
        found |= {unquote(each) for each in found}
        return found | {quote(each, safe="") for each in found} | {json.dumps(PASSWORD)[1:-1]}

    def leaks(self) -> list[str]:
        known = self.secrets()
        assert len(known) > 10
        return [
            f"{where}: …{text[max(0, text.index(each) - 80) : text.index(each)]}"
            for where, text in self.texts()
            for each in known
            if each in text
        ]


@pytest.fixture
def watched(azure: Azure, tmp_path: Path) -> Watched:
    traces = tmp_path / "traces"
    for name in ("tmp", "logs"):
        (traces / name).mkdir(parents=True)
    az = azure.az.having(
        PASSWORD=PASSWORD,
        TMPDIR=str(traces / "tmp"),
        AZURE_LOGGING_ENABLE_LOG_FILE="yes",
        AZURE_LOGGING_LOG_DIR=str(traces / "logs"),
    )
    return Watched(azure, az, traces)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    secret = {"environment_variables": {"PASSWORD": "${secret:PASSWORD}"}}
    return small_endpoint(tmp_path / "project", **secret)


@pytest.mark.parametrize("verbosity", VERBOSITIES, ids=lambda each: each or "plain")
def test_nobody_is_told_a_secret(watched: Watched, file: Path, verbosity: str) -> None:
    endpoint = f"-n {NAME} {verbosity}"
    watched(f"ml endpoint create {endpoint} -f {file}")
    watched(f"ml endpoint invoke {endpoint} --data [1]")
    watched(f"ml endpoint get-logs {endpoint} -d blue")
    watched(f"ml endpoint regenerate-keys {endpoint} --key-type primary")
    watched(f"ml endpoint update {endpoint} --set deployments[0].tags.colour=blue")
    watched.azure.simulator.scorer = lambda _: model_error(500, "broken")
    watched(f"ml endpoint invoke {endpoint} --data [1]", expect=1)
    if verbosity == "--debug":
        assert "PUT https://management.azure.com/" in str(watched.said), "it is not that verbose"
    logs = [each.read_text() for each in (watched.folder / "logs").iterdir()]
    assert any("PUT https://management.azure.com/" in each for each in logs), "az logs nothing"
    assert watched.leaks() == []


@pytest.mark.parametrize("verbosity", VERBOSITIES, ids=lambda each: each or "plain")
def test_nobody_is_told_a_secret_where_something_fails(
    watched: Watched, file: Path, verbosity: str
) -> None:
    simulator, blobs = watched.azure.simulator, watched.azure.blobs
    endpoint = f"-n {NAME} {verbosity}"
    create = f"ml endpoint create {endpoint} -f {file}"

    blobs.faults.add(Fault(EXPIRED, "PUT", "model.pkl", times=99))
    blobs.faults.add(Fault(Reset(), "PUT", "score.py"))
    watched(create, expect=1)
    blobs.faults.clear()

    error = {"code": "ResourceNotReady", "message": "It crashed."}
    simulator.faults.add(Fault(FailOperation(error), "PUT", "/deployments/blue"))
    watched(create, expect=1)
    error = {"code": "ImageBuildFailure", "message": f"pip failed. {BUILD_LOG}"}
    simulator.faults.add(Fault(FailOperation(error), "PUT", "/deployments/blue"))
    assert "the build log, azureml/" in watched(create, expect=1).stderr.lower()
    assert watched.leaks() == []


def test_credentials_are_told_to_who_asks_for_them_and_to_no_log(
    watched: Watched, file: Path
) -> None:
    watched(f"ml endpoint create -n {NAME} -f {file}")
    done = watched(f"ml endpoint get-credentials -n {NAME} --debug")
    (listed,) = [
        each.reply.json()
        for each in watched.azure.simulator.journal
        if each.request.path.endswith("/listKeys")
    ]
    assert done.json == listed
    assert watched.leaks() == []


def test_what_azure_does_alone_keeps_the_secret(watched: Watched, file: Path) -> None:
    """Whoever may read the deployments of the group sees the template, but no secure parameter."""
    watched(f"ml endpoint create -n {NAME} -f {file} --no-wait --debug")
    name = re.search(r"az deployment group wait .*?(?:-n|--name) ([\w-]+)", str(watched.said))
    assert name
    watched(f"deployment group show -g rg -n {name[1]}")
    assert watched.leaks() == []
