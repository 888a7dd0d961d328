"""The simulated Azure as it is run by hand: the lines that it prints, a login, and its end."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.integration.az import Az
from tests.integration.azure import AZ_VERSIONS, Azure, logged_in
from tests.integration.conftest import REPOSITORY
from tests.simulator.playground import Playground
from tests.simulator.world import CHINA

GROUP = "https://management.azure.com/subscriptions/{id}/resourceGroups/rg?api-version=2024-10-01"
EXAMPLE = "#   az ml endpoint create"


def group(playground: Playground) -> str:
    return GROUP.format(id=playground.world.subscription)


def test_az_is_logged_in(azure: Azure) -> None:
    account = azure.az("account show").json
    assert account["id"] == azure.playground.world.subscription
    assert account["user"]["assignedIdentityInfo"] == "MSI"
    assert azure.az("account get-access-token").json["tokenType"] == "Bearer"
    assert azure.az(f"rest --method get --url {group(azure.playground)}").json["name"] == "rg"
    assert azure.simulator.journal.refused() == []


def test_az_can_log_in(azure: Azure, tmp_path: Path) -> None:
    newcomer = azure.az.having(AZURE_CONFIG_DIR=str(tmp_path))
    (subscription,) = newcomer("login --identity").json
    assert subscription["id"] == azure.playground.world.subscription
    assert newcomer("group show -n rg").json["location"] == "eastus2"


def test_a_wrong_token_is_refused(azure: Azure) -> None:
    azure.simulator.tokens.lifetime = -1
    refused = azure.az(f"rest --method get --url {group(azure.playground)}", expect=1)
    assert "ExpiredAuthenticationToken" in refused.stderr


def test_nothing_else_can_be_reached(azure: Azure, playground: Playground) -> None:
    azure.az("rest --method get --url https://example.org/ --skip-authorization-header", expect=1)
    assert playground.proxy.refused == ["example.org:443"]
    playground.proxy.clear()


@pytest.mark.usefixtures("playground")  # says why where it cannot run
def test_another_cloud_has_other_hosts(az: Az) -> None:
    with Playground(world=CHINA) as playground:
        azure = logged_in(az, playground, "AzureChinaCloud")
        assert azure.az("group show -n rg").json["location"] == "chinaeast2"
        assert set(playground.proxy.refused) <= {AZ_VERSIONS}
        (asked,) = azure.simulator.journal.requests()
    assert asked.host == "management.chinacloudapi.cn"


@contextmanager
def started(az: Az) -> Iterator[subprocess.Popen[str]]:
    """``python -m tests.simulator`` as the user of this az runs it; killed at the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.simulator"],
        cwd=REPOSITORY,
        env=az.variables,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def introduction(process: subprocess.Popen[str]) -> str:
    said = []
    for line in process.stdout or ():
        said.append(line)
        if line.startswith(EXAMPLE):
            return "".join(said)
    raise AssertionError(f"it ended with {process.wait()}: {said}")


def exported(lines: str, name: str) -> str:
    (line,) = [line for line in lines.splitlines() if line.startswith(f"export {name}=")]
    return line.partition("=")[2]


@pytest.mark.usefixtures("playground")
def test_the_printed_lines_point_a_shell_at_it_until_ctrl_c(az: Az, tmp_path: Path) -> None:
    with started(az) as process:
        lines = introduction(process)
        elsewhere = az.within(REPOSITORY).having(AZURE_CONFIG_DIR=str(tmp_path))
        example = lines.splitlines()[-1].removeprefix("#")
        done = elsewhere.shell(f"{lines}\n{example} --query traffic")
        assert done.json == {"blue": 100}
        process.send_signal(signal.SIGINT)
        assert process.wait() == 0
    assert not Path(exported(lines, "SSL_CERT_FILE")).parent.exists()


@pytest.mark.usefixtures("playground")
def test_storage_ends_with_it_even_when_it_is_killed(az: Az) -> None:
    with started(az) as process:
        lines = introduction(process)
        (azurite,) = psutil.Process(process.pid).children()
        process.kill()
        process.wait()
    azurite.wait(timeout=30)
    shutil.rmtree(Path(exported(lines, "SSL_CERT_FILE")).parent)
