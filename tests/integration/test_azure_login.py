"""Who asks Azure where nobody has logged in to az."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.az import Az
from tests.integration.azure import Azure
from tests.simulator.world import World


@pytest.fixture
def stranger(azure: Azure, tmp_path: Path) -> Az:
    """An az in which nobody is logged in, on a machine with a managed identity."""
    extensions = azure.az.variables["AZURE_EXTENSION_DIR"]
    return azure.az.having(AZURE_CONFIG_DIR=str(tmp_path / "az"), AZURE_EXTENSION_DIR=extensions)


def test_without_a_login_the_next_step_is_one(stranger: Az) -> None:
    refused = stranger("ml endpoint list", expect=1)
    assert "Nobody is logged in to Azure" in refused.stderr
    assert "az login" in refused.stderr and "Traceback" not in refused.stderr


def test_a_job_without_a_login_is_its_machines_identity(stranger: Az, azure: Azure) -> None:
    unattended = stranger.having(AZURE_SUBSCRIPTION_ID=World().subscription)
    listed = unattended("ml endpoint list")
    assert listed.json == [] and listed.stderr == ""
    assert azure.simulator.journal.refused() == []


def test_an_identity_that_gives_no_token_is_told(stranger: Az) -> None:
    nobody = stranger.having(AZURE_SUBSCRIPTION_ID=World().subscription, IDENTITY_HEADER="wrong")
    refused = nobody("ml endpoint list", expect=1)
    assert "There is no token for Azure" in refused.stderr
    assert "az login" in refused.stderr and "Traceback" not in refused.stderr
