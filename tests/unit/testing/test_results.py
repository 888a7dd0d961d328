from __future__ import annotations

from xml.etree import ElementTree

import pytest

from azext_ml_endpoint.testing import junit
from azext_ml_endpoint.testing.results import Result, Results

GOOD = Result(name="two patients", deployment=None, status=200, seconds=0.0312)
BAD = Result(
    name="a <row> & more",
    deployment="green",
    status=500,
    seconds=1.5,
    faults=("expected 1", "expected \x1b[1m2"),
)


def results(*each: Result) -> Results:
    return Results(endpoint="houses", results=each)


def test_the_table_has_a_line_for_each_test_and_each_fault() -> None:
    assert results(GOOD, BAD).table() == [
        "passed  (traffic)  two patients    31 ms",
        "FAILED  green      a <row> & more  1500 ms",
        "        expected 1",
        "        expected \x1b[1m2",
    ]


def test_the_summary_counts() -> None:
    assert results(GOOD).summary() == "1 test passed"
    assert results(GOOD, GOOD).summary() == "2 tests passed"
    assert results(GOOD, BAD).summary() == "1 of 2 tests failed"
    assert results(BAD).summary() == "1 of 1 test failed"


def test_what_passes_has_no_trouble() -> None:
    assert results(GOOD).trouble() is None
    assert results(GOOD, BAD).trouble() == "1 of 2 tests failed: a <row> & more: expected 1"


def test_a_report_is_junits_whatever_is_in_it() -> None:
    suites = ElementTree.fromstring(junit.report(results(GOOD, BAD)))
    (suite,) = suites
    assert suites.tag == "testsuites"
    assert suite.attrib == {
        "name": "houses",
        "tests": "2",
        "failures": "1",
        "errors": "0",
        "skipped": "0",
        "time": "1.531",
    }
    good, bad = suite
    assert good.attrib == {"classname": "houses", "name": "two patients", "time": "0.031"}
    assert list(good) == []
    assert bad.attrib == {"classname": "houses.green", "name": "a <row> & more", "time": "1.500"}
    (failure,) = bad
    assert failure.attrib == {"message": "expected 1"}
    assert failure.text == "expected 1\nexpected \N{REPLACEMENT CHARACTER}[1m2"


@pytest.mark.parametrize(
    ("content", "is_one"),
    [
        (junit.report(results(GOOD)), True),
        (b"<testsuite name='x'/>", True),
        (b'\n<?xml version="1.0"?>\n<!-- by pytest -->\n<testsuites/>', True),
        (b'<?xml version="1.0"?><project/>', False),
        (b"name: houses  # <testsuites>", False),
        (b"{}", False),
        (b"", False),
        (b"\xff\xfe", False),
    ],
)
def test_a_report_is_known_by_its_beginning(content: bytes, is_one: bool) -> None:
    assert junit.is_report(content) == is_one
