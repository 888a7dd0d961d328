"""Folders that a document names, with things in them that nobody could deploy."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from azext_ml_endpoint.document.validate import validate, validate_model
from tests.fakes.builders import write_files
from tests.unit.document import catalogue, project

MODEL = "-       local_path: model.pkl\n+       local_path: model\n"
SCRIPT = "-       scoring_script: score.py\n+       scoring_script: {0}\n"
DOCKERFILE = (
    "-       conda_file: file:conda.yml\n@@\n"
    "-         image: ubuntu:22.04\n+         build: {dockerfile: file:image/Dockerfile}\n"
)
CODE = "endpoint.yml:14:21: local_path 'src': "
ADVICE = " Make the file readable, leave it out of the folder, or name it in its .amlignore."
AT_CODE = " (deployments[0].code_configuration.code.local_path)"
AT_SCRIPT = " (deployments[0].code_configuration.scoring_script)"


def _told(folder: Path, change: str = "") -> list[str]:
    text = catalogue.changed(project.ENDPOINT, change.splitlines())
    return project.lines(validate(project.tree(text, folder)), folder)


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(path))  # the name of a socket must be short


def _link(target: str) -> Callable[[Path], None]:
    return lambda path: path.symlink_to(target)


UNUSABLE = [
    pytest.param(_pipe, "it is no regular file", id="pipe"),
    pytest.param(_socket, "it is no regular file", id="socket"),
    pytest.param(_link("/dev/null"), "it is no regular file", id="device"),
    pytest.param(_link("nowhere"), "the link leads nowhere", id="broken link"),
    pytest.param(_link("x"), "Too many levels of symbolic links", id="looping link"),
    pytest.param(_link("."), "the link leads back to a folder that it is in", id="circle"),
    pytest.param(_link("../.."), "the link leads back to a folder that it is in", id="way up"),
]


@pytest.mark.parametrize(("make", "why"), UNUSABLE)
def test_what_cannot_be_content_of_the_code_is_told(
    make: Callable[[Path], None], why: str, folder: Path
) -> None:
    make(folder / "src/package/x")
    assert _told(folder) == [f"{CODE}src/package/x: {why}.{ADVICE}{AT_CODE}"]


@pytest.mark.parametrize(("make", "why"), UNUSABLE)
def test_what_cannot_be_content_of_a_model_is_told(
    make: Callable[[Path], None], why: str, folder: Path
) -> None:
    write_files(folder / "model", {"weights": "w"})
    make(folder / "model/x")
    place = "endpoint.yml:11:19: local_path 'model': "
    assert _told(folder, MODEL) == [
        f"{place}model/x: {why}.{ADVICE} (deployments[0].model.local_path)"
    ]
    tree = project.tree("name: m\npath: model\n", folder, "model.yml")
    (finding,) = validate_model(tree)
    assert finding.message == f"path 'model': model/x: {why}"


@pytest.mark.parametrize(("make", "why"), UNUSABLE)
def test_what_cannot_be_content_of_a_build_context_is_told(
    make: Callable[[Path], None], why: str, folder: Path
) -> None:
    write_files(folder / "image", {"Dockerfile": "FROM ubuntu\nCOPY . .\n"})
    make(folder / "image/x")
    (said,) = _told(folder, DOCKERFILE)
    assert said.startswith("endpoint.yml:20:29: dockerfile 'file:image/Dockerfile': image/x: ")
    assert why in said


@pytest.mark.parametrize(("make", "_why"), UNUSABLE)
def test_what_is_ignored_may_be_anything(
    make: Callable[[Path], None], _why: str, folder: Path
) -> None:
    make(folder / "src/x")
    write_files(folder / "src", {".amlignore": "x\n"})
    assert _told(folder) == []


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (b"caf\xe9", "caf\\udce9: its name is no UTF-8"),
        (b"a\nb", "a\\x0ab: its name has a control character"),
        (b"\x1b[31mred", "\\x1b[31mred: its name has a control character"),
        ("\x9b".encode(), "\\x9b: its name has a control character"),
    ],
)
def test_a_file_that_no_blob_can_be_called_is_told(name: bytes, told: str, folder: Path) -> None:
    """Before an endpoint is made in Azure for it."""
    Path(os.fsdecode(os.fsencode(folder) + b"/src/package/" + name)).touch()
    (said,) = _told(folder)
    assert said.startswith(f"{CODE}src/package/{told}") and "Rename the file" in said


def test_other_letters_are_names_in_storage(folder: Path) -> None:
    for name in ("é", "a b", "a?b#c%20", "back\\slash", "雪"):
        (folder / "src" / name).touch()
    assert _told(folder) == []


def test_all_of_them_are_told_at_once(folder: Path) -> None:
    for name in ("a", "package/b", "c"):
        (folder / "src" / name).symlink_to("nowhere")
    write_files(folder / "src", {".gitignore": "score.py"})
    assert [line.split(": ")[2] for line in _told(folder)[:3]] == [
        "src/a",
        "src/c",
        "src/package/b",
    ]
    assert "scoring_script 'score.py' is left out" in _told(folder)[3]


def test_but_not_thousands(folder: Path) -> None:
    for number in range(100):
        (folder / "src" / f"lost{number}").symlink_to("nowhere")
    assert len(_told(folder)) == 20


@pytest.mark.parametrize(
    "files", [{}, {"__pycache__/x.pyc": ""}, {"a": "", ".amlignore": "*"}, {".gitignore": ".*"}]
)
def test_a_model_folder_without_files_is_told(files: dict[str, str], folder: Path) -> None:
    (folder / "model/sub").mkdir(parents=True)
    write_files(folder / "model", files)
    assert _told(folder, MODEL) == [
        "endpoint.yml:11:19: local_path 'model': model: there are no files in this folder. Put"
        " files there, or correct the path or the folder's ignore file."
        " (deployments[0].model.local_path)"
    ]


@pytest.mark.parametrize(
    ("ignore", "patterns", "script"),
    [
        (".gitignore", "*.py\n", "score.py"),
        (".gitignore", "score.*\n", "score.py"),
        (".amlignore", "/score.py\n", "score.py"),
        (".amlignore", "!*\n*\n!request.json\n!.amlignore\n", "score.py"),
        (".gitignore", "package/\n", "package/score.py"),
        (".amlignore", "package\n", "package/score.py"),
        (".amlignore", "**/s*.py\n", "package/score.py"),
    ],
)
def test_a_scoring_script_that_an_ignore_file_leaves_out(
    ignore: str, patterns: str, script: str, folder: Path
) -> None:
    write_files(folder / "src", {ignore: patterns, "package/score.py": project.SCORE})
    said = (
        f"endpoint.yml:15:23: scoring_script '{script}' is left out of the folder by src/{ignore}."
        f" Correct the patterns there; '!{script}' at their end asks for it again.{AT_SCRIPT}"
    )
    change = "" if script == "score.py" else SCRIPT.format(script)
    assert _told(folder, change) == [said]
    with (folder / "src" / ignore).open("a") as file:
        file.write(f"!{script}\n")
    assert _told(folder, change) == []


def test_of_two_ignore_files_the_one_that_counts_is_asked(folder: Path) -> None:
    write_files(folder / "src", {".gitignore": "score.py", ".amlignore": "request.json"})
    assert _told(folder) == []


def test_a_script_in_a_cache_is_no_content(folder: Path) -> None:
    write_files(folder / "src", {"__pycache__/score.py": project.SCORE})
    (said,) = _told(folder, SCRIPT.format("__pycache__/score.py"))
    assert "is left out of the folder. Give it another place." in said


def test_an_ignore_file_that_cannot_be_read(folder: Path) -> None:
    (folder / "src/.amlignore").write_bytes(b"\xff\n")
    (said,) = _told(folder)
    assert said.startswith(f"{CODE}src/.amlignore: 'utf-8' codec can't decode byte")
    assert "Correct the ignore file." in said


def test_a_dockerfile_that_its_context_leaves_out(folder: Path) -> None:
    write_files(folder / "image", {"Dockerfile": "FROM ubuntu\n", "a": "", ".gitignore": "Dock*"})
    (said,) = _told(folder, DOCKERFILE)
    assert said.startswith(
        "endpoint.yml:20:29: dockerfile 'file:image/Dockerfile' is left out of the folder by"
        " image/.gitignore."
    )


def test_a_folder_that_the_dockerfile_does_not_read_may_have_anything(folder: Path) -> None:
    change = (
        "-       conda_file: file:conda.yml\n+       path: src\n@@\n"
        "-         image: ubuntu:22.04\n+         build: {dockerfile: file:Dockerfile}\n"
    )
    os.mkfifo(folder / "src/pipe")
    assert len(_told(folder, change)) == 1  # as code
    (folder / "Dockerfile").write_text("FROM ubuntu\nADD a b\n")
    assert len(_told(folder, change)) == 2


def test_an_mlflow_model_whose_description_is_left_out_is_none(folder: Path) -> None:
    change = MODEL.replace("local_path: model\n", "local_path: mlflow-model\n") + (
        "@@\n-     code_configuration:\n-       code:\n-         local_path: src\n"
        "-       scoring_script: score.py\n"
    )
    assert _told(folder, change) == []
    write_files(folder / "mlflow-model", {".amlignore": "MLmodel", "a": ""})
    (said,) = _told(folder, change)
    assert "a deployment needs 'code_configuration'" in said
