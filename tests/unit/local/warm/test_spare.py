"""What a spare can become, and what it waits by."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from azext_ml_endpoint.local.runtime import InstanceSpec
from azext_ml_endpoint.local.warm import spare
from azext_ml_endpoint.local.warm.spare import Fit, Refusal
from tests.fakes.builders import OWN_ROUTES, environment, model, write_files

AROUND = {"PATH": "/bin", "SHLVL": "1", "_": "/bin/az"}
SECRET = "kept-between-us"


@pytest.fixture
def spec(tmp_path: Path) -> InstanceSpec:
    write_files(tmp_path, {"old/score.py": "import numpy\n", "old/logging.json": "{}"})
    return InstanceSpec(
        endpoint="houses",
        deployment="blue",
        environment=environment(),
        code=tmp_path / "old",
        code_name="code",
        entry_script="score.py",
        model=model(path=tmp_path / "model.pkl"),
        variables={"KEY": SECRET},
        record={"code": {"digest": "old"}},
    )


@pytest.fixture
def fit(spec: InstanceSpec) -> Fit:
    return Fit.new(spec, AROUND)


def edited(spec: InstanceSpec, script: str, **files: str) -> InstanceSpec:
    folder = Path(spec.code or "").with_name("new")
    more = {name.replace("_json", ".json"): text for name, text in files.items()}
    write_files(folder, {"score.py": script, "logging.json": "{}", **more})
    return replace(spec, code=folder, record={"code": {"digest": "new"}})


def test_it_becomes_what_has_other_code(spec: InstanceSpec, fit: Fit) -> None:
    assert fit.refusal(edited(spec, "import numpy, pandas\n"), AROUND) == ""


def test_what_is_written_down_is_the_same_and_has_no_secret(spec: InstanceSpec, fit: Fit) -> None:
    assert Fit.read(fit.plain()) == fit
    assert SECRET not in str(fit.plain())
    assert fit.of != Fit.new(spec, AROUND).of, "who knows one secret cannot look for another"


CHANGES: dict[str, Callable[[InstanceSpec], InstanceSpec]] = {
    "variable": lambda spec: replace(spec, variables={"KEY": "other"}),
    "environment": lambda spec: replace(spec, environment=environment("environment-2")),
    "model": lambda spec: replace(spec, model=model("model-2", path=Path("/model.pkl"))),
    "folder": lambda spec: replace(spec, code_name="other"),
    "script": lambda spec: replace(spec, entry_script="main.py"),
    "logging": lambda spec: edited(spec, "import numpy\n", logging_json='{"version": 1}'),
    "settings": lambda spec: edited(spec, "import numpy\n", config_json="{}"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_it_does_not_become_what_else_is_another(spec: InstanceSpec, fit: Fit, change: str) -> None:
    assert fit.refusal(CHANGES[change](spec), AROUND) == "more than its code has changed"


def test_the_variables_around_it_count_but_for_each_shells_own(
    spec: InstanceSpec, fit: Fit
) -> None:
    assert fit.refusal(spec, {**AROUND, "SHLVL": "2", "PWD": "/work"}) == ""
    assert fit.refusal(spec, {**AROUND, "HTTP_PROXY": "http://proxy"})


def test_what_was_imported_ahead_must_be_imported_still(spec: InstanceSpec, fit: Fit) -> None:
    assert fit.refusal(edited(spec, "import pandas\n"), AROUND) == "it imports numpy no more"
    staged = edited(spec, "import os\nos.environ['A'] = 'b'\nimport numpy\n")
    assert fit.refusal(staged, AROUND) == "score.py changes what packages find when imported"


def test_one_that_is_about_to_end_is_left_alone(spec: InstanceSpec, fit: Fit) -> None:
    assert "too long" in replace(fit, born=time.time() - 1790).refusal(spec, AROUND)


@pytest.mark.parametrize("name", ["PYTHONPATH", "AZUREML_CONFIG_FILE"])
def test_there_is_none_where_variables_say_what_the_server_reads(
    spec: InstanceSpec, name: str
) -> None:
    with pytest.raises(Refusal, match=f"a variable {name}"):
        Fit.new(replace(spec, variables={name: "x"}), AROUND)
    with pytest.raises(Refusal, match=f"a variable {name}"):
        Fit.new(spec, {name: "x"})


def test_there_is_none_for_a_container_with_its_own_server(spec: InstanceSpec) -> None:
    own = environment(inference_config=OWN_ROUTES)
    with pytest.raises(Refusal, match="a server of its own"):
        Fit.new(replace(spec, environment=own), AROUND)
    with pytest.raises(Refusal, match="a server of its own"):
        Fit.new(replace(spec, code=None), AROUND)


def test_whoever_it_runs_as_may_read_what_it_waits_by(tmp_path: Path, fit: Fit) -> None:
    spare.put_hook(tmp_path / "ahead", fit)
    modes = {each.name: each.stat().st_mode & 0o777 for each in (tmp_path / "ahead").iterdir()}
    assert modes == {"sitecustomize.py": 0o644, "imports.json": 0o644, "wait": 0o644}
    assert (tmp_path / "ahead").stat().st_mode & 0o777 == 0o755
    spare.let_go(tmp_path / "ahead")
    assert not (tmp_path / "ahead" / "wait").exists()


def test_the_code_comes_to_the_settings_that_were_read_before(
    spec: InstanceSpec, tmp_path: Path
) -> None:
    place = tmp_path / "app"
    spare.put_settings(spec, place)
    assert [each.name for each in place.iterdir()] == ["logging.json"]
    spare.put_code(edited(spec, "new\n"), place)
    assert (place / "score.py").read_text() == "new\n"
    assert (Path(spec.code or "") / "logging.json").read_text() == "{}"
