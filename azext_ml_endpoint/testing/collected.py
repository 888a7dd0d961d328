"""Requests that a data collector has written, of this machine or of Azure, with their answers.

    .../<deployment>/request/yyyy/MM/dd/HH/<group>.jsonl     lines of collected requests
                     response/…                              and of the answers to them

A request and its answer have one correlation id. Data that is too long for a line, or is no text,
is in a file beside that of the line, which has its name, or an address that ends in it. See
"Collect production data" in Azure's documentation.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain, islice
from json import JSONDecodeError
from pathlib import Path
from typing import Any

from azext_ml_endpoint import disk, foreign_json
from azext_ml_endpoint.document.finding import Finding, Place
from azext_ml_endpoint.errors import DocumentError, FileAccessError, UsageError
from azext_ml_endpoint.scoring import Request

REQUEST, RESPONSE = "request", "response"
_TYPE, _LINES = "azureml.inference.", "*.jsonl"
_SCORE = "/score"
_MOST_BYTES = 256 << 20
"""Of a file."""
_MOST_FINDINGS = 20
_TEXTS = ("datacontenttype", "correlationid", "time", "path", "method", "contentencoding")


@dataclass(frozen=True)
class Expected:
    """An answer that was collected."""

    status: int
    body: bytes
    is_json: bool


@dataclass(frozen=True)
class Recorded:
    """name: the file and the line. expected: None where no answer was collected."""

    name: str
    request: Request
    expected: Expected | None = None


@dataclass(frozen=True)
class _Event:
    said: Mapping[str, Any]
    collection: str
    file: Path
    line: int

    def text(self, key: str) -> str:
        """Nothing where it has none."""
        return str(self.said.get(key) or "")

    @property
    def kind(self) -> str:
        return self.text("datacontenttype") or "application/json"

    @property
    def is_json(self) -> bool:
        return "json" in self.kind.lower()

    @property
    def beside(self) -> Path | None:
        """The file of its data, where that is one."""
        if self.text("datainblob").lower() != "true":
            return None
        name = str(self.said.get("data")).partition("?")[0].rstrip("/").rpartition("/")[2]
        return self.file.with_name("data" if name in ("", ".", "..") else name)


class _Odd(Exception):
    """column: from 1. Its text says what is wrong."""

    def __init__(self, message: str, column: int = 1, hint: str | None = None) -> None:
        super().__init__(message)
        self.column, self.hint = column, hint


def read(path: Path) -> list[Recorded]:
    """The requests below a folder, or in a file, the oldest first.

    The answers may be beside them: what is in ``request`` has its answers in ``response``.
    Raises DocumentError for lines that are none of a collector's, FileAccessError, UsageError
    where there are no requests.
    """
    findings: list[Finding] = []
    events = list(_events([path, *_answers_to(path)], findings))
    made = [_recorded(*each) for each in _pairs(events, findings)] if not findings else []
    if findings:
        raise DocumentError(findings)
    if not made:
        raise _nothing(path, {each.collection for each in events})
    return made


# Files


def _answers_to(path: Path) -> list[Path]:
    """Where the answers are, if the path names requests alone."""
    parts = list(path.parts)
    if REQUEST not in parts:
        return []
    place = len(parts) - 1 - parts[::-1].index(REQUEST)
    there = Path(*parts[:place], RESPONSE, *parts[place + 1 :])
    folder = there.parent if path.is_file() else there
    return [folder] if folder.is_dir() else []


def _files(path: Path) -> list[Path]:
    """Raises FileAccessError."""
    if path.is_dir():
        return sorted(each for each in path.rglob(_LINES) if each.is_file())
    if not path.exists():
        raise FileAccessError(
            f"{path}: there is no such file or folder.",
            "Give what `az ml endpoint show --local` calls collected_data, or what was downloaded.",
        )
    return [path]


def _events(paths: Iterable[Path], findings: list[Finding]) -> Iterator[_Event]:
    for file in chain.from_iterable(map(_files, paths)):
        for number, line in enumerate(disk.read(file, _MOST_BYTES).split(b"\n"), 1):
            if not line.strip():
                continue
            try:
                yield _event(line, file, number)
            except _Odd as odd:
                findings.append(_finding(odd, file, number))
            if len(findings) >= _MOST_FINDINGS:
                return


def _finding(odd: _Odd, file: Path, line: int) -> Finding:
    place = Place(str(file), line, odd.column)
    return Finding(severity="error", message=str(odd), place=place, hint=odd.hint)


# Lines


def _event(line: bytes, file: Path, number: int) -> _Event:
    """Raises _Odd."""
    try:
        said = foreign_json.loads(line.decode("utf-8-sig"))
    except JSONDecodeError as error:
        raise _Odd(f"this is no JSON: {error.msg}", error.colno) from error
    except ValueError as error:
        raise _Odd(f"this is no JSON: {error}") from error
    if not isinstance(said, dict) or not str(said.get("type")).startswith(_TYPE):
        raise _Odd(
            f"this is no line of a data collector: it has no type that begins with {_TYPE}",
            hint="Give the .jsonl files that were collected, or their folder.",
        )
    for key in _TEXTS:
        if not isinstance(said.get(key), str | None):
            raise _Odd(f"{key} is no text", _column(line, key))
    return _Event(said, said["type"].removeprefix(_TYPE), file, number)


def _column(line: bytes, key: str) -> int:
    return max(line.find(f'"{key}"'.encode()), 0) + 1


def _pairs(
    events: list[_Event], findings: list[Finding]
) -> Iterator[tuple[_Event, bytes, tuple[_Event, bytes] | None]]:
    """Requests with their answers, and the bodies of both."""
    answers = {each.text("correlationid"): each for each in events if each.collection == RESPONSE}
    asked = [each for each in events if each.collection == REQUEST]
    for each in sorted(asked, key=lambda event: event.text("time")):
        if each.text("method") not in ("", "POST"):
            continue
        answer = answers.get(each.text("correlationid")) if each.text("correlationid") else None
        try:
            yield each, _body(each), (answer, _body(answer)) if answer else None
        except _Odd as odd:
            findings.append(_finding(odd, each.file, each.line))


def _recorded(asked: _Event, body: bytes, answered: tuple[_Event, bytes] | None) -> Recorded:
    path, encoding = asked.text("path"), asked.text("contentencoding")
    request = Request(
        body=body,
        content_type=asked.kind,
        headers={"Content-Encoding": encoding} if encoding else {},
        # what a deployment calls so is the endpoint's scoring URI
        path=None if path in ("", _SCORE) else path,
    )
    found = Recorded(name=f"{asked.file.name}:{asked.line}", request=request)
    if answered is None:
        return found
    answer, expected = answered
    status = answer.text("statuscode")
    known = int(status) if status.isascii() and status.isdigit() else 200
    return replace(found, expected=Expected(known, expected, answer.is_json))


def _body(event: _Event) -> bytes:
    """Raises _Odd."""
    if beside := event.beside:
        try:
            return disk.read(beside, _MOST_BYTES)
        except FileAccessError as error:
            raise _Odd(
                f"its data is in a file of its own, which cannot be read: {error.message}",
                hint="Put it beside the file of the line.",
            ) from error
    if "data" not in event.said:
        raise _Odd("it has no data")
    data = event.said["data"]
    if isinstance(data, str) and not event.is_json:
        return data.encode("utf-8", "surrogatepass")
    return json.dumps(data, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _nothing(path: Path, collections: set[str]) -> UsageError:
    known = ", ".join(islice(sorted(collections), 5))
    has = f", but of {known}" if known else ""
    return UsageError(
        f"{path} has no lines of collected requests{has}.",
        "Requests are collected where a deployment has data_collector.collections.request.",
    )
