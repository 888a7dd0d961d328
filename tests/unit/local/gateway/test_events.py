"""The lines of what is collected, and the folders that they are in."""

from __future__ import annotations

import json
import resource
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from azext_ml_endpoint import foreign_json
from azext_ml_endpoint.local.gateway import events
from azext_ml_endpoint.local.gateway.events import MOST_INLINE, Event, write

NOON = 1669884690.0
"""2022-12-01T08:51:30Z"""
SOURCE = "/onlineEndpoints/houses/deployments/blue"


def event(body: bytes = b"[1]", kind: str = "application/json", **changes: Any) -> Event:
    known = {"collection": "request", "source": SOURCE, "time": NOON, "id": "e-1"}
    return Event(**{**known, "body": body, "kind": kind, **changes})


def written(folder: Path, *told: Event, rolling: str = "hour") -> list[str]:
    for each in told:
        write(each, folder, rolling, "blue-1")
    (file,) = folder.rglob("*.jsonl")
    return file.read_text().splitlines()


def test_a_line_has_azures_keys_in_azures_order(tmp_path: Path) -> None:
    told = event(before={"path": "/score", "method": "POST"}, after={"correlationid": "c"})
    (line,) = written(tmp_path, told)
    assert list(json.loads(line).items()) == [
        ("specversion", "1.0"),
        ("id", "e-1"),
        ("source", SOURCE),
        ("type", "azureml.inference.request"),
        ("datacontenttype", "application/json"),
        ("time", "2022-12-01T08:51:30Z"),
        ("data", [1]),
        ("path", "/score"),
        ("method", "POST"),
        ("contentrange", "bytes 0-2/3"),
        ("correlationid", "c"),
    ]


@pytest.mark.parametrize(
    ("rolling", "place"),
    [
        ("minute", "2022/12/01/08/51"),
        ("hour", "2022/12/01/08"),
        ("day", "2022/12/01"),
        ("month", "2022/12"),
        ("year", "2022"),
        ("never", "2022/12/01/08"),
    ],
)
def test_the_rolling_rate_decides_the_folder(tmp_path: Path, rolling: str, place: str) -> None:
    write(event(), tmp_path, rolling, "blue-1")
    assert (tmp_path / "request" / place / "blue-1.jsonl").is_file()


def test_lines_follow_each_other_in_one_file(tmp_path: Path) -> None:
    lines = written(tmp_path, event(b"[1]"), event(b"[2]"))
    assert [json.loads(each)["data"] for each in lines] == [[1], [2]]


def test_json_is_one_line_and_has_its_own_digits(tmp_path: Path) -> None:
    (line,) = written(tmp_path, event(b'{"a":\r\n 1.10,\n "b": 12345678901234567890.5}'))
    assert '"a":   1.10,  "b": 12345678901234567890.5' in line


def test_text_is_text(tmp_path: Path) -> None:
    (line,) = written(tmp_path, event(b"a,b\n1,2\n", "text/csv; charset=utf-8"))
    assert json.loads(line)["data"] == "a,b\n1,2\n"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"\x89PNG", "image/png"),
        (b"{broken", "application/json"),
        (b"[NaN]", "application/json"),
        (b"\xff", "text/plain"),
        (b"[" * 100_000, "application/json"),
        (b"[" * 199 + b"]" * 199, "application/json"),
        (b'{"a":' * 300 + b"1" + b"}" * 300, "application/json"),
        (b'"' + b"x" * MOST_INLINE + b'"', "application/json"),
    ],
)
def test_what_no_line_can_have_is_a_file_beside_it(tmp_path: Path, body: bytes, kind: str) -> None:
    (line,) = written(tmp_path, event(body, kind))
    said = json.loads(line)
    assert (said["data"], said["datainblob"]) == ("e-1", "true")
    assert said["contentrange"] == f"bytes 0-{len(body) - 1}/{len(body)}"
    (beside,) = tmp_path.rglob("e-1")
    assert beside.read_bytes() == body


@pytest.mark.parametrize("body", [b"[" * 150 + b"]" * 150, b'{"a":[' * 75 + b"]}" * 75, b"[[]]"])
def test_every_line_can_be_read_again(tmp_path: Path, body: bytes) -> None:
    (line,) = written(tmp_path, event(body))
    assert foreign_json.loads(line)["data"] == json.loads(body)


@pytest.mark.parametrize("name", ["\udcff", "caf\udce9", "a\udcc3"])
def test_headers_that_are_no_text_cost_no_line(tmp_path: Path, name: str) -> None:
    told = event(kind=f"application/json; v={name}", after={"xrequestid": name, "headers": [name]})
    (line,) = written(tmp_path, told)
    assert json.loads(line)["xrequestid"] == name.encode("utf-8", "replace").decode()


@pytest.fixture
def full_after() -> Iterator[Callable[[int], None]]:
    """A limit for files, in bytes: at it, half of a line fits."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("more", [1, 100, 200])
def test_of_a_line_that_does_not_fit_on_the_disk_nothing_is_there(
    tmp_path: Path, full_after: Callable[[int], None], more: int
) -> None:
    (first,) = written(tmp_path, event())
    full_after(len(first) + 1 + more)
    with pytest.raises(OSError, match="File too large"):
        write(event(id="e-2"), tmp_path, "hour", "blue-1")
    full_after(1 << 30)
    assert written(tmp_path, event()) == [first, first]


@pytest.mark.parametrize("name", ["../../etc", "a/b", "", ".", "x" * 5000])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    write(event(collection=name, id=name, body=b"\xff"), tmp_path / "in", "year", name)
    assert [each.name for each in tmp_path.iterdir()] == ["in"]
    assert len([each for each in (tmp_path / "in").rglob("*") if each.is_file()]) == 2


def test_json_by_other_names() -> None:
    for kind in ("application/json", "Application/JSON; charset=utf-8", "application/ld+json"):
        assert events.is_json(kind)
    assert not events.is_json("text/json-like")
