"""What terminals and CI obey is shown, not obeyed."""

from __future__ import annotations

import io

import pytest
from azure.cli.core.azclierror import UnclassifiedUserFault
from hypothesis import given
from hypothesis import strategies as st

from azext_ml_endpoint.cli.plan import step_rows
from azext_ml_endpoint.cli.rollout import history_rows
from azext_ml_endpoint.cli.tables import endpoint_row
from azext_ml_endpoint.document.finding import Finding, Place
from azext_ml_endpoint.errors import DocumentError, StartError, raise_for_az
from azext_ml_endpoint.harmless import LONGEST_LINE, harmless, shortened
from azext_ml_endpoint.report import StderrReport

OBEYED = {
    "a colour": ("\x1b[31mred", r"\x1b[31mred"),
    "a title": ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
    "a link": ("\x1b]8;;http://x\x1b\\here", r"\x1b]8;;http://x\x1b\here"),
    "CSI as one character": ("\x9b2J", r"\x9b2J"),
    "OSC as one character": ("\x9d0;x\x9c", r"\x9d0;x\x9c"),
    "a backspace": ("good\b\b\b\bevil", r"good\x08\x08\x08\x08evil"),
    "a return": ("evil\rgood", r"evil\rgood"),
    "a NUL": ("a\0b", r"a\x00b"),
    "DEL": ("a\x7fb", r"a\x7fb"),
    "the direction turned": ("a\u202eb", r"a\u202eb"),
    "the direction isolated": ("a\u2066b\u2069", r"a\u2066b\u2069"),
    "a line end of Unicode": ("a\u2028b", r"a\u2028b"),
    "a hidden tag": ("a\U000e0041b", r"a\U000e0041b"),
    "a byte that was no text": ("a\udcffb", r"a\xffb"),
    "half a pair": ("a\ud800b", r"a\ud800b"),
    "a command of GitHub": ("::error::x", r"\x3a:error::x"),
    "one behind blanks": ("  \t::stop-commands::x", "  \t" + r"\x3a:stop-commands::x"),
    "one on a later line": ("x\n::add-mask::x", "x\n" + r"\x3a:add-mask::x"),
    "an older one": ("##[command]x", r"\x23#[command]x"),
    "one of Azure Pipelines": ("a ##vso[task.complete]x", r"a \x23#vso[task.complete]x"),
    "one in capitals": ("##VSO[task.setvariable]x", r"\x23#VSO[task.setvariable]x"),
}
HARMLESS = [
    "",
    "plain",
    "a\tb\nc",
    "häuser 家 🏠",
    "a::b",
    "x: :: y",
    "# a\n## b",
    "C:\\x\\1b",
    "[##]",
]


@pytest.mark.parametrize(("text", "shown"), OBEYED.values(), ids=OBEYED)
def test_what_is_obeyed_is_shown(text: str, shown: str) -> None:
    assert harmless(text) == shown
    assert harmless(shown) == shown


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_harmless_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text


def test_lines_that_end_as_on_windows_end_as_here() -> None:
    assert harmless("a\r\nb\r\n") == "a\nb\n"


@given(st.text(alphabet=st.characters(), max_size=50))
def test_nothing_that_is_obeyed_is_left(text: str) -> None:
    shown = harmless(text)
    shown.encode()
    assert not any(ord(each) < 32 or 127 <= ord(each) < 160 for each in shown if each not in "\t\n")
    assert not any(line.lstrip().startswith("::") for line in shown.split("\n"))
    assert "##[" not in shown and "##vso[" not in shown.lower()


# The doors to people

EVIL = "\x1b[2J\u202e\r\n::error::x ##vso[task.complete]"


def is_harmless(text: str) -> bool:
    return text != "" and harmless(text) == text


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("say", ["step", "detail", "warning"])
def test_progress_is_harmless(say: str) -> None:
    stream = io.StringIO()
    getattr(StderrReport(stream=stream), say)(EVIL)
    assert is_harmless(stream.getvalue())


def test_a_status_line_is_harmless_and_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    terminal = Terminal()
    StderrReport(stream=terminal, clock=lambda: 1.0).status(f"blue{EVIL}", EVIL)
    assert is_harmless(terminal.getvalue()) and terminal.getvalue().count("\n") == 1


def test_errors_are_harmless(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UnclassifiedUserFault) as raised:
        raise_for_az(StartError(EVIL, EVIL, detail=EVIL))
    assert is_harmless(str(raised.value))
    assert is_harmless(capsys.readouterr().err)
    assert all(map(is_harmless, raised.value.recommendations))


def test_findings_are_harmless(capsys: pytest.CaptureFixture[str]) -> None:
    place = Place(f"{EVIL}.yml", 1, 1)
    finding = Finding(severity="error", message=EVIL, place=place, path=EVIL, hint=EVIL)
    with pytest.raises(Exception, match="1 error in") as raised:
        raise_for_az(DocumentError([finding]))
    assert is_harmless(str(raised.value)) and is_harmless(capsys.readouterr().err)


def test_tables_are_harmless() -> None:
    endpoint = {"name": EVIL, "provisioning_state": EVIL, "deployments": [{"name": EVIL}]}
    entry = dict.fromkeys(("when", "who", "what", "file_hash", "commit"), EVIL)
    rows = [
        endpoint_row(endpoint),
        *step_rows({"steps": [{"title": EVIL, "reason": EVIL}]}),
        *history_rows([{**entry, "traffic": {EVIL: 100}}]),
    ]
    assert all(is_harmless(value) for row in rows for value in row.values() if value)


@pytest.mark.parametrize("beyond", [1, 7, 100_000])
def test_a_foreign_line_that_is_too_long_is_shown_by_its_beginning(beyond: int) -> None:
    whole = "x" * LONGEST_LINE
    assert shortened(whole) == whole
    assert shortened(whole + "y" * beyond) == f"{whole}\u2026 ({beyond} more characters)"


def test_a_line_of_a_log_is_shortened_and_harmless() -> None:
    stream = io.StringIO()
    StderrReport(stream=stream).detail("\x1b" * 3 * LONGEST_LINE)
    begin, more = r"\x1b" * LONGEST_LINE, 2 * LONGEST_LINE
    assert stream.getvalue() == f"  | {begin}\u2026 ({more} more characters)\n"
