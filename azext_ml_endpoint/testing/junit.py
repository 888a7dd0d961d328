"""Results as a JUnit report, which GitHub, Azure DevOps and others show.

Source: the format as Apache Ant's task junitreport writes it, which all of them read.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree as Xml

from azext_ml_endpoint.testing.results import Result, Results

_BEGIN = 1000
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def is_report(content: bytes) -> bool:
    """Whether it begins as such a report, whoever has written it."""
    begin = content[:_BEGIN].lstrip()
    return begin.startswith((b"<?xml", b"<testsuite")) and b"<testsuite" in begin


def report(results: Results) -> bytes:
    suite = Xml.Element(
        "testsuite",
        name=_sound(results.endpoint),
        tests=str(len(results.results)),
        failures=str(len(results.failed)),
        errors="0",
        skipped="0",
        time=_seconds(sum(each.seconds for each in results.results)),
    )
    suite.extend(_case(each, results.endpoint) for each in results.results)
    suites = Xml.Element("testsuites")
    suites.append(suite)
    Xml.indent(suites)
    text: bytes = Xml.tostring(suites, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _case(result: Result, endpoint: str) -> Xml.Element:
    of = f"{endpoint}.{result.deployment}" if result.deployment else endpoint
    case = Xml.Element(
        "testcase", classname=_sound(of), name=_sound(result.name), time=_seconds(result.seconds)
    )
    if result.faults:
        failure = Xml.SubElement(case, "failure", message=_sound(result.faults[0]))
        failure.text = _sound("\n".join(result.faults))
    return case


def _seconds(seconds: float) -> str:
    return f"{seconds:.3f}"


def _sound(text: str) -> str:
    """XML cannot have control characters, in whatever way they are written."""
    return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)
