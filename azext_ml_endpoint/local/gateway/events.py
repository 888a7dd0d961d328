"""What is collected of a deployment, in the form of Azure's data collector: a line per event.

    <collection>/yyyy/MM/dd/HH/<group>.jsonl    the lines of one writer
                               <id>             data that has no room in a line

A part of the gateway's program, and of the sidecar's, which runs on any Python from 3.8 on. Names
and order of the keys: "Collect production data from models deployed for real-time inferencing" in
Azure's documentation.
"""

from __future__ import annotations

import json
import os
import re
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

ROLLING = {
    "minute": "%Y/%m/%d/%H/%M",
    "hour": "%Y/%m/%d/%H",
    "day": "%Y/%m/%d",
    "month": "%Y/%m",
    "year": "%Y",
}
"""The folders of a moment, by how often a new one is begun."""
HOUR = "hour"
TYPE = "azureml.inference."
"""What the type of an event begins with; the name of its collection follows."""
MOST_INLINE = 4 * 1024 * 1024
"""Bytes of data that a line has room for."""
MOST_NESTED = 150
"""Levels of what is in a line: who reads it may go no deeper, and would lose the other lines."""
_TEXTS = ("application/xml", "application/csv", "application/x-www-form-urlencoded")
_JSON = re.compile(r"application/(?:[\w.+-]+\+)?json", re.IGNORECASE)
_UNSAFE = re.compile(r"[^\w-]")
_LONGEST_NAME = 100


@dataclass(frozen=True)
class Event:
    """collection: its name. source: the deployment. kind: the media type of ``body``.

    time: seconds since the epoch. before, after: what the line says besides, before and after
    ``contentrange``.
    """

    collection: str
    source: str
    kind: str
    time: float
    body: bytes
    before: Mapping[str, object] = field(default_factory=dict)
    after: Mapping[str, object] = field(default_factory=dict)
    id: str = field(default_factory=lambda: str(uuid.uuid4()))


def write(event: Event, folder: Path, rolling: str, group: str) -> None:
    """Adds its line to the group's file below ``folder``. Raises OSError."""
    moment = time.strftime(ROLLING.get(rolling, ROLLING[HOUR]), time.gmtime(event.time))
    place = folder / safe(event.collection) / moment
    place.mkdir(parents=True, exist_ok=True)
    data = _inline(event)
    if data is None:
        _put(place / safe(event.id), event.body, os.O_TRUNC)
    whole = f"{line(event, data)}\n".encode("utf-8", "replace")  # headers may be no text
    _put(place / f"{safe(group)}.jsonl", whole, os.O_APPEND)


def line(event: Event, data: str | None) -> str:
    """data: as JSON; None where it is in a file beside, of which the line has the name."""
    size = len(event.body)
    said: dict[str, object] = {
        "specversion": "1.0",
        "id": event.id,
        "source": event.source,
        "type": f"{TYPE}{event.collection}",
        "datacontenttype": event.kind,
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(event.time)),
    }
    rest: dict[str, object] = {
        **event.before,
        "contentrange": f"bytes 0-{max(size - 1, 0)}/{size}",
        **event.after,
        **({"datainblob": "true"} if data is None else {}),
    }
    # the data as it came: what is read and written again has other digits
    data = json.dumps(safe(event.id)) if data is None else data
    return f'{_dump(said)[:-1]}, "data": {data}, {_dump(rest)[1:]}'


def safe(name: str) -> str:
    """A file's name, of what others have named."""
    return _UNSAFE.sub("_", name)[:_LONGEST_NAME] or "_"


def is_json(kind: str) -> bool:
    return bool(_JSON.fullmatch(_bare(kind)))


def is_text(kind: str) -> bool:
    return _bare(kind).startswith("text/") or _bare(kind) in _TEXTS


def _inline(event: Event) -> str | None:
    """As JSON on one line; None for what is none, and no text, or is too long."""
    if len(event.body) > MOST_INLINE:
        return None
    try:
        text = event.body.decode("utf-8")
        if is_json(event.kind):
            if _is_deep(json.loads(text, parse_constant=_refuse)):
                return None
            return text.replace("\r", " ").replace("\n", " ")
        return json.dumps(text, ensure_ascii=False) if is_text(event.kind) else None
    except (ValueError, RecursionError):
        return None


def _is_deep(data: object) -> bool:
    level, depth = [data], 0
    while level and depth < MOST_NESTED:
        level = [below for each in level for below in _below(each)]
        depth += 1
    return bool(level)


def _below(data: object) -> list[object]:
    inner = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    return [each for each in inner if isinstance(each, (dict, list))]


def _refuse(constant: str) -> NoReturn:
    """NaN and its like are none of JSON's."""
    raise ValueError(constant)


def _bare(kind: str) -> str:
    return kind.partition(";")[0].strip().lower()


def _dump(said: Mapping[str, object]) -> str:
    return json.dumps(said, ensure_ascii=False)


def _put(file: Path, content: bytes, how: int) -> None:
    """In one go: others add to the file at the same time. On a full disk not at all."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | how, 0o666)
    with os.fdopen(descriptor, "wb", buffering=0) as opened:
        before = os.fstat(descriptor).st_size
        try:
            _write(descriptor, content)
        except OSError:
            opened.truncate(before)  # half a line would spoil the next one
            raise


def _write(descriptor: int, content: bytes) -> None:
    while content:
        content = content[os.write(descriptor, content) :]
