"""An endpoint with two deployments that is asked, and the command that asks it."""

from __future__ import annotations

from azext_ml_endpoint.scoring import Answer, Request
from tests.fakes.memory_runtime import Behaviour, MemoryRuntime
from tests.functional.in_process_az import Result, az
from tests.functional.sample_files import BLUE_GREEN


def answering(body: bytes, status: int = 200, **headers: str) -> Behaviour:
    answer = Answer(status=status, body=body, headers=headers)
    return Behaviour(answer=lambda _: answer)


def blue_asked(runtime: MemoryRuntime, swagger: bytes = b"") -> list[Request]:
    """What blue has been asked. It answers with what it was asked; green answers "green".

    swagger: what blue says of the requests that it takes.
    """
    asked: list[Request] = []

    def echo(request: Request) -> Answer:
        asked.append(request)
        return Answer(status=200, body=request.body)

    blue = Behaviour(answer=echo, swagger=swagger)
    runtime.behaviours |= {"blue": blue, "green": answering(b'"green"')}
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
