"""How many values are read, and how deep, with the C parser and with the Python parser."""

from __future__ import annotations

import pytest
import yaml

from azext_ml_endpoint.document import yaml_reader
from azext_ml_endpoint.document.yaml_reader import MAX_DEPTH, MAX_VALUES
from tests.unit.document.reading import messages_of, read

pytestmark = pytest.mark.usefixtures("yaml_parser")


def _laughs(count: int) -> str:
    lines = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, count)]
    return "\n".join(["a0: &a0 [lol]", *lines])


def _merges(count: int) -> str:
    lines = [f"a{n}: &a{n} {{<<: *a{n - 1}, x{n}: *a{n - 1}}}" for n in range(1, count)]
    return "\n".join(["a0: &a0 {k: v}", *lines])


def _squares(count: int) -> str:
    return f"a: &a [{', '.join(['x'] * count)}]\nb: [{', '.join(['*a'] * count)}]"


@pytest.mark.parametrize("text", [_laughs(30), _merges(30), _squares(200)])
def test_aliases_that_explode_are_refused(text: str) -> None:
    node, (finding,) = read(text)
    assert node is None
    assert finding.message == "more than 3,000 values in one file"
    assert finding.place.line > 1


def test_the_limit_of_values_counts_each_use_of_an_alias() -> None:
    below = f"a: &a [{', '.join(['x'] * (MAX_VALUES // 2 - 2))}]\nb: *a\nc: 1\n"
    assert messages_of(below) == []
    assert len(messages_of(below + "d: 1\n")) == 1


def test_values_may_be_nested_as_deep_as_the_limit() -> None:
    assert messages_of("[" * MAX_DEPTH + "x" + "]" * MAX_DEPTH) == []


MANY = 100_000
TOO_DEEP = {
    "lists in brackets": ("[" * MANY, "1:52"),
    "lists in brackets that are closed": ("[" * MANY + "]" * MANY, "1:52"),
    "lists in brackets, below a key": ("a: 1\nb: " + "[" * MANY, "2:54"),
    "lists in brackets, a few to a line": ("[[[\n" * MANY, "18:1"),
    "mappings in braces": ("{a: " * MANY, "1:205"),
    "lists and mappings by turns": ("[{a: " * MANY, "1:127"),
    "lists of dashes": ("- " * MANY, "1:103"),
    "lists of dashes around brackets": ("- " * 20 + "[" * MANY, "1:72"),
    "mappings, line by line": ("\n".join(" " * n + "a:" for n in range(1_200)), "52:52"),
    "mappings of lists, line by line": (
        "\n".join(" " * 2 * n + "- a:" for n in range(1_200)),
        "26:53",
    ),
    "with anchors": ("&a [" * MANY, "1:205"),
    "with tags": ("!!seq [" * MANY, "1:358"),
    "more than the parser may look ahead": ("[" + " " * 1_100 + "[" * MANY, "1:1152"),
    "before something that begins no value": ("[" * 60 + "@", "1:52"),
    "before a quote that is not closed": ("[" * 60 + "'x", "1:52"),
}


@pytest.mark.parametrize("case", TOO_DEEP)
def test_what_is_nested_deeper_is_found_where_it_begins(case: str) -> None:
    text, place = TOO_DEEP[case]
    assert messages_of(text) == [f"f.yml:{place}: values are nested more than 50 deep"]


@pytest.mark.parametrize(
    ("opening", "place"), [("{", "1:2"), ("{[", "1:2"), ("[{", "1:3"), ("? ", "1:3")]
)
def test_keys_that_are_nested_are_found_before_the_limit(opening: str, place: str) -> None:
    message = "a mapping or a list cannot be a key"
    (found,) = messages_of(opening * MANY)
    assert found.startswith(f"f.yml:{place}: {message}")


def test_what_was_found_before_is_kept() -> None:
    assert messages_of("a: ${UNSET}\nb: " + "[" * MANY) == [
        "f.yml:1:4: the environment variable UNSET is not set. Try: export UNSET=… (a)",
        "f.yml:2:54: values are nested more than 50 deep",
    ]


@pytest.mark.parametrize("most", [MAX_DEPTH + 2, 64, 1_000])
@pytest.mark.parametrize("opening", ["[", "{a: ", "[{a: "])
def test_a_parser_that_takes_less_changes_nothing(
    most: int, opening: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = messages_of(opening * MANY)
    monkeypatch.setattr(yaml_reader, "LOADER", _loader_that_takes(most))
    assert messages_of(opening * MANY) == expected
    assert "more than 50 deep" in expected[0]


def _loader_that_takes(most: int) -> type[yaml.SafeLoader]:
    class Loader(yaml.SafeLoader):
        def fetch_flow_collection_start(self, token: type[yaml.Token]) -> None:
            if self.flow_level == most:
                mark = self.get_mark()
                raise yaml.scanner.ScannerError("while counting", mark, "too many", mark)
            super().fetch_flow_collection_start(token)

    return Loader


def test_nesting_through_aliases_has_the_same_limit() -> None:
    half = "[" * 30 + "x" + "]" * 30
    assert messages_of(f"a: &a {half}\nb: [*a]\n") == []
    assert messages_of(f"a: &a {half}\nb: {half.replace('x', '*a')}\n") == [
        "f.yml:2:34: values are nested more than 50 deep"
    ]


def test_an_anchor_inside_an_anchor_leaves_the_outer_one_as_deep_as_it_is() -> None:
    half = "[" * 30 + "x" + "]" * 30
    text = f"a: &a [{half}, &b x]\nb: {'[' * 20}*a{']' * 20}\n"
    assert messages_of(text) == ["f.yml:2:24: values are nested more than 50 deep"]
