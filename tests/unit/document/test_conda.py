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
        "[{pip: ['https://example.org/azureml_inference_server_http-1.5.1-py3-none-any.whl']}]",
        "[{pip: ['git+https://example.org/azureml-inference-server-http']}]",
        "[azureml-defaults=1.50]",
        "['conda-forge::azureml-inference-server-http']",
    ],
)
def test_an_inference_server_is_found_in(dependencies: str, folder: Path) -> None:
    assert _found(folder, f"dependencies: {dependencies}\n") == []


@pytest.mark.parametrize(
    "line",
    [
        "-r https://example.org/requirements.txt",
        "--requirement=https://example.org/more.txt",
        "-e git+https://example.org/mine.git#egg=mine",
    ],
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
        ("", ["conda.yml:1:1: the file is empty (conda_file)"]),
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


LOCAL = {
    "-r requirements.txt": "requirements.txt",
    "--requirement=more.txt": "more.txt",
    "-c ../constraints.txt": "../constraints.txt",
    "--constraint constraints.txt": "constraints.txt",
    "-e .": ".",
    "-e ./src[dev]": "./src[dev]",
    "--editable src": "src",
    "-e git+file:///home/me/mine.git": "git+file:///home/me/mine.git",
    "--find-links ./wheels": "./wheels",
    "-f wheels": "wheels",
    "--extra-index-url file:///srv/simple": "file:///srv/simple",
    ".": ".",
    "./wheels/x-1.0-py3-none-any.whl": "./wheels/x-1.0-py3-none-any.whl",
    "wheels/x": "wheels/x",
    "x-1.0.tar.gz": "x-1.0.tar.gz",
    "x-1.0.zip[extra] ; python_version > '3'": "x-1.0.zip[extra]",
    "/opt/x.whl": "/opt/x.whl",
    "~/x.whl": "~/x.whl",
    r"wheels\x.whl": r"wheels\x.whl",
    "C:/x.whl": "C:/x.whl",
    "file:x.whl": "file:x.whl",
    "FILE:///x.whl": "FILE:///x.whl",
    "x @ file:///x.whl": "file:///x.whl",
    "x[extra]@./x": "./x",
}


@pytest.mark.parametrize("line", LOCAL)
def test_what_does_not_go_along_is_told(line: str, folder: Path) -> None:
    quoted = line.replace("'", "''")
    (said,) = _found(folder, f"dependencies:\n  - azureml-defaults\n  - pip:\n    - '{quoted}'\n")
    assert said.startswith("conda.yml:4:7: pip[0] ")
    assert f"names {LOCAL[line]!r}, and only the conda file itself goes along. Name" in said


@pytest.mark.parametrize(
    "line",
    [
        "flask==3.1 --hash=sha256:a/b",
        "torch==2.0+cpu ; extra == 'a/b'",
        "requests[socks]>=2",
        "--no-index",
        "--pre",
        "--no-binary :all:",
        "--trusted-host=files.example.org",
        "--find-links https://example.org/wheels/",
        "-i https://example.org/simple",
        "--extra-index-url ${INDEX}",
        "x @ https://example.org/x.whl",
        "x@git+ssh://git@example.org/x.git",
        "https://example.org/x.tar.gz",
        "# -r requirements.txt",
        "flask # ./x.whl",
    ],
)
def test_what_can_be_had_anywhere_is_no_finding(line: str, folder: Path) -> None:
    quoted = line.replace("'", "''")
    content = f"dependencies:\n  - azureml-defaults\n  - pip:\n    - '{quoted}'\n"
    assert _found(folder, content) == []


@pytest.mark.parametrize(
    ("dependency", "message"),
    [
        ("./numpy-1.0-0.conda", "dependencies[0] names './numpy-1.0-0.conda', and only the"),
        ("numpy-1.0-0.tar.bz2", "dependencies[0] names 'numpy-1.0-0.tar.bz2', and only the"),
        ("file:///srv/conda::numpy", "dependencies[0] names 'file:///srv/conda::numpy'"),
        ("=3.11", "'=3.11' is no package as conda names it. Write name, name=1.2 or name["),
        ("python[version='3", "is no package as conda names it"),
    ],
)
def test_a_dependency_that_conda_cannot_have(dependency: str, message: str, folder: Path) -> None:
    content = f'dependencies:\n  - "{dependency}"\n  - azureml-defaults\n'
    (said,) = _found(folder, content)
    assert said.startswith("conda.yml:2:5: ") and message in said


@pytest.mark.parametrize(
    "lines",
    ["pip\n    - numpy", "pip\n    - numpy\n    - xgboost==2.1", "pip >=24\n    - numpy"],
    ids=["one package", "more", "a version of pip"],
)
def test_a_list_below_a_line_without_its_colon(lines: str, folder: Path) -> None:
    (said,) = _found(folder, f"dependencies:\n  - azureml-defaults\n  - {lines}\n")
    assert said.startswith("conda.yml:3:5: ")
    assert "is a list below a line that lacks its colon" in said


@pytest.mark.parametrize("channel", ["./channel", "file:///srv/channel", "/srv/channel", "~/c"])
def test_a_channel_that_does_not_go_along(channel: str, folder: Path) -> None:
    channels = f"channels: [conda-forge, https://conda.example.org/c, {channel}]\n"
    (said,) = _found(folder, f"{channels}dependencies: [azureml-defaults]\n")
    assert f"channels[2] names '{channel}', and only the conda file itself goes along" in said


@pytest.mark.parametrize(
    "dependency",
    [
        "python[version='>=3.10,<3.13']",
        "conda-forge/linux-64::python=3.11=*_cpython",
        "https://conda.example.org/noarch/numpy-1.0-0.conda",
        "https://conda.example.org/forge::numpy[url='https://x.org/a::b']",
        "python >=3.10,<3.13|3.14.*",
    ],
)
def test_a_dependency_in_one_of_conda_s_ways(dependency: str, folder: Path) -> None:
    assert _found(folder, f'dependencies: ["{dependency}", azureml-defaults]\n') == []


def test_a_line_of_any_length_is_read_at_once(folder: Path) -> None:
    for line in ("a" * 500_000 + "]", "[" * 500_000, "-r" * 250_000, "(" * 500_000):
        (_, *_) = _found(folder, f'dependencies: ["{line}", {{pip: ["{line}"]}}]\n')


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
