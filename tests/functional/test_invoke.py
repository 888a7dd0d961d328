"""A request goes out as it was given, and its answer comes back as it was."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from azext_ml_endpoint.scoring import Answer, Request
from tests.fakes.memory_runtime import Behaviour, MemoryRuntime
from tests.functional.in_process_az import Result, az

BLUE_GREEN = "endpoints/online/managed/blue-green/endpoint.yml"
REQUEST_FILE = "endpoints/online/model-1/sample-request.json"
LOGS = Path(__file__).parents[1] / "unit/local/server_logs"


def answering(body: bytes, status: int = 200, **headers: str) -> Behaviour:
    answer = Answer(status=status, body=body, headers=headers)
    return Behaviour(answer=lambda _: answer)


@pytest.fixture
def asked(samples: Path, runtime: MemoryRuntime) -> list[Request]:
    """What blue has been asked. It answers with what it was asked; green answers "green"."""
    asked: list[Request] = []

    def echo(request: Request) -> Answer:
        asked.append(request)
        return Answer(status=200, body=request.body)

    runtime.behaviours |= {"blue": Behaviour(answer=echo), "green": answering(b'"green"')}
    made = az("ml", "endpoint", "create", "--local", "-n", "houses", "-f", BLUE_GREEN)
    assert made.exit_code == 0, made.stderr
    return asked


def invoke(*arguments: str, stdin: bytes = b"", deployment: str = "blue") -> Result:
    to = ["--deployment", deployment] if deployment else []
    return az("ml", "endpoint", "invoke", "--local", "-n", "houses", *to, *arguments, stdin=stdin)


def invoke_answered(runtime: MemoryRuntime, behaviour: Behaviour, *arguments: str) -> Result:
    """A new blue, which answers so, is asked."""
    runtime.behaviours["blue"] = behaviour
    runtime.kill("blue")
    update = az("ml", "endpoint", "update", "--local", "-n", "houses", "-f", BLUE_GREEN)
    assert update.exit_code == 0, update.stderr
    return invoke("--data", "{}", *arguments)


# The request


def test_a_file_is_sent_byte_by_byte(asked: list[Request]) -> None:
    answer = invoke("--request-file", REQUEST_FILE)
    assert answer.exit_code == 0
    assert [each.body for each in asked] == [Path(REQUEST_FILE).read_bytes()]
    assert answer.json == json.loads(Path(REQUEST_FILE).read_text())
    assert answer.stderr == ""


def test_text_is_sent_as_utf_8(asked: list[Request]) -> None:
    assert invoke("--data", '{"city": "Zürich"}').json == {"city": "Zürich"}
    assert asked[0].body == '{"city": "Zürich"}'.encode()


def test_a_dash_sends_what_comes_in(asked: list[Request]) -> None:
    assert invoke("--data", "-", stdin=b"\x00\xff").exit_code == 0
    assert asked[0].body == b"\x00\xff"


def test_an_empty_body_may_be_sent(asked: list[Request]) -> None:
    assert invoke("--data", "").exit_code == 0
    assert asked[0].body == b""


def test_the_content_type_is_json_unless_told_otherwise(asked: list[Request]) -> None:
    invoke("--data", "{}")
    invoke("--data", "a,b", "--content-type", "text/csv")
    assert [each.content_type for each in asked] == ["application/json", "text/csv"]


def test_a_file_that_does_not_exist_is_named(asked: list[Request]) -> None:
    missing = invoke("--request-file", "nowhere.json")
    assert (missing.exit_code, missing.stdout, asked) == (1, "", [])
    assert "nowhere.json: No such file or directory" in missing.stderr


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "There is nothing to send"),
        (["--data", "{}", "--request-file", REQUEST_FILE], "not both"),
        (["--data", "{}", "--timeout", "0"], "--timeout"),
    ],
)
def test_options_that_make_no_request_exit_2(
    asked: list[Request], arguments: list[str], complaint: str
) -> None:
    refused = invoke(*arguments)
    assert (refused.exit_code, refused.stdout, asked) == (2, "", [])
    assert complaint in refused.stderr


# Who answers


def test_without_a_name_the_traffic_decides(asked: list[Request]) -> None:
    answers = {invoke("--data", '"blue"', deployment="").stdout for _ in range(60)}
    assert answers == {'"blue"\n', '"green"\n'}


@pytest.mark.parametrize("name", ["grey", "Blue"])
def test_a_deployment_that_does_not_exist_exits_3(asked: list[Request], name: str) -> None:
    missing = invoke("--data", "{}", deployment=name)
    assert missing.exit_code == 3
    assert f"houses has no deployment {name}" in missing.stderr


def test_an_endpoint_that_does_not_exist_exits_3() -> None:
    missing = invoke("--data", "{}", deployment="")
    assert (missing.exit_code, missing.stdout) == (3, "")


def test_a_deployment_that_was_killed_says_so(asked: list[Request], runtime: MemoryRuntime) -> None:
    runtime.kill("blue")
    dead = invoke("--data", "{}")
    assert (dead.exit_code, dead.stdout) == (1, "")
    assert (
        "ERROR: Deployment blue of endpoint houses does not run: it exited with code 137."
        in dead.stderr
    )


# The answer


@pytest.mark.parametrize(
    ("body", "printed"),
    [
        (b"[205.48, 68.63]", "[\n  205.48,\n  68.63\n]\n"),
        (b'"text"', '"text"\n'),
        (b"0", "0\n"),
        (b"false", "false\n"),
        (b"[]", "[]\n"),
        (b"null", "null"),
        (b"", ""),
        (b"plain text", "plain text"),
        (b"two\nlines\n", "two\nlines\n"),
    ],
)
def test_json_is_printed_as_json_and_all_else_as_it_is(
    asked: list[Request], runtime: MemoryRuntime, body: bytes, printed: str
) -> None:
    assert invoke_answered(runtime, answering(body)).stdout == printed


def test_a_json_answer_can_be_queried(asked: list[Request], runtime: MemoryRuntime) -> None:
    body = b'{"prices": [205.48, 68.63]}'
    answer = invoke_answered(runtime, answering(body), "--query", "prices[0]", "-o", "tsv")
    assert answer.stdout == "205.48\n"


def test_a_failed_request_exits_1_with_the_scripts_traceback(
    asked: list[Request], runtime: MemoryRuntime, samples: Path
) -> None:
    failing = Answer(
        status=500,
        body=b'{"message": "An unexpected error occurred in scoring script."}',
        headers={"x-ms-run-function-failed": "True"},
    )
    log = tuple((LOGS / "run_raises.log").read_text().splitlines())
    failed = invoke_answered(runtime, Behaviour(answer=lambda _: failing, request_log=log))
    assert (failed.exit_code, failed.stdout) == (1, "")
    script = samples / "endpoints/online/model-1/onlinescoring/score.py"
    assert f'File "{script}", line 7, in run' in failed.stderr
    assert failed.stderr.splitlines()[-1] == (
        "ERROR: Deployment blue of endpoint houses answered 500: "
        "An unexpected error occurred in scoring script."
    )


@pytest.mark.parametrize("status", [302, 307, 400, 404, 424, 503])
def test_every_refusal_exits_1_with_the_servers_words(
    asked: list[Request], runtime: MemoryRuntime, status: int
) -> None:
    refused = invoke_answered(runtime, answering(b"Cannot read your rows", status))
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert (
        f"ERROR: Deployment blue of endpoint houses answered {status}: Cannot read your rows"
        in refused.stderr
    )
