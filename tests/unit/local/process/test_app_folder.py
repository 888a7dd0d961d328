"""What a server finds where Azure has /var/azureml-app."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from azext_ml_endpoint.errors import UnsupportedError
from azext_ml_endpoint.local.process.app_folder import lay_out
from azext_ml_endpoint.local.runtime import InstanceSpec
from tests.fakes.builders import environment, model, write_files


@pytest.fixture
def spec(tmp_path: Path) -> InstanceSpec:
    write_files(tmp_path, {"code/src/score.py": "one", "m/model.pkl": "", "m/sibling.pkl": ""})
    return InstanceSpec(
        endpoint="houses",
        deployment="blue",
        environment=environment(),
        code=tmp_path / "code",
        code_name="on line",
        entry_script="src/score.py",
        model=model(path=tmp_path / "m" / "model.pkl", version="3"),
    )


def test_code_and_model_stand_where_they_do_in_azure(spec: InstanceSpec, tmp_path: Path) -> None:
    root = tmp_path / "azureml-app"
    assert lay_out(root, spec) == {
        "AML_APP_ROOT": f"{root}/on line/src",
        "AZUREML_ENTRY_SCRIPT": "score.py",
        "AZUREML_MODEL_DIR": f"{root}/azureml-models/prices/3",
    }
    script = root / "on line" / "src" / "score.py"
    assert script.read_text() == "one"
    assert script.resolve() == script, "tracebacks would name another file"
    assert [each.name for each in (root / "azureml-models/prices/3").iterdir()] == ["model.pkl"]


def test_gunicorn_finds_its_settings_where_the_server_works(
    spec: InstanceSpec, tmp_path: Path
) -> None:
    folder = Path(lay_out(tmp_path / "app", spec)["AML_APP_ROOT"])
    assert "control_socket_disable" in (folder / "gunicorn.conf.py").read_text()
    write_files(tmp_path, {"code/src/gunicorn.conf.py": "workers = 2"})
    folder = Path(lay_out(tmp_path / "other", spec)["AML_APP_ROOT"])
    assert (folder / "gunicorn.conf.py").read_text() == "workers = 2", "as in Azure"


def test_a_new_file_in_the_user_s_folder_does_not_reach_it(
    spec: InstanceSpec, tmp_path: Path
) -> None:
    lay_out(tmp_path / "azureml-app", spec)
    write_files(tmp_path, {"code/src/later.py": ""})
    assert not (tmp_path / "azureml-app" / "on line" / "src" / "later.py").exists()


def test_without_a_model_there_is_no_variable_for_it(spec: InstanceSpec, tmp_path: Path) -> None:
    assert "AZUREML_MODEL_DIR" not in lay_out(tmp_path / "app", replace(spec, model=None))


@pytest.mark.parametrize("absent", [{"code": None}, {"entry_script": None}])
def test_a_deployment_without_a_script_is_refused(
    spec: InstanceSpec, tmp_path: Path, absent: dict[str, Any]
) -> None:
    with pytest.raises(UnsupportedError, match="blue has no scoring script"):
        lay_out(tmp_path / "app", replace(spec, **absent))
