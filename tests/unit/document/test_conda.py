from __future__ import annotations

from pathlib import Path

import pytest

from azext_ml_endpoint.document import spelling
from azext_ml_endpoint.document.conda import check
from azext_ml_endpoint.document.spot import Spot
from tests.unit.document import project

NO_SERVER = (
    "warning: conda.yml:1:1: the conda file has no inference server in it."
    " Add azureml-inference-server-http to the pip section of dependencies. (conda_file)"
)


def _found(folder: Path, content: str | bytes, *, needs_server: bool = True) -> list[str]:
    """Of a conda file with this content."""
    data = content if isinstance(content, bytes) else content.encode()
    (folder / "conda.yml").write_bytes(data)
    return _found_in("conda_file: file:conda.yml\n", folder, needs_server=needs_server)


def _found_in(document: str, folder: Path, *, needs_server: bool = True) -> list[str]:
    text = spelling.conda(Spot(project.tree(document, folder, "env.yml")))
    assert text is not None
    return project.lines(check(text, needs_server), folder)


@pytest.mark.parametrize(
    "dependencies",
    [
        "[python, pip, {pip: [azureml-inference-server-http]}]",
        "[{pip: ['azureml-inference-server-http~=1.5; python_version>\"3\"']}]",
        "[{pip: [AzureML_Defaults==1.50]}]",
        "[{pip: ['./azureml_inference_server_http-1.5.1-py3-none-any.whl']}]",
        "[{pip: ['git+https://example.org/azureml-inference-server-http']}]",
        "[azureml-defaults=1.50]",
        "['conda-forge::azureml-inference-server-http']",
    ],
)
def test_an_inference_server_is_found_in(dependencies: str, folder: Path) -> None:
    assert _found(folder, f"dependencies: {dependencies}\n") == []


@pytest.mark.parametrize(
    "line", ["-r requirements.txt", "--requirement=more.txt", "-e .", "--editable src", "."]
)
def test_nothing_is_said_where_requirements_stand_elsewhere(line: str, folder: Path) -> None:
    assert _found(folder, f"dependencies: [{{pip: ['{line}']}}]\n") == []


@pytest.mark.parametrize(
    "dependencies",
    [
        "[]",
        "[python, pip]",
        "[{pip: }]",
        "[{pip: []}]",
        "[{pip: [flask, --no-deps]}]",
        "[azureml-core]",
    ],
)
def test_the_inference_server_is_missed_in(dependencies: str, folder: Path) -> None:
    assert _found(folder, f"dependencies: {dependencies}\n") == [NO_SERVER]
    assert _found(folder, f"dependencies: {dependencies}\n", needs_server=False) == []


@pytest.mark.parametrize(
    ("content", "findings"),
    [
        ("", ["conda.yml: the file is empty (conda_file)"]),
        ("- python\n", ["conda.yml:1:1: conda_file must be a mapping, not a list (conda_file)"]),
        ("name: mine\n", ["conda.yml:1:1: a conda file needs 'dependencies' (conda_file)"]),
        (
            "dependancies: [python]\n",
            [
                "conda.yml:1:1: 'dependancies' is no key of a conda file;"
                " did you mean 'dependencies'? (conda_file.dependancies)"
            ],
        ),
        (
            "platforms: [linux-64]\ndependencies: [azureml-defaults]\n",
            [
                "warning: conda.yml:1:1: 'platforms' is no key of a conda file"
                " (conda_file.platforms)"
            ],
        ),
        (
            "dependencies: azureml-defaults\n",
            [
                "conda.yml:1:15: dependencies must be a list, not 'azureml-defaults'"
                " (conda_file.dependencies)"
            ],
        ),
        (
            "dependencies:\n  - python: 3.8\n  - 1\n  - pip: flask\n",
            [
                "conda.yml:2:5: 'python' is no key of a pip section"
                " (conda_file.dependencies[0].python)",
                "conda.yml:2:5: a pip section needs 'pip' (conda_file.dependencies[0])",
                "conda.yml:3:5: dependencies[1] must be a string such as 'python=3.11' or a"
                " mapping, not 1 (conda_file.dependencies[1])",
                "conda.yml:4:10: pip must be a list, not 'flask' (conda_file.dependencies[2].pip)",
            ],
        ),
        (
            "dependencies:\n\t- python\n",
            ["conda.yml:2:1: a tab cannot indent YAML. Use spaces. (conda_file)"],
        ),
        (
            b"dependencies: [\xff]\n",
            [
                "env.yml:1:13: conda_file 'file:conda.yml' is not UTF-8 text: byte 0xff."
                " Save the file as UTF-8. (conda_file)"
            ],
        ),
    ],
)
def test_it_is_told_of(content: str | bytes, findings: list[str], folder: Path) -> None:
    assert _found(folder, content) == findings


def test_a_variable_in_it_is_left_to_conda(folder: Path) -> None:
    content = "dependencies: [{pip: ['--index-url https://${TOKEN}@x/$$1', azureml-defaults]}]\n"
    assert _found(folder, content) == []


def test_an_alias_bomb_in_it_is_refused(folder: Path) -> None:
    levels = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10))
    (finding,) = _found(folder, f"a0: &a0 x\n{levels}dependencies: *a9\n")
    assert "values in one file" in finding


def test_findings_of_a_text_in_the_document_stand_where_it_begins(folder: Path) -> None:
    document = "conda_file: |\n  dependencies:\n    - pip: flask\n"
    assert _found_in(document, folder) == [
        "env.yml:1:13: pip must be a list, not 'flask' (conda_file.dependencies[0].pip)"
    ]


def test_findings_of_a_mapping_in_the_document_stand_at_the_value(folder: Path) -> None:
    document = "conda_file:\n  dependencies:\n    - pip: flask\n"
    assert _found_in(document, folder) == [
        "env.yml:3:12: pip must be a list, not 'flask' (conda_file.dependencies[0].pip)"
    ]


@pytest.mark.parametrize("opening", ["[", "{a: ", "{a: [", "&b ["])
def test_nesting_has_a_limit(opening: str, folder: Path) -> None:
    (found,) = _found(folder, "dependencies:\n  - " + opening * 100_000)
    assert found.startswith("conda.yml:2:")
    assert "values are nested more than 50 deep" in found
