"""`az ml endpoint test` as people run it: a table, data, an exit code, a report for CI."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

from tests.integration.az import Az
from tests.integration.azure import Azure
from tests.integration.conftest import SAMPLES
from tests.simulator.message import Reply, json_reply
from tests.simulator.scoring import Scored

FILE = SAMPLES / "endpoints/online/managed/with-tests/endpoint.yml"
TRAINED = {"blue": [205.4860, 68.6342], "green": [202.4521, 79.0046]}


def as_trained(scored: Scored) -> Reply:
    rows = json.loads(scored.request.body)["data"]
    return json_reply(200, TRAINED[scored.deployment][: len(rows)])


def failures(report: Path) -> list[str]:
    cases = ElementTree.parse(report).iter("testcase")
    return [str(case.get("name")) for case in cases if case.find("failure") is not None]


def test_an_endpoint_in_azure_is_tested_and_its_traffic_guarded(
    azure: Azure, tmp_path: Path
) -> None:
    refused = azure.az(f"ml endpoint apply -f {FILE}", expect=1)
    assert "does not pass its tests" in refused.stderr
    assert "expected @ approx [205.486, 68.634] ± 0.01, got [0.0, 1.0]" in refused.stderr

    azure.simulator.scorer = as_trained
    azure.az(f"ml endpoint apply -f {FILE}")
    report = tmp_path / "results.xml"
    tested = azure.az(f"ml endpoint test -f {FILE} --junit {report}")
    assert [each["outcome"] for each in tested.json] == ["passed"] * 3
    assert tested.stderr.splitlines()[-1] == "3 tests passed"
    assert failures(report) == []
    assert azure.simulator.journal.refused() == []


def test_the_sample_is_tested_on_this_machine(az: Az, sample: str, tmp_path: Path) -> None:
    report = tmp_path / "results.xml"
    command = f"ml endpoint test --local -n {sample} -f {FILE} -d blue --junit {report}"
    tested = az(command)
    assert [each["name"] for each in tested.json] == ["two patients", "as it was trained"]
    assert failures(report) == []

    failed = az(f"{command} --set tests[0].expect.status=201 -o table", expect=1)
    assert "expected status 201, got 200" in failed.stdout
    assert "1 of 2 tests failed: two patients" in failed.stderr
    assert failures(report) == ["two patients"]
