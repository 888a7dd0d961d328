"""A request goes out as it was given, and its answer comes back as it was."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from azext_ml_endpoint.scoring import Answer, Request
from tests.fakes.memory_runtime import Behaviour, MemoryRuntime
from tests.functional.invoking import answering, blue_asked, invoke, invoke_answered

REQUEST_FILE = "endpoints/online/model-1/sample-request.json"
LOGS = Path(__file__).parents[1] / "unit/local/server_logs"


@pytest.fixture
def asked(samples: Path, runtime: MemoryRuntime) -> list[Request]:
    return blue_asked(runtime)


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


@pytest.mark.parametrize("name", ["grey", "blue-"])
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


# Headers and types


@pytest.mark.parametrize(
    ("name", "content_type"),
    [("cat.png", "image/png"), ("rows.csv", "text/csv"), ("request", "application/json")],
)
def test_the_files_name_says_its_type(
    asked: list[Request], tmp_path: Path, name: str, content_type: str
) -> None:
    (tmp_path / name).write_bytes(b"\x00\xff")
    invoke("--request-file", str(tmp_path / name))
    invoke("--request-file", str(tmp_path / name), "--content-type", "x/y")
    assert [each.content_type for each in asked] == [content_type, "x/y"]
    assert asked[0].body == b"\x00\xff"


def test_headers_go_out_as_they_were_given(asked: list[Request]) -> None:
    invoke("--data", "{}", "--header", "X-Team: houses", "X-Empty:", "--header", "X-Time: 12:30")
    given = {"X-Team": "houses", "X-Empty": "", "X-Time": "12:30"}
    assert asked[0].headers == {**given, "azureml-model-deployment": "blue"}


def test_a_header_may_come_from_a_file(asked: list[Request], tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("X-Secret: kept\n")
    invoke("--data", "{}", "--header", "X-Team: houses", f"@{tmp_path / 'secret.txt'}")
    given = {"X-Team": "houses", "X-Secret": "kept"}
    assert asked[0].headers == {**given, "azureml-model-deployment": "blue"}


@pytest.mark.parametrize(
    ("header", "advice"),
    [
        ("X-Team", "Such as: --header 'X-Team: houses'"),
        ("X-Team: a\r\nX-Evil: b", "a line end"),
        ("Content-Length: 5", "It follows from the body."),
        ("@gone.txt", "--header: there is no file gone.txt."),
    ],
)
def test_a_header_that_cannot_be_exits_2(asked: list[Request], header: str, advice: str) -> None:
    refused = invoke("--data", "{}", "--header", header)
    assert (refused.exit_code, refused.stdout, asked) == (2, "", [])
    assert "--header" in refused.stderr
    assert advice in refused.stderr


@pytest.mark.parametrize("kind", ["text/csv\n", "a\r\nX-Evil: b", "text/\u5bb6"])
def test_a_content_type_that_cannot_be_exits_2(asked: list[Request], kind: str) -> None:
    refused = invoke("--data", "{}", "--content-type", kind)
    assert (refused.exit_code, asked) == (2, [])
    assert "--content-type: " in refused.stderr
    assert "is no content type" in refused.stderr


def test_a_body_from_a_file_that_is_not_there_exits_2(asked: list[Request], tmp_path: Path) -> None:
    refused = invoke("--data", f"@{tmp_path / 'gone.json'}")
    assert (refused.exit_code, asked) == (2, [])
    assert f"--data: there is no file {tmp_path / 'gone.json'}." in refused.stderr
    (tmp_path / "there.json").write_text('{"data": []}')
    invoke("--data", f"@{tmp_path / 'there.json'}")
    invoke("--data", "@somebody", "--content-type", "text/plain")
    assert [each.body for each in asked] == [b'{"data": []}', b"@somebody"]


# Streams

EVENTS = {"content-type": "text/event-stream"}
STREAM = b'data: {"text": "a"}\n\ndata: {"text": "b"}\n\n'


def streaming(body: bytes = STREAM, headers: dict[str, str] | None = None) -> Behaviour:
    answer = Answer(status=200, body=body, headers=headers or EVENTS)
    return Behaviour(answer=lambda _: answer)


def test_a_stream_goes_to_stdout_as_it_is(asked: list[Request], runtime: MemoryRuntime) -> None:
    assert invoke_answered(runtime, streaming()).stdout == STREAM.decode()


def test_a_stream_is_data_for_a_query(asked: list[Request], runtime: MemoryRuntime) -> None:
    queried = invoke_answered(runtime, streaming(), "--query", "[].data.text", "-o", "tsv")
    assert queried.stdout == "a\nb\n"
    assert invoke("--data", "{}", "-o", "json").json == [
        {"event": "message", "data": {"text": each}} for each in "ab"
    ]


def test_chunked_json_is_printed_by_az(asked: list[Request], runtime: MemoryRuntime) -> None:
    headers = {"content-type": "application/json", "transfer-encoding": "chunked"}
    assert invoke_answered(runtime, streaming(b"[1]", headers)).stdout == "[\n  1\n]\n"


# Head, times, files


def test_head_and_times_go_to_stderr(asked: list[Request], runtime: MemoryRuntime) -> None:
    told = invoke_answered(runtime, streaming(b"[1]", {"x-a": "1"}), "--include")
    assert told.json == [1]
    lines = told.stderr.splitlines()
    assert lines[:3] == ["HTTP 200", "x-a: 1", "azureml-model-deployment: blue"]
    assert [each.partition(":")[0] for each in lines[3:]] == [
        "Time to headers",
        "Time to first byte",
        "Total time",
    ]


def test_the_head_of_a_refusal_is_told_too(asked: list[Request], runtime: MemoryRuntime) -> None:
    refused = invoke_answered(runtime, answering(b"no", 429), "--include")
    assert refused.exit_code == 1
    assert refused.stderr.startswith("HTTP 429\n")


def test_any_body_goes_into_a_file(
    asked: list[Request], runtime: MemoryRuntime, tmp_path: Path
) -> None:
    file = tmp_path / "answer.png"
    body = b"\x89PNG\r\n\0"
    written = invoke_answered(runtime, answering(body), "--out", str(file))
    assert (written.exit_code, written.stdout, file.read_bytes()) == (0, "", body)
    refused = invoke("--data", "{}", "--out", str(file))
    assert refused.exit_code == 1 and "--yes" in refused.stderr
    assert invoke("--data", "{}", "--out", str(file), "--yes").exit_code == 0


def test_a_file_that_cannot_be_written_is_told_before_anything_is_sent(
    asked: list[Request], tmp_path: Path
) -> None:
    request = tmp_path / "request.json"
    request.write_text("{}")
    for file in (tmp_path, request):
        refused = invoke("--request-file", str(request), "--out", str(file), "--yes")
        assert refused.exit_code == 1
    assert asked == []


def test_a_refusal_writes_no_file(
    asked: list[Request], runtime: MemoryRuntime, tmp_path: Path
) -> None:
    file = tmp_path / "answer"
    refused = invoke_answered(runtime, answering(b"no", 500), "--out", str(file))
    assert refused.exit_code == 1 and not file.exists()
