"""Collected requests as they are read: of this machine, of Azure, and odd ones."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from azext_ml_endpoint.errors import DocumentError, FileAccessError, UsageError
from azext_ml_endpoint.scoring import Request
from azext_ml_endpoint.testing import collected
from azext_ml_endpoint.testing.collected import Expected, Recorded

HOUR = "2026/11/27/23"


def event(collection: str, data: Any, correlation: str = "c-1", **more: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": "e-1",
        "type": f"azureml.inference.{collection}",
        "datacontenttype": "application/json",
        "time": "2026-11-27T23:00:00Z",
        "data": data,
        "correlationid": correlation,
        "xrequestid": correlation,
        **more,
    }


def put(folder: Path, collection: str, *told: dict[str, Any] | str) -> Path:
    place = folder / collection / HOUR
    place.mkdir(parents=True, exist_ok=True)
    file = place / "blue-1.jsonl"
    lines = [each if isinstance(each, str) else json.dumps(each) for each in told]
    file.write_text("".join(f"{each}\n" for each in lines))
    return file


def trouble(path: Path) -> str:
    with pytest.raises(DocumentError) as caught:
        collected.read(path)
    return caught.value.detail or ""


def test_a_request_has_the_answer_of_its_correlation_id(tmp_path: Path) -> None:
    put(tmp_path, "request", event("request", {"data": [1]}, path="/score", method="POST"))
    put(tmp_path, "response", event("response", [9], "c-2"), event("response", [2.5]))
    assert collected.read(tmp_path) == [
        Recorded(
            name="blue-1.jsonl:1",
            request=Request(body=b'{"data": [1]}'),
            expected=Expected(200, b"[2.5]", is_json=True),
        )
    ]


def test_the_oldest_is_first_and_other_collections_are_passed_over(tmp_path: Path) -> None:
    late = event("request", 2, "c-2", time="2026-11-27T23:00:02Z")
    put(tmp_path, "request", late, event("request", 1), "")
    put(tmp_path, "model_inputs", event("model_inputs", [{"a": 1}]))
    found = collected.read(tmp_path)
    assert [each.request.body for each in found] == [b"1", b"2"]
    assert [each.expected for each in found] == [None, None]


def test_what_has_no_correlation_id_has_no_answer(tmp_path: Path) -> None:
    put(tmp_path, "request", event("request", 1, ""))
    put(tmp_path, "response", event("response", 2, ""))
    assert [each.expected for each in collected.read(tmp_path)] == [None]


@pytest.mark.parametrize("of", ["file", "folder"])
def test_the_answers_to_requests_are_beside_them(tmp_path: Path, of: str) -> None:
    file = put(tmp_path, "request", event("request", 1))
    put(tmp_path, "response", event("response", 2))
    (found,) = collected.read(file if of == "file" else tmp_path / "request")
    assert found.expected and found.expected.body == b"2"


def test_what_a_request_was_is_sent_again(tmp_path: Path) -> None:
    csv = event("request", "a\n1\n", datacontenttype="text/csv", contentencoding="gzip")
    put(tmp_path, "request", {**csv, "path": "/v1/models/half:predict"})
    (found,) = collected.read(tmp_path)
    assert found.request == Request(
        body=b"a\n1\n",
        content_type="text/csv",
        headers={"Content-Encoding": "gzip"},
        path="/v1/models/half:predict",
    )


def test_a_status_is_expected_again(tmp_path: Path) -> None:
    put(tmp_path, "request", event("request", 1))
    put(tmp_path, "response", event("response", "no", datacontenttype="x/y", statuscode="424"))
    (found,) = collected.read(tmp_path)
    assert found.expected == Expected(424, b"no", is_json=False)


@pytest.mark.parametrize("data", ["e-1", "https://a.blob.core.windows.net/c/mdc/2026/e-1?sv=1"])
def test_data_in_a_file_of_its_own_is_beside_the_line(tmp_path: Path, data: str) -> None:
    binary = event("request", data, datacontenttype="image/png", datainblob="true")
    put(tmp_path, "request", binary).with_name("e-1").write_bytes(b"\x89PNG")
    (found,) = collected.read(tmp_path)
    assert (found.request.body, found.request.content_type) == (b"\x89PNG", "image/png")


def test_requests_that_are_no_posts_are_passed_over(tmp_path: Path) -> None:
    put(tmp_path, "request", event("request", 1, method="GET"), event("request", 2))
    assert [each.request.body for each in collected.read(tmp_path)] == [b"2"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"type": "azureml.inference.request", }', "1:39: this is no JSON"),
        ("[1]", "1:1: this is no line of a data collector"),
        ('{"type": "other"}', "1:1: this is no line of a data collector"),
        ('{"type": "azureml.inference.request", "time": 5}', "1:39: time is no text"),
        ('{"type": "azureml.inference.request"}', "1:1: it has no data"),
        ("[" * 100_000, "1:1: this is no JSON: it is nested"),
    ],
)
def test_what_is_odd_is_told_with_its_place(tmp_path: Path, line: str, told: str) -> None:
    file = put(tmp_path, "request", line)
    assert f"{file}:{told}" in trouble(tmp_path)


def test_data_that_is_missing_is_told_with_its_place(tmp_path: Path) -> None:
    file = put(tmp_path, "request", event("request", "https://x/../e-9", datainblob="true"))
    told = trouble(tmp_path)
    assert f"{file}:1:1: its data is in a file of its own" in told
    assert str(file.with_name("e-9")) in told


@pytest.mark.parametrize("data", ["", ".", "..", "a/", "a\0b", None, {"a": 1}])
def test_data_that_names_no_file_is_told(tmp_path: Path, data: Any) -> None:
    file = put(tmp_path, "request", event("request", data, datainblob=True))
    assert f"{file}:1:1: its data is in a file of its own" in trouble(tmp_path)


def test_of_a_file_that_is_odd_throughout_the_beginning_is_told(tmp_path: Path) -> None:
    put(tmp_path, "request", *["no"] * 1000)
    assert len(trouble(tmp_path).splitlines()) == 20


def test_where_there_is_nothing_it_says_what_there_is(tmp_path: Path) -> None:
    put(tmp_path, "model_inputs", event("model_inputs", [{"a": 1}]))
    with pytest.raises(UsageError, match="no lines of collected requests, but of model_inputs"):
        collected.read(tmp_path)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileAccessError, match="there is no such file or folder"):
        collected.read(tmp_path / "gone")


def test_what_is_no_file_in_a_folder_is_passed_over(tmp_path: Path) -> None:
    """Nobody would end a pipe, and a device has no end."""
    put(tmp_path, "request", event("request", [1]))
    (tmp_path / "folder.jsonl").mkdir()
    (tmp_path / "gone.jsonl").symlink_to("nowhere")
    (tmp_path / "zero.jsonl").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / "pipe.jsonl")
    assert len(collected.read(tmp_path)) == 1
