"""What people read for each way to break YAML, with the C parser and with the Python parser."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from azext_ml_endpoint.document import yaml_reader
from azext_ml_endpoint.document.yaml_reader import Origin

TAB = "a tab cannot indent YAML. Use spaces."
QUOTES = "Put the value in quotes."
KEY_VALUE = "Write key: value."
SAME_COLUMN = "begin in the same column."
ESCAPE = (
    "a backslash in double quotes begins no known escape."
    " Use single quotes, or double the backslash."
)

CASES = [
    ("a:\n\tb: 1\n", f"2:1: {TAB}"),
    ("a: x\n\tb: 1\n", f"2:1: {TAB}"),
    ("a:\n  b: 1\n \tc: 2\n", f"3:2: {TAB}"),
    ("a:\n- b: 1\n\tc: 2\n", f"3:1: {TAB}"),
    ("a: |\n\tx\n", f"2:1: {TAB}"),
    ("a: @\t", "1:4: a value cannot begin with '@'. " + QUOTES),
    ('a: "abc\nb: 2\n', "1:4: the quote opened here is never closed"),
    ("b: 1\na: 'abc\nb: 2\n", "2:4: the quote opened here is never closed"),
    (
        'a: "abc\nb: 1\nc: "key"\n',
        "1:4: the quote opened here is closed only on line 3. Is a quote missing?",
    ),
    ("a: 'it's'\n", "1:8: text after the closing quote. Inside single quotes, write '' for one."),
    ('a: "x" y\n', '1:8: text after the closing quote. Write \\" for ".'),
    ("a: b: c\n", f"1:5: a second ': ' on one line. {QUOTES}"),
    (
        "name: x\n\n  type: y\n",
        "3:7: this line is indented below line 1, which already has a value."
        f" Keys of one mapping {SAME_COLUMN}",
    ),
    (
        "a:\n  b: 1\n c: 2\n",
        "3:2: this does not fit the mapping that begins on line 1, column 1."
        f" Its keys {SAME_COLUMN}",
    ),
    (
        "a:\n  - b: 1\n    c: 2\n   - d: 3\n",
        f"4:4: this does not fit the list that begins on line 2, column 3. Its items {SAME_COLUMN}",
    ),
    (
        "- a\nb: 1\n",
        f"2:1: this does not fit the list that begins on line 1, column 1. Its items {SAME_COLUMN}",
    ),
    ("name\ntype: online\n", f"1:1: no ': ' on this line. {KEY_VALUE}"),
    ("a:\n  b: 1\n  name\n  c: 2\n", f"3:3: no ': ' on this line. {KEY_VALUE}"),
    ("name:x\ntype: online\n", f"1:1: no space after ':'. {KEY_VALUE}"),
    ("a: 1\nname:x\n", f"2:1: no space after ':'. {KEY_VALUE}"),
    ("a: [1, 2\nb: 3\n", "2:2: expected ',' or ']' here, for the '[' on line 1"),
    ("a: {x: 1]\n", "1:9: expected ',' or '}' here, for the '{' on line 1"),
    ("a: [1, 2\n\n", "1:4: the '[' opened here is never closed"),
    ("a: [${A}]\n", '1:6: ${…} inside [ ] or { } needs quotes. Write "${VAR}".'),
    ('a: "C:\\models"\n', f"1:4: {ESCAPE}"),
    ('a: "C:\\Users\\x"\n', f"1:4: {ESCAPE}"),
    ("a: `x`\n", f"1:4: a value cannot begin with '`'. {QUOTES}"),
    ("a: %x\n", f"1:4: a value cannot begin with '%'. {QUOTES}"),
    ("a: *.py\n", f"1:4: a value cannot begin with '*'. {QUOTES}"),
    ("a: &&\n", f"1:4: a value cannot begin with '&'. {QUOTES}"),
    ("a: ]\n", f"1:4: a value cannot begin with ']'. {QUOTES}"),
    ("a: {b}}\n", f"1:7: unexpected text after the value. {QUOTES}"),
    ("a: 1\nb: [", "2:5: the text ends here, and a '[' or '{' is still open"),
    ("a: 1\nb: {x: [1,\n\n", "2:11: the text ends here, and a '[' or '{' is still open"),
    ("a: - b\n", "1:4: a list item cannot stand here. Begin the list on its own line."),
    ("a: 1\n...\nb: 2\n", "3:1: unexpected text after the end of the document"),
]


@pytest.mark.parametrize("loader", [yaml.CSafeLoader, yaml.SafeLoader])
@pytest.mark.parametrize(("text", "message"), CASES)
def test_a_syntax_error_is_told_in_plain_words(
    text: str, message: str, loader: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(yaml_reader, "LOADER", loader)
    node, findings = yaml_reader.parse(text, Origin(file="f.yml", base=Path()), {})
    assert node is None
    assert [str(finding) for finding in findings] == [f"f.yml:{message}"]


def test_a_tab_that_only_the_python_parser_refuses_is_told_in_plain_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(yaml_reader, "LOADER", yaml.SafeLoader)
    _, (finding,) = yaml_reader.parse("a:\t1", Origin(file="f.yml", base=Path()), {})
    assert str(finding) == "f.yml:1:3: a tab cannot stand here. Use spaces."


def test_what_has_no_plain_words_is_told_in_yamls_own() -> None:
    _, (finding,) = yaml_reader.parse("%YAML 2.0\n---\n", Origin(file="f", base=Path()), {})
    assert str(finding).startswith("f:1:1: invalid YAML: found incompatible YAML document")
