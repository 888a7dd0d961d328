"""Which files can be uploaded, as far as their names tell."""

from __future__ import annotations

import re

# Azure's documentation, "Naming and referencing containers, blobs, and metadata": control
# characters are no part of a blob's name. Listings of blobs, which are XML, cannot hold them.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ufffe\uffff]")
RENAME = "Rename the file, or name it in the .amlignore of its folder."


def why_not(relative: str) -> str | None:
    """Why a blob cannot have such a name, as the end of a sentence; None where it can."""
    try:
        relative.encode()
    except UnicodeEncodeError:
        return "its name is no UTF-8, and cannot be a name in storage"
    if _CONTROL.search(relative):
        return "its name has a control character in it, and cannot be a name in storage"
    return None


def shown(path: object) -> str:
    """A path with such a name, as it may be printed."""
    text = str(path).encode(errors="backslashreplace").decode()
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
