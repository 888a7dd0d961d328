"""What a body is: by the name of its file, by its headers, and by its bytes."""

from __future__ import annotations

import codecs
import mimetypes
from collections.abc import Mapping
from email.message import Message
from pathlib import PurePath

JSON = "application/json"
EVENT_STREAM = "text/event-stream"
JSON_LINES = frozenset(
    {
        "application/jsonl",
        "application/json-lines",
        "application/x-jsonlines",
        "application/ndjson",
        "application/x-ndjson",
        "application/stream+json",
    }
)

_BY_SUFFIX = {
    # Of some Python knows nothing, of others each machine has an opinion of its own.
    ".aac": "audio/aac",
    ".avif": "image/avif",
    ".bmp": "image/bmp",
    ".csv": "text/csv",
    ".flac": "audio/flac",
    ".gif": "image/gif",
    ".gz": "application/gzip",
    ".htm": "text/html",
    ".html": "text/html",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".json": JSON,
    ".jsonl": "application/jsonl",
    ".m4a": "audio/mp4",
    ".mp3": "audio/mpeg",
    ".mp4": "video/mp4",
    ".ndjson": "application/x-ndjson",
    ".npy": "application/octet-stream",
    ".npz": "application/octet-stream",
    ".oga": "audio/ogg",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".parquet": "application/vnd.apache.parquet",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".tsv": "text/tab-separated-values",
    ".txt": "text/plain",
    ".wav": "audio/wav",
    ".webm": "video/webm",
    ".webp": "image/webp",
    ".xml": "application/xml",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
    ".zip": "application/zip",
}

_CHARSETS = ("utf-8", "ascii", "iso8859", "cp", "koi8", "gb", "big5", "euc", "shift_jis")
"""How their names begin in Python, which has codecs too that are none, such as ``zlib``."""


def of_file(name: str) -> str | None:
    """By the end of its name; None where that says nothing."""
    suffix = PurePath(name).suffix.lower()
    if suffix in _BY_SUFFIX:
        return _BY_SUFFIX[suffix]
    return mimetypes.guess_type(f"file{suffix}", strict=False)[0]


def essence(content_type: str) -> str:
    """``text/html`` of ``Text/HTML; charset=utf-8``."""
    return content_type.partition(";")[0].strip().lower()


def is_json(content_type: str) -> bool:
    """One value, and not one in each line."""
    name = essence(content_type)
    return name == JSON or (name.endswith("+json") and name not in JSON_LINES)


def is_stream(headers: Mapping[str, str]) -> bool:
    """Whether there is sense in each piece, as it comes.

    There is in events and in lines of JSON, and in whatever is sent in chunks without a length;
    but a JSON value, chunked or not, is one when its end is there. headers: names in lower case.
    """
    content_type = headers.get("content-type", "")
    if essence(content_type) in {EVENT_STREAM, *JSON_LINES}:
        return True
    is_chunked = "chunked" in headers.get("transfer-encoding", "").lower()
    return is_chunked and not is_json(content_type)


def charset(content_type: str) -> str:
    """What its text is written in; UTF-8 where that is not said, or is nothing known."""
    header = Message()
    header["Content-Type"] = content_type
    named = header.get_content_charset("utf-8")
    try:
        name = codecs.lookup(named).name
    except (LookupError, ValueError):
        return "utf-8"
    return name if name.startswith(_CHARSETS) else "utf-8"


def is_text(piece: bytes, content_type: str) -> bool:
    """Whether it can be shown. The last character may be cut off.

    No text has a NUL. What is called text may have a few bytes that are none.
    """
    if b"\0" in piece:
        return False
    if essence(content_type).startswith("text/"):
        return True
    try:
        codecs.getincrementaldecoder(charset(content_type))().decode(piece)
    except ValueError:
        return False
    return True
