"""A document's faults are shown at once, where they are, before anything happens."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.builders import write_files
from tests.fakes.memory_runtime import MemoryRuntime
from tests.functional.in_process_az import Result, az

ONLINE = "endpoints/online"
BLUE = f"{ONLINE}/managed/simple-flow/1-create-endpoint-with-blue.yml"
BROKEN = f"{ONLINE}/managed/simple-flow/broken.yml"
FAULTS = {
    # what stands in the file -> what is made of it, and what is said about it
    "auth_mode: key": ("auth_mod: key", "did you mean 'auth_mode'?"),
    "blue: 100": ("blue: 90", "adds up to 90"),
    "model/sklearn_regression_model.pkl": ("model/nowhere.pkl", "nowhere.pkl' does not exist"),
    "instance_count: 1": ("instance_count: two", "must be an integer, not 'two'"),
}

pytestmark = pytest.mark.usefixtures("samples")


def validate(file: str, *arguments: str) -> Result:
    return az("ml", "endpoint", "validate", "-f", file, *arguments)


def break_blue() -> list[str]:
    """Writes the broken file. Answers where something is wrong: ``file:line``."""
    text = Path(BLUE).read_text()
    for sound, (broken, _) in FAULTS.items():
        assert sound in text
        text = text.replace(sound, broken, 1)
    Path(BROKEN).write_text(text)
    lines = text.splitlines()
    faults = [fault for fault, _ in FAULTS.values()]
    return [f"{BROKEN}:{n}:" for n, line in enumerate(lines, 1) if any(f in line for f in faults)]


def test_a_sound_document_says_so_on_stderr() -> None:
    done = validate(BLUE)
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == f"{BLUE}: no errors\n"


@pytest.mark.parametrize("command", [["validate"], ["create", "--local"], ["update", "--local"]])
def test_all_faults_are_shown_at_their_places(runtime: MemoryRuntime, command: list[str]) -> None:
    places = break_blue()
    refused = az("ml", "endpoint", *command, "-f", BROKEN)
    assert (refused.exit_code, refused.stdout) == (1, "")
    *findings, error = refused.stderr.splitlines()
    assert [line[: len(place)] for line, place in zip(findings, places, strict=True)] == places
    for line, (_, complaint) in zip(findings, FAULTS.values(), strict=True):
        assert complaint in line
    assert error == f"ERROR: 4 errors in {BROKEN}"
    assert (runtime.endpoints(), runtime.instances()) == ([], [])


@pytest.mark.parametrize(
    ("file", "complaint"),
    [
        ("nowhere.yml", "nowhere.yml"),
        ("endpoints", "endpoints"),
        ("empty.yml", "empty.yml"),
        ("tabs.yml", "tabs.yml:2:"),
        ("bytes.yml", "bytes.yml"),
    ],
)
def test_what_is_no_document_is_an_error_without_a_traceback(file: str, complaint: str) -> None:
    write_files(Path(), {"empty.yml": "", "tabs.yml": "name: x\n\ttype: online\n"})
    Path("bytes.yml").write_bytes(b"name: \xff\xfe\x00")
    refused = validate(file)
    assert refused.exit_code == 1
    assert complaint in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_name_that_no_endpoint_can_have_is_refused() -> None:
    refused = az("ml", "endpoint", "create", "--local", "-n", "x", "-f", BLUE)
    assert refused.exit_code == 1
    assert "--name" in refused.stderr


def test_a_warning_is_shown_and_stops_nothing() -> None:
    conda = Path(f"{ONLINE}/model-1/environment/conda.yml")
    lines = conda.read_text().splitlines()
    conda.write_text("\n".join(line for line in lines if "inference-server" not in line))
    warned = az("ml", "endpoint", "create", "--local", "-f", BLUE)
    assert warned.exit_code == 0
    assert "WARNING: " in warned.stderr and "conda.yml" in warned.stderr
    assert "WARNING" not in validate(BLUE, "--only-show-errors").stderr


def test_a_variable_that_is_not_set_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MODEL_NAME", raising=False)
    refused = validate(BLUE, "--set", "deployments[0].model.name=${MODEL_NAME}")
    assert refused.exit_code == 1
    assert "MODEL_NAME" in refused.stderr
    monkeypatch.setenv("MODEL_NAME", "prices")
    assert validate(BLUE, "--set", "deployments[0].model.name=${MODEL_NAME}").exit_code == 0


def test_the_file_of_a_deployment_alone_is_judged_as_one() -> None:
    deployment = Path(f"{ONLINE}/managed/simple-flow/green.yml")
    deployment.write_text(
        """
name: green
model: {name: m, version: 1, local_path: ../../model-1/model/sklearn_regression_model.pkl}
code_configuration:
  code: {local_path: ../../model-1/onlinescoring}
  scoring_script: score.py
environment: file:../../model-1/environment/environment.yml
instance_type: Standard_F2s_v2
scale_settings: {scale_type: manual, instance_cont: 1}
"""
    )
    done = validate(str(deployment))
    assert done.exit_code == 1
    assert f"{deployment}:9:38: 'instance_cont' is no key of scale settings" in done.stderr
    deployment.write_text(deployment.read_text().replace("_cont:", "_count:"))
    assert validate(str(deployment)).exit_code == 0
