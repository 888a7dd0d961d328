"""Values, keys and their places, with the C parser and with the Python parser: both read alike.

How much is read is in :mod:`.test_yaml_limits`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from azext_ml_endpoint.document import yaml_reader
from azext_ml_endpoint.document.finding import Place
from azext_ml_endpoint.document.node import descend, plain
from azext_ml_endpoint.document.yaml_reader import Origin
from tests.unit.document.reading import messages_of, read, tree_of, value_of

pytestmark = pytest.mark.usefixtures("yaml_parser")


def test_every_value_and_every_key_knows_its_place() -> None:
    tree = tree_of("# comment\nname: x\ndeployments:\n  - name: 'blue'\n    model: {name: m}\n")
    assert tree.place == Place("f.yml", 2, 1)
    assert descend(tree, ("name",)).place == Place("f.yml", 2, 7)
    assert descend(tree, ("deployments",)).place == Place("f.yml", 4, 3)
    assert descend(tree, ("deployments", 0, "name")).place == Place("f.yml", 4, 11)
    assert descend(tree, ("deployments", 0, "model", "name")).place == Place("f.yml", 5, 19)
    assert tree.keys == {"name": Place("f.yml", 2, 1), "deployments": Place("f.yml", 3, 1)}
    assert descend(tree, ("deployments", 0)).keys["model"] == Place("f.yml", 5, 5)


def test_columns_count_characters_and_not_bytes() -> None:
    assert descend(tree_of("é: [ü, x]"), ("é", 1)).place.column == 8


def test_every_value_knows_its_base() -> None:
    assert descend(tree_of("a: [x]"), ("a", 0)).base == Path("/work")


_SCALARS_AS_WRITTEN = """\
2, -2, 0x1F, 0b11, 010, 1_000, 1:30, 2.5, 1e3, 1.5e+3, .5, .inf, -.inf, true, Yes, off, null, ~
'2', "true", x, '', =, 0x_, !!str 2, !!int '2', ! 2, 1.2.3"""


@pytest.mark.parametrize("text", re.split(r", |\n", _SCALARS_AS_WRITTEN))
def test_values_are_what_safe_load_makes_of_them(text: str) -> None:
    try:
        expected = yaml.safe_load(f"- {text}")
    except (ValueError, yaml.YAMLError):  # "=" and "0x_" are beyond it
        expected = [text]
    value = value_of(f"- {text}")
    assert (value, type(value[0])) == (expected, type(expected[0]))


@pytest.mark.parametrize("text", ["2021-06-01", "2021-06-01T10:00:00Z", "2021-99-99"])
def test_a_timestamp_is_text(text: str) -> None:
    assert value_of(f"- {text}") == [text]


def test_a_number_longer_than_any_number_is_text() -> None:
    assert value_of("- " + "1" * 100) == ["1" * 100]


def test_a_key_is_the_text_that_was_written() -> None:
    assert list(value_of("1: a\n1.10: b\non: c\nnull: d\n'x': e\n")) == [
        "1",
        "1.10",
        "on",
        "null",
        "x",
    ]


def test_an_alias_is_its_anchor_again_with_the_anchors_place() -> None:
    tree = tree_of("a: &x {k: 1}\nb: *x\nc: &x 2\nd: *x\n")
    assert plain(tree) == {"a": {"k": 1}, "b": {"k": 1}, "c": 2, "d": 2}
    assert descend(tree, ("b", "k")).place == Place("f.yml", 1, 11)


def test_merged_keys_give_way_to_written_ones_and_later_ones_to_earlier_ones() -> None:
    text = "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc:\n  z: 3\n  <<: [*a, *b]\nd: {<<: *b, y: 4}\n"
    assert value_of(text) == yaml.safe_load(text)


def test_a_merged_key_has_the_place_where_it_was_written() -> None:
    tree = tree_of("a: &a\n  x: 1\n  y: 1\nb:\n  y: 2\n  <<: *a\n")
    assert descend(tree, ("b",)).keys == {"x": Place("f.yml", 2, 3), "y": Place("f.yml", 5, 3)}


def test_only_mappings_can_be_merged() -> None:
    assert messages_of("a:\n  <<: [x]\n  y: 1\n") == [
        "f.yml:2:3: '<<' needs a mapping or a list of mappings (a)"
    ]


def test_each_duplicate_key_is_found_and_the_first_value_stays() -> None:
    node, findings = read("a:\n  b: 1\n  b: 2\n  b: 3\nc: 4\n'c': 5\n")
    assert [str(finding) for finding in findings] == [
        "f.yml:3:3: duplicate key 'b', first written on line 2 (a.b)",
        "f.yml:4:3: duplicate key 'b', first written on line 2 (a.b)",
        "f.yml:6:1: duplicate key 'c', first written on line 5 (c)",
    ]
    assert node is not None and plain(node) == {"a": {"b": 1}, "c": 4}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        (" \n\n", "the file is empty"),
        ("# only\n# comments\n", "the file holds no values"),
        ("---\n", "the file holds no values"),
        ("null", "the file holds no values"),
    ],
)
def test_a_file_without_values_makes_no_tree(text: str, message: str) -> None:
    node, findings = read(text)
    assert (node, [str(finding) for finding in findings]) == (None, [f"f.yml:1:1: {message}"])


def test_a_second_document_is_found_and_the_first_read() -> None:
    node, findings = read("---\na: 1\n---\nb: 2\n")
    assert node is not None and plain(node) == {"a": 1}
    assert [str(finding) for finding in findings] == [
        "f.yml:3:1: a second document begins here; a file holds one"
    ]


@pytest.mark.parametrize("text", ["---\na: 1\n", "%YAML 1.1\n---\na: 1\n...\n", "\na: 1"])
def test_the_marks_of_one_document_are_allowed(text: str) -> None:
    assert value_of(text) == {"a": 1}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: \0", "f.yml:1:4: a NUL byte is in the text. A document is plain text."),
        (
            "a: 1\nb: \x07",
            "f.yml:2:4: the control character U+0007 is in the text. A document is plain text.",
        ),
        ('a: "\\0"', "f.yml:1:4: the value has a NUL or bytes that are not UTF-8 in it (a)"),
        ("a: *x", "f.yml:1:4: there is no anchor &x before this alias. Put the value in quotes."),
        ("a: &x [*x]", "f.yml:1:8: the alias *x stands inside its own anchor"),
        ("a: &x 1\n*x : 2", "f.yml:2:1: an alias cannot be a key. Put the value in quotes."),
        (
            "image: {{acr}}/x",
            "f.yml:1:9: a mapping or a list cannot be a key."
            " Fill in placeholders {{…}}, or put them in quotes.",
        ),
        ("a: !!int x", "f.yml:1:4: the YAML tag !!int does not suit this value. Remove it. (a)"),
        ("a: !!int ''", "f.yml:1:4: the YAML tag !!int does not suit this value. Remove it. (a)"),
        (
            "a: !!float _",
            "f.yml:1:4: the YAML tag !!float does not suit this value. Remove it. (a)",
        ),
        ("a: !!bool x", "f.yml:1:4: the YAML tag !!bool does not suit this value. Remove it. (a)"),
        ("a: !Ref x", "f.yml:1:4: the YAML tag !Ref does not suit this value. Remove it. (a)"),
        (
            "a: !!python/name:os ''",
            "f.yml:1:4: the YAML tag !!python/name:os does not suit this value. Remove it. (a)",
        ),
        ("a: !!set {b}", "f.yml:1:4: the YAML tag !!set does not suit this value. Remove it. (a)"),
        ("a: !!map [b]", "f.yml:1:4: the YAML tag !!map does not suit this value. Remove it. (a)"),
    ],
)
def test_what_no_document_may_hold_is_found(text: str, message: str) -> None:
    assert messages_of(text) == [message]


def test_an_unquoted_variable_alone_is_typed_and_all_else_is_text() -> None:
    text = "- ${N}\n- '${N}'\n- \"${N}\"\n- ${N}${N}\n- 1${N}\n- ${M:-2.5}\n- |-\n  ${N}\n- ${B}\n"
    assert value_of(text, N="2", B="true") == [2, "2", "2", "22", "12", 2.5, "2", True]


def test_a_variable_cannot_bring_in_yaml() -> None:
    assert value_of("a: ${X}", X="[1]\nb: *c") == {"a": "[1]\nb: *c"}


def test_keys_are_not_looked_through_for_variables() -> None:
    assert value_of("${X}: 1") == {"${X}": 1}


def test_a_secret_is_text_in_a_node_that_keeps_it() -> None:
    text = "a: ${secret:PIN}\nb: x-${secret:PIN}\nc: ['${secret:PIN}', ok]"
    tree = tree_of(text, PIN="007")
    assert plain(tree) == {"a": "007", "b": "x-007", "c": ["007", "ok"]}
    secrets = [descend(tree, path).secret for path in (("a",), ("b",), ("c", 0), ("c", 1))]
    assert secrets == [True, True, True, False]
    assert "007" not in repr(tree)


def test_each_variable_that_is_wrong_is_found_at_its_value() -> None:
    assert messages_of("a: ${X}\nb:\n  - p ${Y:?say which}\n  - ${X}\n") == [
        "f.yml:1:4: the environment variable X is not set. Try: export X=… (a)",
        "f.yml:3:5: Y: say which (b[0])",
        "f.yml:4:5: the environment variable X is not set. Try: export X=… (b[1])",
    ]


def test_an_anchored_value_is_found_wrong_once() -> None:
    assert len(messages_of("a: &a ${X}\nb: *a\nc: *a\n")) == 1


def test_bytes_of_a_variable_that_are_no_text_are_found() -> None:
    assert messages_of("a: ${X}", X="\udce9") == [
        "f.yml:1:4: the value has a NUL or bytes that are not UTF-8 in it (a)"
    ]


def test_what_came_before_a_syntax_error_is_told_too() -> None:
    assert [message[:8] for message in messages_of("a: 1\na: 2\nb: [")] == ["f.yml:2:", "f.yml:3:"]


def test_a_text_without_lines_has_one_place() -> None:
    origin = Origin(file="--set a", base=Path(), path=("a",), lines=False)
    node, findings = yaml_reader.parse("{b: ['${X}', 1], b: 2}", origin, {})
    assert node is not None and descend(node, ("b", 1)).place == Place("--set a")
    assert [str(finding) for finding in findings] == [
        "--set a: the environment variable X is not set. Try: export X=… (a.b[0])",
        "--set a: duplicate key 'b' (a.b)",
    ]


_YAMLISH = st.text(alphabet="ab1:-?,[]{}&*!|>'\"#%@`$<~=\\ \n\t\r\0\x85\ufeff\ud800é", max_size=60)
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(codec="utf-8", exclude_characters="\0$"), max_size=60)
)
_NAMES = st.text(st.characters(codec="utf-8", categories=("L", "N")), min_size=1)
_DATA = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_NAMES, inner, max_size=4),
    max_leaves=20,
)

_both_parsers = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@_both_parsers
@given(st.text() | _YAMLISH)
def test_any_text_makes_a_tree_or_findings(text: str) -> None:
    node, findings = read(text, a="1")
    assert node is not None or findings
    assert all("\n" not in str(finding) for finding in findings if "\n" not in finding.path)


@_both_parsers
@given(_DATA.filter(lambda data: data is not None))
def test_any_dumped_data_is_read_as_safe_load_reads_it(data: Any) -> None:
    text = yaml.safe_dump(data, allow_unicode=True)
    assert value_of(text) == yaml.safe_load(text)


@pytest.mark.parametrize("tag", ["int", "float", "bool", "null", "timestamp"])
@pytest.mark.parametrize(
    "text", ["", "-", "+", "0x", "0b", "_", ".", "1e", "1:" * 300 + "1", "1" * 5000, ":"]
)
def test_a_tag_that_does_not_suit_its_value_is_a_finding(tag: str, text: str) -> None:
    told = messages_of(f'!!{tag} "{text}"')
    allowed = (f"the YAML tag !!{tag} does not suit", "the file holds no values")
    assert all(any(words in each for words in allowed) for each in told)
    assert told or tag == "timestamp"
