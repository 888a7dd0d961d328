"""Foreign text, made harmless for a terminal and for the log of a CI.

YAML keys, paths, users' names, logs and Azure's messages may hold what a terminal obeys (the
controls of ECMA-48), what turns the direction of writing round (UAX 9, as in CVE-2021-42574), or
what runners take for commands: lines that begin with ``::`` (GitHub Actions), and ``##[`` or
``##vso[`` anywhere (both services). All of it is shown as Python would write it: ``\\x1b``.
"""

from __future__ import annotations

import re

_OBEYED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 without tab and new line, DEL, C1
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # direction
    "\u2028\u2029\ufff9-\ufffb\U000e0000-\U000e007f"  # line ends, annotations, hidden tags
    "\ud800-\udfff]"  # bytes that were no text
)
_COMMAND = re.compile(r"^(?P<before>[^\S\n]*):(?=:)|#(?=#(?:vso)?\[)", re.MULTILINE | re.IGNORECASE)


def harmless(text: str) -> str:
    """The same text where it is harmless already; lines that end as on Windows end as here."""
    shown = _OBEYED.sub(_escaped, text.replace("\r\n", "\n"))
    return _COMMAND.sub(_escaped_sign, shown)


LONGEST_LINE = 4_000
"""Characters of a foreign line that anybody is shown."""


def shortened(line: str) -> str:
    """A line of a foreign log, without what is too long of it."""
    left_out = len(line) - LONGEST_LINE
    return line if left_out <= 0 else f"{line[:LONGEST_LINE]}… ({left_out} more characters)"


def _escaped(found: re.Match[str]) -> str:
    """A byte that was no text (PEP 383) is shown as the byte."""
    code = ord(found[0])
    is_byte = 0xDC80 <= code <= 0xDCFF
    return f"\\x{code - 0xDC00:02x}" if is_byte else found[0].encode("unicode_escape").decode()


def _escaped_sign(found: re.Match[str]) -> str:
    return "\\x23" if found[0] == "#" else f"{found['before']}\\x3a"
