"""What must hold whatever the input is: errors of ours, readable, placed and harmless."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

from azure.cli.core.azclierror import AzCLIError

from azext_ml_endpoint.document import load, proof, write
from azext_ml_endpoint.document.finding import Finding, Place
from azext_ml_endpoint.document.model import Endpoint
from azext_ml_endpoint.errors import DocumentError, EndpointError, raise_for_az
from azext_ml_endpoint.report import StderrReport

T = TypeVar("T")

_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_COMMAND = re.compile(r"^\s*::|##(vso)?\[", re.MULTILINE)
_YAML_LINES = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_PLAIN_LINES = re.compile("\n")


def survived(work: Callable[[], T]) -> T | None:
    """What came of it; None where it ended in an error that people can read."""
    try:
        return work()
    except EndpointError as error:
        _require_readable(error)
        return None


def require_told(findings: Iterable[Finding]) -> None:
    """All of them are readable, and at places that are there."""
    listed = list(findings)
    for each in listed:
        _require_placed(each)
    with contextlib.redirect_stderr(io.StringIO()) as shown:
        for each in listed:
            StderrReport().warning(str(each))
    _require_harmless(shown.getvalue())
    _require_readable(DocumentError(listed))


def require_exported(endpoint: Endpoint) -> None:
    """As `export` does it: what nobody could read is refused, and anything else can be read."""
    written = write.endpoint(endpoint, Path.cwd())
    wrong = proof.errors(written, Path.cwd(), Place("export", 1, 1))
    if wrong:
        _require_readable(DocumentError(wrong))
    else:
        require_loads_again(endpoint)


def require_loads_again(endpoint: Endpoint) -> None:
    """What is written of it is read, and is the same when it is written again."""
    written = write.endpoint(endpoint, Path.cwd())
    Path("again.yml").write_text(written.text, "utf-8")
    again = load.load("again.yml", variables=written.secrets)
    wrong = [str(each) for each in again.findings if each.severity == "error"]
    assert not wrong, f"what was written cannot be read: {wrong}\n{written.text}"
    assert again.described, "nothing is left of it"
    twice = write.endpoint(again.described, Path.cwd())
    assert twice == written, f"it is read as another\n{written.text}\n{twice.text}"


def _require_readable(error: EndpointError) -> None:
    with contextlib.redirect_stderr(io.StringIO()) as detail:
        raised = _raised(error)
    assert isinstance(raised, AzCLIError), f"az has no word for {error!r}"
    told = [detail.getvalue(), raised.error_msg, *map(str, raised.recommendations)]
    assert raised.error_msg, f"{type(error).__name__} says nothing"
    _require_harmless("\n".join(told))


def _raised(error: EndpointError) -> Any:
    try:
        raise_for_az(error)
    except AzCLIError as raised:
        return raised


def _require_harmless(text: str) -> None:
    found = _OBEYED.search(text) or _COMMAND.search(text)
    assert not found, f"a message has {found!r} in it"


def _require_placed(finding: Finding) -> None:
    """Lines and columns count as the format of the file does."""
    place, content = finding.place, _text(Path(finding.place.file))
    assert place.line > 0 and place.column > 0, f"no place: {finding!r}"
    for lines in (_YAML_LINES.split(content), _PLAIN_LINES.split(content)):
        if place.line <= len(lines) and place.column <= len(lines[place.line - 1]) + 1:
            return
    raise AssertionError(f"the place is not in the file: {finding!r}")


def _text(file: Path) -> str:
    content = file.read_bytes()
    for encoding in ("utf-16", "utf-8-sig"):
        if encoding == "utf-8-sig" or content[:2] in (b"\xff\xfe", b"\xfe\xff"):
            with contextlib.suppress(UnicodeDecodeError):
                return content.decode(encoding)
    return content.decode("latin-1")
