"""What passes a gateway and is collected, and how much of it is held meanwhile."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from itertools import repeat
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from azext_ml_endpoint.local.gateway import collecting
from azext_ml_endpoint.local.gateway.collecting import MOST_HELD, Collected, Collector
from azext_ml_endpoint.local.gateway.routing import points

JSON = {"Content-Type": "application/json"}


@dataclass
class Request(dict[str, Any]):
    """What of aiohttp's is asked here."""

    headers: dict[str, str] = field(default_factory=lambda: dict(JSON))
    body_exists: bool = True
    raw_path: str = "/score?n=1"
    method: str = "POST"


def collected(folder: Path, **changes: Any) -> Collected:
    known = {"folder": str(folder), "source": "blue", "collections": ("request", "response")}
    return Collected(**{**known, **changes})


async def pieces(*told: bytes) -> AsyncIterator[bytes]:
    for each in told:
        yield each


async def passed(body: AsyncIterator[bytes]) -> bytes:
    return b"".join([each async for each in body])


def answer(*told: bytes, **headers: str) -> Any:
    return SimpleNamespace(pieces=lambda: pieces(*told), fields={**JSON, **headers})


async def one(
    collector: Collector,
    said: Collected | None,
    request: Any,
    status: int = 200,
    given: tuple[bytes, ...] = (b"[2", b"]"),
) -> None:
    """A request that passes, and is answered."""
    collector.begin(request, said, "blue-1", list(request.headers.items()))
    assert await passed(collecting.asked(request, pieces(b"[", b"1]"))) == b"[1]"
    relayed: Any = SimpleNamespace(status=status)
    body = collecting.answered(request, relayed, answer(*given))
    assert await passed(body) == b"".join(given)
    collecting.drop(request)


def done(work: Callable[[Collector], Any], shares: Iterable[float] = repeat(0.5)) -> Collector:
    """All is written when the loop has ended."""

    async def main() -> Collector:
        collector = Collector(iter(shares))
        await work(collector)
        await asyncio.to_thread(collector._writer.shutdown)
        await asyncio.sleep(0)
        return collector

    return asyncio.run(main())


def lines(folder: Path, collection: str) -> list[dict[str, Any]]:
    files = sorted((folder / collection).rglob("*.jsonl"))
    return [json.loads(each) for file in files for each in file.read_text().splitlines()]


def test_a_request_and_its_answer_have_one_correlation_id(tmp_path: Path) -> None:
    collector = done(lambda collector: one(collector, collected(tmp_path), Request()))
    assert collector.hold(MOST_HELD) and not collector.hold(1)  # it was given back once
    ((asked,), (answered,)) = lines(tmp_path, "request"), lines(tmp_path, "response")
    assert asked["data"] == [1] and answered["data"] == [2]
    assert (asked["path"], asked["method"]) == ("/score?n=1", "POST")
    assert asked["correlationid"] == asked["xrequestid"] == answered["correlationid"]
    assert "statuscode" not in answered and "headers" not in asked


def test_the_id_is_the_requests_own_where_it_has_one(tmp_path: Path) -> None:
    request = Request(headers={**JSON, "X-Request-ID": "mine"})
    done(lambda collector: one(collector, collected(tmp_path), request))
    assert lines(tmp_path, "response")[0]["correlationid"] == "mine"


def test_only_what_is_asked_for_is_collected(tmp_path: Path) -> None:
    said = collected(tmp_path, collections=("response",))
    done(lambda collector: one(collector, said, Request()))
    assert [each.name for each in tmp_path.iterdir()] == ["response"]


@pytest.mark.parametrize("has_body", [True, False])
def test_nothing_is_touched_where_nothing_is_collected(tmp_path: Path, has_body: bool) -> None:
    request: Any = Request(body_exists=has_body)
    said = None if has_body else collected(tmp_path)
    Collector(iter([])).begin(request, said, "blue-1", [])
    body = pieces(b"[1]")
    assert collecting.asked(request, body) is body
    assert dict(request) == {}


def test_the_headers_that_are_named_are_captured(tmp_path: Path) -> None:
    said = collected(tmp_path, headers=("X-User", "x-absent"))
    request = Request(headers={**JSON, "X-User": "ann", "X-Other": "no"})
    done(lambda collector: one(collector, said, request))
    assert lines(tmp_path, "request")[0]["headers"] == {"x-user": "ann"}


def test_how_a_body_is_coded_is_told(tmp_path: Path) -> None:
    request = Request(headers={**JSON, "Content-Encoding": "gzip"})
    done(lambda collector: one(collector, collected(tmp_path), request))
    assert lines(tmp_path, "request")[0]["contentencoding"] == "gzip"


def test_a_status_that_is_not_200_is_told(tmp_path: Path) -> None:
    done(lambda collector: one(collector, collected(tmp_path), Request(), status=424))
    assert lines(tmp_path, "response")[0]["statuscode"] == "424"


def test_a_share_of_the_requests_is_collected_evenly(tmp_path: Path) -> None:
    async def many(collector: Collector) -> None:
        for _ in range(100):
            await one(collector, collected(tmp_path, rate=0.25), Request())

    done(many, points(0.1))
    ids = [each["correlationid"] for each in lines(tmp_path, "request")]
    assert 24 <= len(ids) <= 26
    assert ids == [each["correlationid"] for each in lines(tmp_path, "response")]


def test_what_breaks_off_is_not_collected_and_gives_its_room_back(tmp_path: Path) -> None:
    async def broken(collector: Collector) -> None:
        request: Any = Request()
        collector.begin(request, collected(tmp_path), "blue-1", [])
        body = collecting.asked(request, pieces(b"[", b"1]"))
        assert await anext(body) == b"["
        with collecting.ended(request, None):
            pass

    collector = done(broken)
    assert list(tmp_path.iterdir()) == []
    assert collector.hold(MOST_HELD)


def test_a_request_that_is_still_passing_when_its_answer_comes_is_whole(tmp_path: Path) -> None:
    async def crossing(collector: Collector) -> None:
        request: Any = Request()
        collector.begin(request, collected(tmp_path), "blue-1", [])
        body = collecting.asked(request, pieces(b"[", b"1]"))
        first = await anext(body)
        relayed: Any = SimpleNamespace(status=200)
        assert await passed(collecting.answered(request, relayed, answer(b"[2]"))) == b"[2]"
        assert first + await passed(body) == b"[1]"

    done(crossing)
    assert lines(tmp_path, "request")[0]["data"] == [1]
    assert lines(tmp_path, "response")[0]["data"] == [2]


def test_what_does_not_fit_in_memory_is_told_and_passes(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    large = b"x" * MOST_HELD
    collector = done(
        lambda collector: one(collector, collected(tmp_path), Request(), given=(large,))
    )
    assert [each.name for each in tmp_path.iterdir()] == ["request"]
    assert "/score?n=1 is not collected whole" in caplog.text
    assert collector.hold(MOST_HELD)


def test_a_disk_that_refuses_is_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").touch()

    async def twice(collector: Collector) -> None:
        for _ in range(2):
            await one(collector, collected(tmp_path / "file"), Request())

    collector = done(twice)
    assert caplog.text.count("could not be written") == 1
    assert collector.hold(MOST_HELD)
