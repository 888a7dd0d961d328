"""Keys, tokens, signatures and the user's secrets are in no output and no log, however verbose."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.integration.az import Az
from tests.integration.azure import Azure
from tests.integration.conftest import SAMPLES

ONLINE = SAMPLES / "endpoints/online"
FILE = ONLINE / "managed/simple-flow/1-create-endpoint-with-blue.yml"
REQUEST = ONLINE / "model-1/sample-request.json"
NAMED = "-n my-houses"
VARIABLES = "deployments[0].environment_variables"
PASSWORD = "s3cr3t/of+the=user"
COMMANDS = [
    f"create {NAMED} -f {FILE} --set {VARIABLES}.PASSWORD=${{secret:PASSWORD}}",
    f"update {NAMED} -f {FILE} --set tags.colour=blue --no-wait",
    f"invoke {NAMED} -r {REQUEST}",
    f"get-logs {NAMED} -d blue",
    f"regenerate-keys {NAMED} --key-type secondary",
    f"show {NAMED}",
    "list",
    f"delete {NAMED} --yes",
]
SECRET_FIELDS = "primaryKey|secondaryKey|accessToken|sasToken|sasUri|key"


@pytest.fixture
def talkative(azure: Azure) -> Az:
    """An az that also writes log files."""
    return azure.az.having(PASSWORD=PASSWORD, AZURE_LOGGING_ENABLE_LOG_FILE="yes")


def secrets(azure: Azure) -> set[str]:
    """All that the simulated Azure has given out or taken as a secret, and their quoted forms."""
    found = {PASSWORD, azure.az.variables["IDENTITY_HEADER"]}
    for entry in azure.simulator.journal:
        found.add(entry.request.bearer or PASSWORD)
        body = entry.reply.body.decode(errors="replace")
        found.update(re.findall(rf'"(?:{SECRET_FIELDS})": "([^"]+)"', body))
        found.update(re.findall(r"sig=([^&\"]+)", body))
    return found | {quote(each, safe="") for each in found}


def test_no_command_tells_a_secret_at_any_verbosity(azure: Azure, talkative: Az) -> None:
    said = ""
    for number, command in enumerate(COMMANDS):
        level = "--verbose" if number % 2 else "--debug"
        done = talkative(f"ml endpoint {command} {level}")
        said += done.stdout + done.stderr
    assert "PUT https://management.azure.com/subscriptions" in said, "requests are not logged"
    assert "sig=REDACTED" in said, "uploads are not logged"

    known = secrets(azure)
    assert len(known) > 10
    assert [each for each in known if each in said] == []
    assert files_with(known, Path(azure.az.variables["AZURE_CONFIG_DIR"])) == []


def files_with(known: set[str], folder: Path) -> list[Path]:
    """Of az's settings, log files among them."""
    files = [each for each in folder.rglob("*") if each.is_file()]
    assert any(each.suffix == ".log" for each in files), "az wrote no log file"
    return [each for each in files if any(secret.encode() in each.read_bytes() for secret in known)]
