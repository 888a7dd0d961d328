"""Many requests are measured, and one is held against what the server says that it takes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from azext_ml_endpoint.scoring import Answer, Request
from tests.fakes.memory_runtime import Behaviour, MemoryRuntime
from tests.functional.invoking import answering, blue_asked, invoke, invoke_answered


@pytest.fixture
def swagger() -> bytes:
    """What blue says of the requests that it takes."""
    return b""


@pytest.fixture
def asked(samples: Path, runtime: MemoryRuntime, swagger: bytes) -> list[Request]:
    return blue_asked(runtime, swagger)


# Measuring


def test_many_requests_are_measured(asked: list[Request]) -> None:
    measured = invoke("--data", "{}", "--repeat", "30", "--concurrency", "3")
    assert measured.exit_code == 0, measured.stderr
    assert len(asked) == 30
    data = measured.json
    assert (data["requests"], data["failed"], data["concurrency"]) == (30, 0, 3)
    assert data["deployments"] == {"blue": 30}
    assert 0 < data["latency_ms"]["p50"] <= data["latency_ms"]["p99"]
    first, *_, last = measured.stderr.splitlines()
    assert first.startswith("30 requests in ") and last.startswith("p50 ")


def test_the_traffic_is_followed(asked: list[Request]) -> None:
    measured = invoke("--data", "{}", "--repeat", "200", deployment="")
    assert set(measured.json["deployments"]) == {"blue", "green"}


def test_a_duration_ends_it_too(asked: list[Request]) -> None:
    assert invoke("--data", "{}", "--duration", "50ms").json["requests"] > 0


def test_what_was_measured_is_a_table(asked: list[Request]) -> None:
    heads, _, row = invoke("--data", "{}", "--repeat", "5", "-o", "table").stdout.splitlines()
    assert heads.split() == ["Requests", "Failed", "Requests/s", "P50", "P95", "P99", "Errors"]
    assert row.split()[:2] == ["5", "0"]
    assert invoke("--data", "[[1, 2]]", "-o", "table").stdout.split()[-2:] == ["1", "2"]


def test_failures_are_counted_and_the_first_one_is_told(
    asked: list[Request], runtime: MemoryRuntime
) -> None:
    answers = iter([200, 503, 200])

    def answer(_: Request) -> Answer:
        return Answer(status=next(answers), body=b'{"message": "busy"}')

    measured = invoke_answered(runtime, Behaviour(answer=answer), "--repeat", "3")
    assert (measured.exit_code, measured.json["errors"]) == (0, {"503": 1})
    assert "WARNING: The first that failed: 503: busy" in measured.stderr


def test_where_nothing_succeeds_the_result_is_printed_and_the_exit_code_is_1(
    asked: list[Request], runtime: MemoryRuntime
) -> None:
    failed = invoke_answered(runtime, answering(b"busy", 429), "--repeat", "4")
    assert (failed.exit_code, failed.json["errors"]) == (1, {"429": 4})
    assert "ERROR: None of 4 requests succeeded: 429: busy" in failed.stderr


def test_a_deployment_that_does_not_run_is_told_before_it_is_measured(
    asked: list[Request], runtime: MemoryRuntime
) -> None:
    runtime.kill("blue")
    refused = invoke("--data", "{}", "--repeat", "4")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "does not run" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--concurrency", "2"], "--concurrency is for measuring"),
        (["--repeat", "0"], "no number from 1"),
        (["--repeat", "2", "--concurrency", "1001"], "from 1 to 1000"),
        (["--duration", "0"], "--duration"),
        (["--repeat", "2", "--include"], "--include is for one answer"),
    ],
)
def test_what_cannot_be_measured_exits_2(
    asked: list[Request], arguments: list[str], complaint: str
) -> None:
    refused = invoke("--data", "{}", *arguments)
    assert (refused.exit_code, refused.stdout, asked) == (2, "", [])
    assert complaint in refused.stderr


# What the deployment says that it takes


SWAGGER = json.dumps(
    {
        "paths": {
            "/score": {"post": {"parameters": [{"in": "body", "schema": {"required": ["data"]}}]}}
        }
    }
).encode()


@pytest.mark.parametrize("swagger", [SWAGGER])
def test_a_request_that_does_not_fit_is_not_sent(asked: list[Request]) -> None:
    refused = invoke("--data", '{"dada": 1}', "--check")
    assert (refused.exit_code, refused.stdout, asked) == (1, "", [])
    assert "$: 'data' is a required property" in refused.stderr
    assert "swagger.json of blue" in refused.stderr
    assert invoke("--data", '{"data": 1}', "--check").exit_code == 0 and len(asked) == 1


@pytest.mark.parametrize("swagger", [b"", b"Healthy"])
def test_what_describes_nothing_is_a_warning(asked: list[Request]) -> None:
    sent = invoke("--data", "{}", "--check")
    assert sent.exit_code == 0 and len(asked) == 1
    assert "the request was not checked" in sent.stderr
