"""What YAML's parser says, in the words of the person who wrote the file.

The C parser and the Python parser word the same fault differently; both are understood. No
text of the document is repeated, because it may be a secret.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import yaml

_TABBED = re.compile(r" *\t")
_COLON_IN_LINE = re.compile(r":\s")
_COLON = re.compile(r":(\s|$)")
_COLON_IN_WORD = re.compile(r"\w:\S")

IN_QUOTES = "Put the value in quotes."


@dataclass(frozen=True)
class Explanation:
    """``line`` and ``column`` count from 1."""

    message: str
    hint: str | None
    line: int
    column: int


@dataclass(frozen=True)
class _Fault:
    """The parser's words, and the two places that it tells: the fault, and what it began in.

    Lines and columns count from 0 here, as in YAML's marks.
    """

    words: str
    lines: Sequence[str]
    line: int
    column: int
    begun_line: int
    begun_column: int
    last: yaml.Event | None

    @property
    def before(self) -> str:
        return self.text(self.line)[: self.column]

    @property
    def character(self) -> str:
        return self.text(self.line)[self.column : self.column + 1]

    @property
    def is_at_end(self) -> bool:
        return not (
            self.text(self.line)[self.column :] + "".join(self.lines[self.line + 1 :])
        ).strip()

    def text(self, line: int) -> str:
        return self.lines[line] if 0 <= line < len(self.lines) else ""

    def here(self, message: str, hint: str | None = None) -> Explanation:
        return Explanation(message, hint, self.line + 1, self.column + 1)

    def at_end(self, message: str) -> Explanation:
        line = max((n for n, text in enumerate(self.lines) if text.strip()), default=0)
        return Explanation(message, None, line + 1, len(self.text(line).rstrip()) + 1)

    def at_begin(self, message: str, hint: str | None = None) -> Explanation:
        return Explanation(message, hint, self.begun_line + 1, self.begun_column + 1)


def explain(
    error: yaml.MarkedYAMLError, lines: Sequence[str], last: yaml.Event | None
) -> Explanation:
    """``last`` is the event that came before the error."""
    mark = error.problem_mark or error.context_mark
    begun = error.context_mark or mark
    fault = _Fault(
        words=f"{error.context or ''}: {error.problem or ''}",
        lines=lines,
        line=mark.line if mark else 0,
        column=mark.column if mark else 0,
        begun_line=begun.line if begun else 0,
        begun_column=begun.column if begun else 0,
        last=last,
    )
    for pattern, tell in _CASES:
        if pattern.search(fault.words):
            explanation = tell(fault)
            if explanation is not None:
                return explanation
    return fault.here(f"invalid YAML: {error.problem}")


def _tab(fault: _Fault) -> Explanation | None:
    indentation = _TABBED.match(fault.text(fault.line))
    if indentation:
        return Explanation(
            "a tab cannot indent YAML", "Use spaces.", fault.line + 1, indentation.end()
        )
    return fault.here("a tab cannot stand here", "Use spaces.") if fault.character == "\t" else None


def _quotes_closed_elsewhere(fault: _Fault) -> Explanation | None:
    """``a: "x`` swallows the lines up to the next quote, and the fault shows only there."""
    scalar = fault.last
    if not isinstance(scalar, yaml.ScalarEvent) or scalar.style not in ("'", '"'):
        return None
    begin, end = scalar.start_mark, scalar.end_mark
    if begin is None or end is None or end.line != fault.line:
        return None
    if begin.line < end.line:
        message = f"the quote opened here is closed only on line {end.line + 1}"
        return Explanation(message, "Is a quote missing?", begin.line + 1, begin.column + 1)
    hint = "Inside single quotes, write '' for one." if scalar.style == "'" else 'Write \\" for ".'
    return fault.here("text after the closing quote", hint)


def _mapping_not_allowed(fault: _Fault) -> Explanation:
    if _COLON_IN_LINE.search(fault.before):
        return fault.here("a second ': ' on one line", IN_QUOTES)
    above = max((n for n in range(fault.line) if fault.text(n).strip()), default=0)
    if _COLON.search(fault.text(above)):
        return fault.here(
            f"this line is indented below line {above + 1}, which already has a value",
            "Keys of one mapping begin in the same column.",
        )
    return _no_colon(fault, above)


def _key_without_colon(fault: _Fault) -> Explanation:
    return _no_colon(fault, fault.begun_line)


def _no_colon(fault: _Fault, line: int) -> Explanation:
    text = fault.text(line)
    column = len(text) - len(text.lstrip()) + 1
    if _COLON_IN_WORD.search(text):
        return Explanation("no space after ':'", "Write key: value.", line + 1, column)
    return Explanation("no ': ' on this line", "Write key: value.", line + 1, column)


def _misfit(fault: _Fault) -> Explanation:
    if fault.before.strip(" -"):
        return fault.here("unexpected text after the value", IN_QUOTES)
    kind, rule = (
        ("list", "Its items")
        if "collection" in fault.words or "sequence" in fault.words
        else ("mapping", "Its keys")
    )
    begun = f"{fault.begun_line + 1}, column {fault.begun_column + 1}"
    message = f"this does not fit the {kind} that begins on line {begun}"
    return fault.here(message, f"{rule} begin in the same column.")


def _flow(fault: _Fault) -> Explanation:
    opened = fault.text(fault.begun_line)[fault.begun_column : fault.begun_column + 1]
    closing = {"[": "]", "{": "}"}.get(opened, "]")
    if fault.character == "{" and fault.before.endswith("$"):
        return fault.here("${…} inside [ ] or { } needs quotes", 'Write "${VAR}".')
    if fault.is_at_end:
        return fault.at_begin(f"the '{opened}' opened here is never closed")
    return fault.here(
        f"expected ',' or '{closing}' here, for the '{opened}' on line {fault.begun_line + 1}"
    )


def _bad_first_character(fault: _Fault) -> Explanation:
    if fault.is_at_end:
        return fault.at_end("the text ends here, and a '[' or '{' is still open")
    return fault.here(f"a value cannot begin with '{fault.character}'", IN_QUOTES)


def _bad_anchor(fault: _Fault) -> Explanation:
    character = fault.text(fault.begun_line)[fault.begun_column : fault.begun_column + 1]
    return fault.at_begin(f"a value cannot begin with '{character}'", IN_QUOTES)


def _unclosed(fault: _Fault) -> Explanation:
    return fault.at_begin("the quote opened here is never closed")


def _escape(fault: _Fault) -> Explanation:
    return fault.at_begin(
        "a backslash in double quotes begins no known escape",
        "Use single quotes, or double the backslash.",
    )


def _list_item(fault: _Fault) -> Explanation:
    return fault.here("a list item cannot stand here", "Begin the list on its own line.")


def _text_after_end(fault: _Fault) -> Explanation:
    return fault.here("unexpected text after the end of the document")


_CASES: Sequence[tuple[re.Pattern[str], Callable[[_Fault], Explanation | None]]] = (
    (re.compile("unexpected end of stream|unexpected document"), _unclosed),
    (re.compile("escape|hexdecimal|hexadecimal|Unicode character"), _escape),
    (re.compile(""), _tab),
    (re.compile("expected key|block end|document start|'-' indicator"), _quotes_closed_elsewhere),
    (re.compile("mapping values are not allowed"), _mapping_not_allowed),
    (re.compile("could not find expected ':'"), _key_without_colon),
    (re.compile("expected ',' or"), _flow),
    (re.compile("expected key|block end|'-' indicator"), _misfit),
    (re.compile("document start"), _text_after_end),
    (re.compile("sequence entries are not allowed"), _list_item),
    (re.compile("cannot start any token"), _bad_first_character),
    (re.compile("scanning an (alias|anchor): .*alphabetic"), _bad_anchor),
    (re.compile("expected (the )?node content"), _bad_first_character),
)
