"""A module that a scoring script does not find, though something like it is in its folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from azext_ml_endpoint.document.model import Code, Deployment
from azext_ml_endpoint.local.diagnosis import missing_module, next_step
from azext_ml_endpoint.local.remembered import remember
from azext_ml_endpoint.local.runtime import Instance
from tests.fakes.builders import write_files

ADD_IT = "Add the package of {} to the conda file, or the module to the code folder."


@pytest.fixture
def code(tmp_path: Path) -> Path:
    files = ("score.py", "features.py", "shapes/__init__.py", "data/table.csv", "secret.py")
    write_files(tmp_path / "code", {f"src/{each}": "" for each in files})
    write_files(tmp_path / "code", {".amlignore": "secret.py\n", "model.py": ""})
    return tmp_path / "code"


def instance(code: Path | None) -> Instance:
    record = remember(
        Deployment(name="d", code=Code(path=code) if code else None, scoring_script="src/score.py")
    )
    return Instance(
        id="1", endpoint="e", deployment="d", promoted=True, state="running", record=record
    )


def said(module: str) -> list[str]:
    return ['  File "score.py"', f"ModuleNotFoundError: No module named {module!r}"]


@pytest.mark.parametrize(
    ("module", "similar", "path"),
    [
        ("featurez", "features", "src/features.py"),
        ("feature.of.house", "features", "src/features.py"),
        ("shape", "shapes", "src/shapes"),
    ],
)
def test_a_module_of_nearly_that_name_is_named(
    module: str, similar: str, path: str, code: Path
) -> None:
    told = next_step.advice(said(module), instance(code)) or ""
    assert told.startswith(f"Is {similar} meant, which is {code / path}?")
    assert "conda file" in told


@pytest.mark.parametrize("module", ["numpy", "dates", "table", "models"])
def test_another_one_is_of_a_package(module: str, code: Path) -> None:
    """Folders without modules, and modules beside the script's folder, are none of it."""
    assert next_step.advice(said(module), instance(code)) == ADD_IT.format(module)


def test_what_an_ignore_file_leaves_out_is_told(code: Path) -> None:
    told = next_step.advice(said("secret"), instance(code)) or ""
    assert str(code / ".amlignore") in told and "leaves it out" in told


def test_what_has_come_since_is_taken_over_by_an_update(code: Path) -> None:
    told = missing_module.advice(said("features"), instance(code)) or ""
    assert "az ml endpoint update --local takes it over" in told


def test_where_there_is_no_code_or_no_such_trouble_nothing_is_said(
    code: Path, tmp_path: Path
) -> None:
    assert missing_module.advice(said("featurez"), instance(None)) is None
    assert missing_module.advice(said("featurez"), instance(tmp_path / "gone")) is None
    assert missing_module.advice(["KeyError: 'features'"], instance(code)) is None
