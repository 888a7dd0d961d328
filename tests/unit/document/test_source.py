from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_ml_endpoint.document import source
from azext_ml_endpoint.document.finding import Finding, Place
from azext_ml_endpoint.document.node import Node, descend, plain
from azext_ml_endpoint.document.text_file import MAX_BYTES

ENVIRONMENT = ("deployments", 0, "environment")
WITH_ENVIRONMENT = "deployments:\n  - environment: file:../env.yml\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current directory, with an empty folder ``sub`` in it."""
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _write(path: str, text: str | bytes) -> str:
    Path(path).write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def _read(path: str, **variables: str) -> tuple[Node | None, list[Finding]]:
    return source.read(path, variables=variables)


def _tree(path: str, **variables: str) -> Node:
    node, findings = _read(path, **variables)
    assert node is not None and findings == []
    return node


def _messages(path: str, *settings: str) -> list[str]:
    _, findings = source.read(path, variables={}, settings=settings)
    return [str(finding) for finding in findings]


def test_a_document_is_read_with_the_path_as_typed_and_the_base_of_its_file(folder: Path) -> None:
    _write("sub/e.yml", "name: ${N}\n")
    node = descend(_tree("./sub/../sub/e.yml", N="x"), ("name",))
    assert (node.value, node.place) == ("x", Place("./sub/../sub/e.yml", 1, 7))
    assert node.base.is_absolute() and node.base.samefile(folder / "sub")


def test_a_path_object_will_do(folder: Path) -> None:
    _write("e.yml", "a: 1")
    node, _ = source.read(folder / "e.yml", variables={})
    assert node is not None and node.place.file == str(folder / "e.yml")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "e.yml:1:1: the file is empty"),
        (b"# nothing\n", "e.yml:1:1: the file holds no values"),
        (b"a: 1\nb: x\0y", "e.yml:2:5: a NUL byte is in the text. A document is plain text."),
        (
            b"a: 1\nb: caf\xe9",
            "e.yml:2:7: the file is not UTF-8 text: byte 0xe9. Save the file as UTF-8.",
        ),
        (b"a:\n\tb: 1", "e.yml:2:1: a tab cannot indent YAML. Use spaces."),
        (b"x" * (MAX_BYTES + 1), "e.yml:1:1: the file is larger than 1 MiB"),
        (
            b"\xff\xfea",
            "e.yml:1:1: the file begins as UTF-16 and does not go on so. Save the file as UTF-8.",
        ),
    ],
)
def test_a_file_that_is_no_document_is_one_finding(content: bytes, message: str) -> None:
    assert _messages(_write("e.yml", content)) == [message]


def test_a_file_that_is_not_there_is_one_finding(folder: Path) -> None:
    _write("e.yml", "")
    assert _messages("f.yml") == ["f.yml:1:1: the file does not exist. Did you mean 'e.yml'?"]
    assert _messages("no/f.yml") == [
        "no/f.yml:1:1: the file does not exist. There is no folder 'no'."
    ]
    assert _messages("sub") == ["sub:1:1: the file is a folder, not a file"]


def test_a_pipe_is_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    (said,) = _messages("pipe")
    assert said.startswith("pipe:1:1: the file is no regular file. Give a file:")
    path = _write("e.yml", "deployments: [{environment: file:pipe}]")
    (said,) = _messages(path)
    assert said.startswith("e.yml:1:29: 'pipe' is no regular file.")


def test_marks_of_byte_order_are_no_part_of_the_document() -> None:
    assert plain(_tree(_write("e.yml", b"\xef\xbb\xbfa: 1"))) == {"a": 1}
    assert plain(_tree(_write("e.yml", "a: é".encode("utf-16")))) == {"a": "é"}


def test_the_options_name_wins_over_settings_and_those_over_the_file(folder: Path) -> None:
    path = _write("sub/e.yml", "name: a\ntype: b\nauth_mode: c\n")
    node, findings = source.read(path, variables={}, settings=["name=d", "type=e"], name="${007}")
    assert node is not None and findings == []
    assert plain(node) == {"name": "${007}", "type": "e", "auth_mode": "c"}
    assert descend(node, ("name",)).place == Place("--name")
    assert descend(node, ("type",)).base == folder


def test_wrong_settings_are_found_even_if_the_file_cannot_be_read() -> None:
    assert [message[:5] for message in _messages("f.yml", "x")] == ["f.yml", "--set"]


def test_a_document_that_is_no_mapping_is_left_to_validation() -> None:
    node, findings = source.read(_write("e.yml", "- a"), variables={}, settings=["a=1"], name="x")
    assert node is not None and (plain(node), findings) == (["a"], [])


def test_a_file_reference_is_replaced_by_the_file_with_its_own_places_and_base(
    folder: Path,
) -> None:
    _write("sub/e.yml", WITH_ENVIRONMENT)
    _write("env.yml", "# mine\nname: ${N}\nconda_file: file:conda.yml\n")
    environment = descend(_tree("sub/e.yml", N="x"), ENVIRONMENT)
    assert plain(environment) == {"name": "x", "conda_file": "file:conda.yml"}
    conda_file = descend(environment, ("conda_file",))
    assert conda_file.place == Place("env.yml", 3, 13)
    assert conda_file.base.samefile(folder)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("environment: file:x.yml", ("environment",)),
        ("code_configuration: {code: 'file: x.yml'}", ("code_configuration", "code")),
        (
            "deployments: [{}, {code_configuration: {code: file:x.yml}}]",
            ("deployments", 1, "code_configuration", "code"),
        ),
    ],
)
def test_environment_and_code_may_be_files_of_their_own(
    text: str, path: tuple[str | int, ...]
) -> None:
    _write("x.yml", "k: v")
    assert plain(descend(_tree(_write("e.yml", text)), path)) == {"k": "v"}


def test_other_file_references_stay() -> None:
    text = "deployments: [{model: file:x.yml, environment: {conda_file: file:x.yml}}]"
    _write("x.yml", "k: v")
    node = _tree(_write("e.yml", text))
    assert descend(node, ("deployments", 0, "model")).value == "file:x.yml"
    assert descend(node, (*ENVIRONMENT, "conda_file")).value == "file:x.yml"


def test_a_file_reference_from_an_option_starts_in_the_current_directory() -> None:
    _write("sub/e.yml", WITH_ENVIRONMENT)
    _write("mine.yml", "name: x")
    setting = "deployments[0].environment=file:mine.yml"
    node, findings = source.read("sub/e.yml", variables={}, settings=[setting])
    assert node is not None and findings == []
    assert plain(descend(node, ENVIRONMENT)) == {"name": "x"}


def test_a_referenced_file_that_cannot_be_read_is_found_at_the_reference() -> None:
    assert _messages(_write("sub/e.yml", WITH_ENVIRONMENT)) == [
        "sub/e.yml:2:18: 'env.yml' does not exist (deployments[0].environment)"
    ]
    Path("env.yml").mkdir()
    assert _messages("sub/e.yml") == [
        "sub/e.yml:2:18: 'env.yml' is a folder, not a file (deployments[0].environment)"
    ]


def test_what_is_wrong_in_a_referenced_file_is_found_there() -> None:
    _write("sub/e.yml", WITH_ENVIRONMENT)
    _write("env.yml", "name: ${N}\nname: b\n")
    assert _messages("sub/e.yml") == [
        "env.yml:1:7: the environment variable N is not set. Try: export N=…"
        " (deployments[0].environment.name)",
        "env.yml:2:1: duplicate key 'name', first written on line 1"
        " (deployments[0].environment.name)",
    ]
    _write("env.yml", b"name: \xff")
    assert _messages("sub/e.yml") == [
        "env.yml:1:7: 'env.yml' is not UTF-8 text: byte 0xff. Save the file as UTF-8."
        " (deployments[0].environment)"
    ]
    _write("env.yml", "")
    assert _messages("sub/e.yml") == ["env.yml:1:1: the file is empty (deployments[0].environment)"]
    _write("env.yml", b"\xff\xfea")
    (said,) = _messages("sub/e.yml")
    assert said.startswith("env.yml:1:1: 'env.yml' begins as UTF-16")


@pytest.mark.parametrize("opening", ["[", "{a: ", "- "])
def test_nesting_has_a_limit_in_a_referenced_file(opening: str) -> None:
    """Counted from the root of the document: three levels are above the reference."""
    _write("env.yml", opening * 100_000)
    assert _messages(_write("sub/e.yml", WITH_ENVIRONMENT)) == [
        f"env.yml:1:{48 * len(opening) + 1}: values are nested more than 50 deep"
        " (deployments[0].environment)"
    ]


@pytest.mark.parametrize("opening", ["[", "{a: ", "[{a: "])
def test_nesting_has_a_limit_in_a_setting(opening: str) -> None:
    assert _messages(_write("e.yml", "name: e\n"), f"tags={opening * 100_000}") == [
        "--set tags: values are nested more than 50 deep (tags)"
    ]


def test_a_broken_file_that_two_deployments_name_is_found_once() -> None:
    _write("env.yml", "a: [")
    path = _write(
        "e.yml", "deployments: [{environment: file:env.yml}, {environment: file:env.yml}]"
    )
    assert len(_messages(path)) == 1


@pytest.mark.parametrize("next_file", ["env.yml", "other.yml", "sub/e.yml"])
def test_a_referenced_file_cannot_refer_on(next_file: str) -> None:
    _write("sub/e.yml", WITH_ENVIRONMENT)
    _write("env.yml", f"file:{next_file}")
    node, findings = _read("sub/e.yml")
    assert [str(finding) for finding in findings] == [
        "env.yml:1:1: a file named by 'file:' cannot name another file (deployments[0].environment)"
    ]
    assert node is not None and descend(node, ENVIRONMENT).value == "file:../env.yml"


def test_a_reference_with_an_unset_variable_is_not_looked_for() -> None:
    path = _write("e.yml", "environment: file:${DIR}/env.yml")
    assert [str(finding.message) for finding in _read(path)[1]] == [
        "the environment variable DIR is not set"
    ]


def test_a_secret_is_in_no_finding_and_no_repr() -> None:
    path = _write("e.yml", "environment: file:${secret:S}\na: ${secret:S}\n")
    settings = ["environment.x=1", "a.b=2"]
    node, findings = source.read(path, variables={"S": "hunter2"}, settings=settings)
    assert len(findings) == 3
    assert "hunter2" not in repr(node) + repr(findings) + "".join(map(str, findings))


_TEXTS = st.text() | st.text(alphabet="ab:-?,[]{}&*!|>'\"#%@$<~=\\ \n\t\0é")
_SETTINGS = st.lists(st.text(alphabet="ab.[]01={}'\"$:*"), max_size=3)


@given(content=st.binary() | _TEXTS.map(str.encode), settings=_SETTINGS)
def test_no_file_and_no_setting_raises(
    content: bytes, settings: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yml"
    path.write_bytes(b"a: [{}, b]\n" + content)
    node, findings = source.read(path, variables={"a": "1"}, settings=settings, name="n")
    assert node is not None or findings
