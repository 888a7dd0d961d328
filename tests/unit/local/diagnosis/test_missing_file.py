"""A file that a scoring script does not find: where it should be, or who has left it out."""

from __future__ import annotations

from pathlib import Path

import pytest

from azext_ml_endpoint.document.model import Code, Deployment, Model
from azext_ml_endpoint.local.diagnosis import logs, missing_file
from azext_ml_endpoint.local.remembered import remember
from azext_ml_endpoint.local.runtime import Instance
from tests.fakes.builders import write_files

SAID = "FileNotFoundError: [Errno 2] No such file or directory: "


@pytest.fixture
def code(tmp_path: Path) -> Path:
    write_files(
        tmp_path,
        {
            "code/src/score.py": "",
            "code/secret/x.json": "",
            "model/weights.csv": "",
            "code/new": "",
        },
    )
    return tmp_path / "code"


def instance(code: Path | None, script: str = "score.py", model: Path | None = None) -> Instance:
    record = remember(
        Deployment(
            name="d",
            code=Code(path=code) if code else None,
            scoring_script=script,
            model=Model(name="m", path=model) if model else None,
        )
    )
    return Instance(
        id="1", endpoint="e", deployment="d", promoted=True, state="running", record=record
    )


def advice(path: str, of: Instance) -> str:
    trouble = ["Traceback (most recent call last):", '  File "score.py"', f"{SAID}{path!r}"]
    return str(missing_file.advice(trouble, of))


@pytest.mark.parametrize("path", ["labels.json", "./labels.json", "a/b.txt", "it's.txt"])
def test_what_is_not_beside_the_script_is_to_be_put_there(code: Path, path: str) -> None:
    told = advice(path, instance(code))
    assert told.startswith("Put it into the code folder") and str(code) in told
    assert "AZUREML_MODEL_DIR" not in told


def test_beside_the_script_is_where_the_script_is(code: Path) -> None:
    assert str(code / "src/labels.json") in advice("labels.json", instance(code, "src/score.py"))
    told = advice(f"{code}/labels.json", instance(code, "src/score.py"))
    assert f"{code}/labels.json is not there" in told


@pytest.mark.parametrize("name", [".amlignore", ".gitignore"])
@pytest.mark.parametrize("pattern", ["*.json", "secret/", "/secret", "x.json"])
def test_the_ignore_file_that_left_it_out_is_named(code: Path, name: str, pattern: str) -> None:
    (code / name).write_text(f"{pattern}\n")
    told = advice("secret/x.json", instance(code))
    assert told.startswith(f"{code / name} leaves it out of the code")
    assert advice(f"{code}/secret/x.json", instance(code)) == told


def test_what_is_there_now_needs_an_update(code: Path) -> None:
    assert "az ml endpoint update --local" in advice("new", instance(code))


@pytest.mark.parametrize("path", ["/etc/labels.json", "../labels.json", "/home/me/x.csv"])
def test_other_files_of_this_machine_are_not_there(code: Path, path: str) -> None:
    told = advice(path, instance(code))
    assert "no other files of this machine" in told and "AZUREML_MODEL_DIR" not in told


@pytest.mark.parametrize(
    "path", ["model.pkl", "/x/azureml-models/m/1/labels.json", "a/model.ONNX", "weights.csv"]
)
def test_a_file_of_the_model_is_where_the_variable_says(code: Path, path: str) -> None:
    model = code.parent / "model"
    assert "AZUREML_MODEL_DIR" in advice(path, instance(code, model=model))
    file = code.parent / "model/weights.csv"
    assert "AZUREML_MODEL_DIR" in advice(path, instance(code, model=file))


@pytest.mark.parametrize(
    ("path", "model", "found"),
    [
        ("/x/azureml-models/m/1/weights.csv", "model", "model/weights.csv"),
        ("weights.csv", "model", "model/weights.csv"),
        ("/x/azureml-models/m/1/model/weights.csv", "model/weights.csv", "weights.csv"),
    ],
)
def test_where_the_model_has_it_is_told(code: Path, path: str, model: str, found: str) -> None:
    told = advice(path, instance(code, model=code.parent / model))
    assert told == f"It is {found} below the folder that AZUREML_MODEL_DIR names."


@pytest.mark.parametrize(("path", "model"), [("a.pkl", "model"), ("a.pkl", "gone"), ("/a.pt", "")])
def test_what_the_model_has_not_is_looked_for_by_others(code: Path, path: str, model: str) -> None:
    told = advice(path, instance(code, model=code.parent / model if model else None))
    assert told == logs.MODEL_FILES


@pytest.mark.parametrize(
    "line", ["ValueError: 5", "", "    " + SAID + "'x'", "FileNotFoundError: x"]
)
def test_where_no_file_is_missing_there_is_no_advice(code: Path, line: str) -> None:
    assert missing_file.advice([line], instance(code)) is None
    assert "AZUREML_MODEL_DIR" not in str(logs.advice([line]))


@pytest.mark.parametrize("path", ["a\0b", "x" * 5000, "'", ""])
def test_whatever_is_asked_for_there_is_no_defect(code: Path, path: str) -> None:
    advice(path, instance(code))
    advice(path, instance(Path("relative")))


@pytest.mark.parametrize("before", ["'", "('", "['", "='", "b'", '"'])
def test_the_quote_before_a_path_stays(before: str) -> None:
    block = [
        "Traceback (most recent call last):",
        '  File "/var/azureml-app/onlinescoring/score.py", line 4, in init',
        f"{SAID}{before}/var/azureml-app/onlinescoring/labels.json{before[-1]}",
    ]
    told = logs.script_traceback(block, "/work/onlinescoring")
    assert told[-1] == f"{SAID}{before}/work/onlinescoring/labels.json{before[-1]}"
