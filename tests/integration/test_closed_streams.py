"""Nobody listens any more: what was begun is done all the same, and no traceback is written."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.integration.az import Az
from tests.integration.azure import Azure
from tests.integration.conftest import FIRST_SAMPLE, SAMPLES

VALIDATE = f"az ml endpoint validate -f {shlex.quote(str(FIRST_SAMPLE))}"
LIST = "az ml endpoint list --local --runtime process"
MISSING = "az ml endpoint show --local --runtime process -n nope"
EXPORT = "az ml endpoint export --local --runtime process -n nope"


@pytest.mark.parametrize(("command", "code"), [(VALIDATE, 0), (LIST, 0), (MISSING, 3), (EXPORT, 3)])
@pytest.mark.parametrize(
    "end", ["2>&-", ">&- 2>&-", "2>&1 | head -c 0", "| head -c 0", "2>/dev/full"]
)
def test_the_exit_code_is_that_of_the_work(az: Az, command: str, code: int, end: str) -> None:
    done = az.shell(f"set -o pipefail; {command} {end}", expect=code)
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


@pytest.fixture
def name(azure: Azure) -> Iterator[str]:
    name = f"it-{uuid4().hex[:8]}"
    yield name
    azure.az(f"ml endpoint delete -n {name} --yes")


@pytest.mark.parametrize("end", ["2>&1 | head -1", "2>&-", "2>&1 >/dev/null | head -c 1"])
def test_a_change_is_made_to_its_end(azure: Azure, name: str, end: str) -> None:
    file = "endpoints/online/managed/simple-flow/1-create-endpoint-with-blue.yml"
    az = azure.az.within(SAMPLES)
    az.shell(f"set -o pipefail; az ml endpoint create -n {name} -f {file} {end}")
    shown = azure.az(f"ml endpoint show -n {name}").json
    assert shown["traffic"] == {"blue": 100}
    assert [each["provisioning_state"] for each in shown["deployments"]] == ["Succeeded"]
