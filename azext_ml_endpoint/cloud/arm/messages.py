"""What one message of Azure's holds: words, JSON among them, and codes that the words name. Pure.

Messages come from afar, and may be long and made to hurt: only their beginning is read, and every
search goes over it once, or a fixed number of times.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from azext_ml_endpoint.cloud.remedies import canonical

READ = 1 << 16
"""Characters of a message that are read."""

_TRIES = 8
"""Places where JSON may begin."""
_OPENING = re.compile(r'\{(?=\s{0,9}")|\[(?=\s{0,9}\{)')
_TALK = re.compile(r"InferencingClient HttpRequest error, error detail:?")
"""Words that only say that JSON follows."""

_FRONT = re.compile(r"\(None\) ([A-Z]\w{2,60}):")
"""As the service writes it where the error's code is empty: ``(None) ResourceNotReady: …``."""
_NAMED = re.compile(r"\b([A-Z]\w{2,60})(?:: |\) )")
_ANCHOR = re.compile(
    r"(?:oe-tsg|amlarc-tsg|troubleshoot-online-endpoints)[^\s#]{0,80}#([a-z][a-z-]{2,60})"
)
_ANCHORS = {
    "authorization-error": "BadArgument",
    "unable-to-download-user-container-image": "BadArgument",
    "unable-to-download-user-model": "BadArgument",
    "resource-requests-greater-than-limits": "BadArgument",
    "azureml-fe-not-ready": "ScoringFeUnhealthy",
    "container-registry-authorization-error": "ResourceNotFound",
    "cpu-quota": "OutOfQuota",
    "cluster-quota": "OutOfQuota",
    "disk-quota": "OutOfQuota",
    "memory-quota": "OutOfQuota",
    "role-assignment-quota": "OutOfQuota",
    "endpoint-quota": "OutOfQuota",
    "kubernetes-quota": "OutOfQuota",
    "region-wide-vm-capacity": "OutOfCapacity",
}
"""Of Microsoft's "Troubleshoot online endpoints"; all others are ``error-`` and the code."""


@dataclass(frozen=True)
class Message:
    """``words``: without the JSON. ``packed``: the JSON; None where there is none."""

    words: str
    packed: object | None = None


def opened(text: str) -> Message:
    """Some messages come out of a template of C#, where every brace stands twice (2023, 2024)."""
    text = _unquoted(text[:READ].strip())
    single = text.replace("{{", "{").replace("}}", "}")
    return ("{{" in text and _opened(single)) or _opened(text) or Message(text)


def _opened(text: str) -> Message | None:
    for found in islice(_OPENING.finditer(text), _TRIES):
        packed, end = _decoded(text, found.start())
        if packed is not None:
            return Message(_joined(text[: found.start()], text[end:]), packed)
    return None


def named(text: str) -> Iterator[str]:
    """``CODE: text`` and ``(CODE) text``: codes that there is a remedy for.

    Other words before a colon are no codes: ``ModuleNotFoundError: No module named 'sklearn'``.
    """
    front = _FRONT.match(text)
    if front and not canonical(front[1]):
        yield front[1]
    yield from filter(None, map(canonical, _NAMED.findall(text)))


def linked(text: str) -> Iterator[str]:
    """Codes that a link into the troubleshooting guide names: ``…/oe-tsg#error-outofquota``."""
    for anchor in _ANCHOR.findall(text):
        code = _ANCHORS.get(anchor) or canonical(anchor.removeprefix("error-"))
        if code:
            yield code


def _unquoted(text: str) -> str:
    """Some messages are a JSON string, quotes included."""
    if len(text) > 2 and text[0] == text[-1] == '"':
        unquoted, end = _decoded(text, 0)
        return unquoted.strip() if isinstance(unquoted, str) and end == len(text) else text
    return text


def _decoded(text: str, start: int) -> tuple[object | None, int]:
    """And where it ends. None for what only looks like JSON."""
    try:
        return json.JSONDecoder().raw_decode(text, start)
    except (ValueError, RecursionError):
        return None, start


def _joined(before: str, after: str) -> str:
    parts = (_TALK.sub("", before).strip().removesuffix(":"), after.strip())
    return " ".join(part for part in parts if part)
