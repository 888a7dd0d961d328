"""docs/ci.md as it stands: what its jobs run in a shell, with the real az in simulated Azure.

What only GitHub or Azure DevOps can do, such as checkout and login, is left out. ``gh`` is a
stand-in.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from tests.integration.azure import Azure
from tests.integration.conftest import REPOSITORY, SAMPLES
from tests.integration.test_tests_in_file import as_trained

FILE = "endpoints/online/managed/with-tests/endpoint.yml"
PLACE = {"AZURE_DEFAULTS_GROUP", "AZURE_DEFAULTS_WORKSPACE"}
GH = """#!/bin/bash
echo "$@" >> "$GH_CALLS"
cat plan.md >> "$GH_CALLS"
[[ " $* " != *" --edit-last "* ]]
"""
"""There is no comment yet that could be edited."""


@dataclass(frozen=True)
class Job:
    """A shell's lines of the steps of a job, and the environment that the document gives them."""

    scripts: tuple[str, ...]
    variables: Mapping[str, str]

    def run(self, azure: Azure, folder: Path, **variables: str) -> int:
        """The first exit code that is not 0, as a job ends with."""
        place = {name: value for name, value in self.variables.items() if name not in PLACE}
        known = {**azure.az.variables, **place, **variables}
        for script in self.scripts:
            done = subprocess.run(
                ["bash", "-e", "-c", script], cwd=folder, env=known, capture_output=True, text=True
            )
            print(done.stdout, done.stderr)  # noqa: T201 - pytest shows it where a test fails
            if done.returncode:
                return done.returncode
        return 0


def workflows() -> dict[str, dict[Any, Any]]:
    """By the names of the files that they are to be."""
    text = (REPOSITORY / "docs/ci.md").read_text("utf-8")
    blocks = re.findall(r"^```yaml\n# (\S+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return {name: yaml.safe_load(block) for name, block in blocks}


def jobs(service: str) -> dict[str, Job]:
    known = workflows()
    if service == "github":
        workflow = known[".github/workflows/endpoint.yml"]
        named, variables = workflow["jobs"], workflow["env"]
    else:
        workflow = known["azure-pipelines.yml"]
        named = {job["job"]: job for job in workflow["jobs"]}
        variables = workflow["variables"]
    return {name: Job(tuple(scripts(job)), variables) for name, job in named.items()}


def scripts(job: Mapping[str, Any]) -> Iterator[str]:
    for step in job["steps"]:
        script = step.get("run") or step.get("inputs", {}).get("inlineScript")
        if script:
            assert "${{" not in script and "$(System" not in script, "only the service knows that"
            yield script


@dataclass(frozen=True)
class Repository:
    """A checkout where the jobs run."""

    azure: Azure
    folder: Path
    variables: Mapping[str, str]

    def run(self, job: Job, **variables: str) -> int:
        return job.run(self.azure, self.folder, **{**self.variables, **variables})

    def edit(self, old: str, new: str) -> None:
        file = self.folder / FILE
        text = file.read_text("utf-8")
        assert old in text
        file.write_text(text.replace(old, new), "utf-8")

    @property
    def plan(self) -> str:
        return (self.folder / "plan.md").read_text("utf-8")

    @property
    def summary(self) -> str:
        return Path(self.variables["GITHUB_STEP_SUMMARY"]).read_text("utf-8")

    @property
    def comments(self) -> str:
        return Path(self.variables["GH_CALLS"]).read_text("utf-8")

    def on_path(self, name: str, text: str) -> None:
        program = self.folder.parent / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(text, "utf-8")
        program.chmod(0o755)


@pytest.fixture
def repository(azure: Azure, wheel: Path, tmp_path: Path) -> Repository:
    shutil.copytree(SAMPLES, tmp_path / "checkout")
    azure.simulator.scorer = as_trained
    variables = {
        "FILE": FILE,
        "ML_ENDPOINT_WHEEL": str(wheel),
        "PATH": f"{tmp_path / 'bin'}:{azure.az.variables['PATH']}",
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        "GH_CALLS": str(tmp_path / "gh.txt"),
        "PULL_REQUEST": "7",
    }
    repository = Repository(azure, tmp_path / "checkout", variables)
    repository.on_path("gh", GH)
    return repository


@pytest.mark.parametrize("service", ["github", "azure-devops"])
def test_a_pull_request_shows_the_plan_and_a_merge_makes_it_true(
    repository: Repository, service: str
) -> None:
    plan, apply = jobs(service)["plan"], jobs(service)["apply"]
    journal = repository.azure.simulator.journal

    assert repository.run(plan) == 0
    assert repository.plan.startswith(f"### {FILE}: this changes\n\n```text\n")
    assert "create deployment blue" in repository.plan.lower()
    assert journal.writes() == []

    assert repository.run(apply) == 0
    assert [case.find("failure") for case in reported(repository)] == [None] * 3

    journal.clear()
    assert repository.run(plan) == 0
    assert repository.plan.startswith(f"### {FILE}: nothing changes\n")
    assert repository.run(apply) == 0
    assert journal.writes() == []
    assert journal.refused() == []


@pytest.mark.parametrize("service", ["github", "azure-devops"])
def test_what_cannot_be_done_fails_the_pull_request_and_is_shown_there(
    repository: Repository, service: str
) -> None:
    plan, apply = jobs(service)["plan"], jobs(service)["apply"]
    assert repository.run(apply) == 0
    repository.edit("Standard_F2s_v2", "Standard_F4s_v2")
    assert repository.run(plan) == 1
    assert repository.plan.startswith(f"### {FILE}: this cannot be done\n")
    assert "az ml endpoint apply --replace" in repository.plan


def test_the_plan_is_a_summary_of_the_job_and_a_comment(repository: Repository) -> None:
    assert repository.run(jobs("github")["plan"]) == 0
    assert repository.summary == repository.plan
    edited, _, rest = repository.comments.partition("\n")
    assert edited == "pr comment 7 --body-file plan.md --edit-last"
    assert "\npr comment 7 --body-file plan.md\n" in rest
    assert repository.comments.count(repository.plan) == 2


@pytest.mark.parametrize("service", ["github", "azure-devops"])
def test_a_merge_whose_tests_fail_moves_no_traffic_and_fails(
    repository: Repository, service: str
) -> None:
    repository.edit("length(@): 2", "length(@): 3")
    assert repository.run(jobs(service)["apply"]) == 1
    endpoint = repository.azure.az("ml endpoint show -n my-tested-endpoint").json
    assert not any(endpoint.get("traffic", {}).values())


@pytest.mark.parametrize("service", ["github", "azure-devops"])
def test_an_option_that_az_does_not_know_is_not_taken_for_a_change(
    repository: Repository, service: str
) -> None:
    plan = altered(jobs(service)["plan"], lambda script: script.replace("-o none", "--no-such"))
    assert repository.run(plan) == 1
    assert "unrecognized arguments: --no-such" in repository.plan


def altered(job: Job, change: Callable[[str], str]) -> Job:
    return replace(job, scripts=tuple(map(change, job.scripts)))


def test_the_jobs_run_where_they_should() -> None:
    github = workflows()[".github/workflows/endpoint.yml"]
    assert github[True].keys() == {"pull_request", "push"}, "YAML 1.1 takes on: for a boolean"
    events = {name: job["if"] for name, job in github["jobs"].items()}
    assert events == {
        "plan": "github.event_name == 'pull_request'",
        "apply": "github.event_name == 'push'",
    }
    assert github["permissions"] == {}
    assert {job["permissions"]["id-token"] for job in github["jobs"].values()} == {"write"}


def reported(repository: Repository) -> list[ElementTree.Element]:
    return list(ElementTree.parse(repository.folder / "results.xml").iter("testcase"))
