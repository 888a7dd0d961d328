"""Headers as they are written in options: ``Name: value`` (RFC 9110, 5.1 and 5.5)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from azext_ml_endpoint.errors import UsageError

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_OTHERWISE: Mapping[str, str] = MappingProxyType(
    {
        "content-type": "Give --content-type.",
        "azureml-model-deployment": "Give --deployment.",
        "host": "It follows from the scoring URI.",
        "content-length": "It follows from the body.",
        "transfer-encoding": "The body is sent whole.",
        "connection": "It is this command's affair.",
        "expect": "The body is sent at once.",
        "te": "It is this command's affair.",
        "trailer": "The body is sent whole.",
        "upgrade": "Requests are HTTP/1.1.",
    }
)
"""What nobody may set, in lower case, and why not or how instead."""


def parse(lines: Iterable[str]) -> dict[str, str]:
    """Raises UsageError, which shows no value: it may be a secret."""
    headers: dict[str, str] = {}
    for line in lines:
        name, value = _parse_one(line)
        if name.lower() in {each.lower() for each in headers}:
            raise UsageError(f"--header: {name} is given twice.", "Put its values into one.")
        headers[name] = value
    return headers


def content_type(kind: str) -> str:
    """As it was given. Raises UsageError."""
    if _CONTROL.search(kind) or not _is_latin_1(kind):
        raise UsageError(
            f"--content-type: {kind!r} is no content type.", "Such as: --content-type text/csv"
        )
    return kind


def missing_file(option: str, text: str) -> UsageError:
    """For ``@FILE``, which az leaves as it is where there is no such file."""
    return UsageError(
        f"{option}: there is no file {text.removeprefix('@')}.",
        f"az reads what stands in FILE where it is given as {option} @FILE.",
    )


def _parse_one(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    name, value = name.strip(" \t"), value.strip(" \t")
    if line.startswith("@") and not colon:
        raise missing_file("--header", line)
    if not (colon and _NAME.fullmatch(name)):
        raise UsageError("--header: it is no 'Name: value'.", "Such as: --header 'X-Team: houses'")
    if way := _OTHERWISE.get(name.lower()):
        raise UsageError(f"--header: {name} cannot be set.", way)
    if _CONTROL.search(value):
        raise UsageError(f"--header: the value of {name} has a line end or a control character.")
    if not _is_latin_1(value):
        raise UsageError(f"--header: the value of {name} is not Latin-1, which HTTP carries.")
    return name, value


def _is_latin_1(text: str) -> bool:
    return all(ord(each) < 0x100 for each in text)
