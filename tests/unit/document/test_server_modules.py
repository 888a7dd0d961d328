"""Modules in a code folder that the inference server's own go before."""

from __future__ import annotations

from pathlib import Path

import pytest

from azext_ml_endpoint.document import server_modules
from azext_ml_endpoint.document.validate import validate
from tests.fakes.builders import write_files
from tests.unit.document import catalogue, project

SCRIPT = "-       scoring_script: score.py\n+       scoring_script: {0}\n"
OWN_SERVER = (
    "-       conda_file: file:conda.yml\n+       inference_config:\n"
    "+         liveness_route: {port: 1, path: /}\n+         readiness_route: {port: 1, path: /}\n"
    "+         scoring_route: {port: 1, path: /}\n"
)


def _told(folder: Path, change: str = "") -> list[str]:
    text = catalogue.changed(project.ENDPOINT, change.splitlines())
    return project.lines(validate(project.tree(text, folder)), folder)


def _warning(file: str, module: str) -> str:
    name = file.rpartition("/")[2]
    return (
        f"warning: {file}:1:1: the inference server has a module '{module}' of its own, which is"
        f" imported in place of this one. Give it another name, such as my_{name}."
        " (deployments[0].code_configuration.scoring_script)"
    )


@pytest.mark.parametrize("module", sorted(server_modules.KNOWN))
def test_a_module_that_the_server_has_too_is_a_warning(module: str, folder: Path) -> None:
    write_files(folder / "src", {f"{module}.py": ""})
    assert _told(folder) == [_warning(f"src/{module}.py", module)]


@pytest.mark.parametrize("file", ["__init__.py", "text.py"])
def test_so_is_a_package(file: str, folder: Path) -> None:
    write_files(folder / "src", {f"utils/{file}": ""})
    assert _told(folder) == [_warning("src/utils", "utils")]


def test_so_is_one_beside_a_script_in_a_folder_of_its_own(folder: Path) -> None:
    files = {"package/score.py": project.SCORE, "package/config.py": "", "swagger.py": ""}
    write_files(folder / "src", files)
    assert _told(folder, SCRIPT.format("package/score.py")) == [
        _warning("src/package/config.py", "config"),
        _warning("src/swagger.py", "swagger"),
    ]


@pytest.mark.parametrize(
    "file", ["helpers.py", "package/utils.py", "utils.txt", "config/settings.yml", "my_config.py"]
)
def test_others_are_none(file: str, folder: Path) -> None:
    write_files(folder / "src", {file: ""})
    assert _told(folder) == []


def test_the_script_itself_may_have_any_name(folder: Path) -> None:
    write_files(folder / "src", {"entry.py": project.SCORE})
    assert _told(folder, SCRIPT.format("entry.py")) == []


def test_another_server_has_no_such_modules(folder: Path) -> None:
    write_files(folder / "src", {"utils.py": ""})
    assert _told(folder, OWN_SERVER) == []


def test_a_server_that_is_installed_beside_this_tool_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = tmp_path / server_modules.PACKAGE / "server"
    write_files(
        server, {"__init__.py": "", "new_one.py": "", "parts/__init__.py": "", "a.json": ""}
    )
    assert server_modules.of_server(server) == {"new_one", "parts"}
    monkeypatch.syspath_prepend(str(tmp_path))
    server_modules.taken.cache_clear()
    assert server_modules.taken() == {*server_modules.KNOWN, "new_one", "parts"}
    server_modules.taken.cache_clear()
