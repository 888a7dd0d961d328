"""One entry goes into launch.json, and all else stays byte by byte."""

from __future__ import annotations

import json

import pytest

from azext_ml_endpoint.errors import EndpointError
from azext_ml_endpoint.local.debug.launch_json import with_entry

ENTRY = {"name": "az ml endpoint: blue", "type": "debugpy", "connect": {"port": 5678}}
OTHERS = [
    '{"version": "0.2.0"}',
    "{}",
    '{"configurations": []}',
    '{\r\n\t"configurations": [\r\n\t\t// mine\r\n\t\t{"name": "a",}, /* b, ] */\r\n\t],\r\n}\r\n',
    ' \n// mine\n{"configurations": [ ]} \n\n',
    '\ufeff{ // "configurations": [\n "inputs": [1, -2e3, null, "[\\"//"],'
    ' "configurations" : [ {} ] }',
]


@pytest.mark.parametrize("text", OTHERS)
def test_all_else_is_as_it_was(text: str) -> None:
    changed = with_entry(text, ENTRY)
    start = next(i for i in range(len(changed)) if changed[: i + 1] != text[: i + 1])
    added = len(changed) - len(text)
    around = [changed[:i] + changed[i + added :] for i in range(start + 1)]
    assert text in around


@pytest.mark.parametrize("text", ["", " \n", *OTHERS])
def test_a_second_run_changes_nothing(text: str) -> None:
    changed = with_entry(text, ENTRY)
    assert changed != text
    assert with_entry(changed, ENTRY) == changed


def test_a_new_file_is_plain_json() -> None:
    assert json.loads(with_entry("", ENTRY)) == {"configurations": [ENTRY], "version": "0.2.0"}


def test_an_entry_of_that_name_is_replaced_alone() -> None:
    text = with_entry(OTHERS[3], ENTRY)
    other = {**ENTRY, "connect": {"port": 5679}}
    assert with_entry(text, other) == text.replace("5678", "5679")


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "{",
        '{"a" 1}',
        '{"a": 1} 2',
        '{"configurations": {}}',
        "{'a': 1}",
        '{"a": /* ',
        "{1: 2}",
        '{"a": ' + "[" * 5000,
    ],
)
def test_a_damaged_file_is_refused(text: str) -> None:
    with pytest.raises(EndpointError, match=r"launch\.json:1: the file cannot be read"):
        with_entry(text, ENTRY)


def test_the_same_entry_in_other_formatting_stays() -> None:
    text = f'{{"configurations": [/* mine */ {json.dumps(ENTRY)}]}}'
    assert with_entry(text, ENTRY) == text


def test_what_somebody_has_added_to_the_entry_stays() -> None:
    added = {**ENTRY, "justMyCode": False}
    text = json.dumps({"configurations": [added]})
    assert with_entry(text, ENTRY) == text
    moved = {**ENTRY, "connect": {"port": 5679}}
    (entry,) = json.loads(with_entry(text, moved))["configurations"]
    assert entry == {**moved, "justMyCode": False}


def test_lines_end_as_they_do_in_the_file() -> None:
    for text in (OTHERS[3], with_entry(OTHERS[3], {**ENTRY, "connect": {"port": 1}})):
        changed = with_entry(text, ENTRY)
        assert changed.count("\n") == changed.count("\r\n") > text.count("\r\n") - 1
