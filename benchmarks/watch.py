"""From a saved file to its answer, beside other servers: `python -m benchmarks.watch`.

A script is edited, saved, and asked for until the answer is one that only this edit can give. Saves
are some seconds apart, as a person's are: what a tool does between them is not counted, but must be
done by then. Meanwhile 50 requests a second are sent, and those that fail are counted. Each tool
serves the sample's model of scikit-learn, and a function that answers at once. The official SDK has
no such loop: its update of the deployment is timed, a few times only.
Needs what `benchmarks.local` needs; uvicorn and BentoML get a virtual environment of their own.
"""

from __future__ import annotations

import argparse
import json
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import Request, urlopen
from uuid import uuid4

from benchmarks import machine, page, tools
from benchmarks.process import BenchmarkError
from benchmarks.registry import base_image, registry
from benchmarks.results import Row, Target
from benchmarks.sample import BASE_IMAGE, REQUEST, SAMPLES, SCRIPT, Sample
from benchmarks.tools import AZ, ROOT, SDK, Tool

MODULE = "benchmarks.watch"
UVICORN, BENTOML = "uvicorn --reload", "bentoml serve --reload"
RATE, PAUSE, START_SECONDS = 50, 4.0, 180.0
SAVES, SDK_RUNS = 20, 3
CHEAP, SAMPLE = "a function that answers at once", "the sample with scikit-learn"
LIMITS = {CHEAP: 0.3, SAMPLE: 1.0}
MODEL = SAMPLES / "model-1/model/sklearn_regression_model.pkl"

Save = Callable[[int], None]
"""Saves the edit of this number."""

ECHO = "def init():\n    pass\n\n\ndef run(raw_data):\n    return len(raw_data)\n"
LOAD = {
    CHEAP: "def predict(data):\n    return len(data)\n",
    SAMPLE: f"import joblib\n\nmodel = joblib.load({str(MODEL)!r})\n\n\n"
    "def predict(data):\n    return model.predict(data).tolist()\n",
}
OURS = (
    "\n\ndef run(raw_data, _run=run):\n    return {{'edit': {number}, 'answer': _run(raw_data)}}\n"
)
ASGI = """
import json


async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    answer = json.dumps({{"edit": {number}, "answer": predict(json.loads(body)["data"])}}).encode()
    head = [(b"content-type", b"application/json")]
    await send({{"type": "http.response.start", "status": 200, "headers": head}})
    await send({{"type": "http.response.body", "body": answer}})
"""
BENTO = """
import bentoml


@bentoml.service
class Sample:
    @bentoml.api
    def score(self, data: list) -> dict:
        return {{"edit": {number}, "answer": predict(data)}}
"""


@dataclass
class Seen:
    """Seconds from save to answer, and what became of the requests meanwhile."""

    seconds: list[float] = field(default_factory=list)
    failed: int = 0
    sent: int = 0


@dataclass(frozen=True)
class Serving:
    """uri: asked each time, as it may be another after a save."""

    uri: Callable[[], str]
    save: Save


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = page.parser(MODULE, __doc__, runs=SAVES)
    add_peers(parser)
    parser.add_argument("--only", choices=["process", "docker"], help="one runtime, and no SDK")
    return parser.parse_args(argv)


def add_peers(parser: argparse.ArgumentParser) -> None:
    venv = ROOT / ".venv-peers"
    parser.add_argument("--peers-venv", type=Path, default=venv, help="of uvicorn and BentoML")


def measured(options: argparse.Namespace) -> page.Measured:
    """The facts and the rows of the page."""
    facts = {**machine.facts(), "this extension": machine.az_versions(options.az.absolute())}
    return facts, list(rows(options, options.runs, options.only))


def rows(options: argparse.Namespace, saves: int, only: str | None = None) -> Iterator[Row]:
    """only: one runtime, and no SDK."""
    peers = tools.venv_python(options.peers_venv.absolute(), tools.PEERS_REQUIREMENTS).parent
    az = options.az.absolute()
    for what in (CHEAP, SAMPLE):
        theirs = {
            UVICORN: observed(UVICORN, uvicorn(peers, what), saves),
            BENTOML: observed(BENTOML, bentoml(peers, what), saves),
        }
        if what == SAMPLE and not only:
            theirs[SDK] = observed(SDK, official(options.sdk_venv), min(saves, SDK_RUNS))
        for runtime in [only] if only else ["process", "docker"]:
            ours = observed(f"{AZ} watch, {runtime}", watched(az, what, runtime), saves)
            yield from compared(what, runtime, ours, theirs)


def compared(what: str, runtime: str, ours: Seen, theirs: dict[str, Seen]) -> Iterator[Row]:
    for number, (name, seen) in enumerate(theirs.items()):
        limit = None if number else LIMITS[what]
        title = f"save to answer, {runtime}; {what}"
        yield Row(title, name, ours.seconds, seen.seconds, Target("itself", limit))
        title = f"… requests that failed, of {ours.sent} (theirs: of {seen.sent})"
        yield Row(title, name, [ours.failed], [seen.failed], Target("itself", 0), "")


def observed(name: str, peer: AbstractContextManager[Serving], runs: int) -> Seen:
    """The first save is a warm-up."""
    with peer as serving:
        answered(serving, 0, time.perf_counter())
        seen = Seen()
        with load(serving, seen):
            for number in range(1, runs + 2):
                time.sleep(PAUSE)
                began = time.perf_counter()
                serving.save(number)
                seconds = answered(serving, number, began)
                print(f"{number}: {name}: {seconds:.2f} s", file=sys.stderr)
                seen.seconds += [seconds] if number > 1 else []
    return seen


def answered(serving: Serving, number: int, began: float) -> float:
    """Seconds until the edit answers. BenchmarkError where it never does."""
    while time.perf_counter() - began < START_SECONDS:
        with suppress(OSError, ValueError):
            answer = asked(serving.uri())
            if isinstance(answer, dict) and answer.get("edit") == number:
                return time.perf_counter() - began
        time.sleep(0.01)
    raise BenchmarkError(f"Edit {number} is not served at {serving.uri()}.")


def asked(uri: str) -> object:
    body = (SAMPLES / REQUEST).read_bytes()
    request = Request(uri, body, {"Content-Type": "application/json"})
    with urlopen(request, timeout=30) as response:
        answer: object = json.load(response)
    return answer


@contextmanager
def load(serving: Serving, seen: Seen) -> Iterator[None]:
    """At a constant rate, whatever becomes of the requests."""
    ended, lock = threading.Event(), threading.Lock()

    def ask() -> None:
        failed = False
        try:
            asked(serving.uri())
        except (OSError, ValueError):
            failed = True
        with lock:
            seen.sent, seen.failed = seen.sent + 1, seen.failed + failed

    def run() -> None:
        began, sent = time.monotonic(), 0
        with ThreadPoolExecutor(64) as pool:
            while not ended.wait(max(0.0, began + sent / RATE - time.monotonic())):
                pool.submit(ask)
                sent += 1

    pacing = threading.Thread(target=run)
    pacing.start()
    try:
        yield
    finally:
        ended.set()
        pacing.join()


# Who serves


@contextmanager
def watched(az: Path, what: str, runtime: str) -> Iterator[Serving]:
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        sample = Sample.copy(Path(name, "az"), BASE_IMAGE)
        tool = tools.az(az, f"bench-{uuid4().hex[:8]}", sample, Path(name, "config"))
        script = sample.folder / SCRIPT
        save = saver(script, (ECHO if what == CHEAP else script.read_text()) + OURS)
        command = f"ml endpoint watch --local --runtime {runtime} -n {tool.endpoint}"
        line = [str(az), *command.split(), "-f", str(sample.document)]
        try:
            with running(line, ROOT, tool.environ):
                uri = when_there(tool)
                yield Serving(lambda: uri, save)
        finally:
            tool.run("delete")


def when_there(tool: Tool) -> str:
    """The endpoint's address, once it has one."""
    began = time.monotonic()
    while time.monotonic() - began < START_SECONDS:
        with suppress(BenchmarkError):
            if uri := json.loads(tool.run("show"))["scoring_uri"]:
                return str(uri)
        time.sleep(0.5)
    raise BenchmarkError("The endpoint that is watched does not come to be.")


def uvicorn(programs: Path, what: str) -> AbstractContextManager[Serving]:
    return reloading(programs / "uvicorn", ["app:app", "--reload"], "app.py", LOAD[what] + ASGI)


def bentoml(programs: Path, what: str) -> AbstractContextManager[Serving]:
    line = ["serve", "service:Sample", "--reload"]
    return reloading(programs / "bentoml", line, "service.py", LOAD[what] + BENTO)


@contextmanager
def reloading(program: Path, line: list[str], file: str, text: str) -> Iterator[Serving]:
    """A server of others that starts again where a file of its folder is saved."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        save = saver(Path(name, file), text)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        command = [str(program), *line, "--port", str(port)]
        with running(command, Path(name), None):
            yield Serving(lambda: f"http://127.0.0.1:{port}/score", save)


@contextmanager
def official(venv: Path) -> Iterator[Serving]:
    """Its update is the save."""
    python, run = tools.sdk_python(venv.absolute()), uuid4().hex[:8]
    with (
        tempfile.TemporaryDirectory(prefix="benchmark-") as name,
        registry(Path(name, "registry")) as address,
        base_image(BASE_IMAGE, address, run) as image,
    ):
        sample = Sample.copy(Path(name, "sdk"), image)
        tool = tools.sdk(python, f"bench-sdk-{run}", sample, Path(name, "home"))
        sample.edit(0)
        tool.run("create")
        uris = [json.loads(tool.run("show"))["scoring_uri"]]

        def save(number: int) -> None:
            sample.edit(number)
            tool.run("update")
            uris.append(json.loads(tool.run("show"))["scoring_uri"])

        try:
            yield Serving(lambda: str(uris[-1]), save)
        finally:
            tool.run("delete")


def saver(script: Path, text: str) -> Save:
    """text: has a place for the number. The first one is saved at once."""
    fixed, _, edited = text.rpartition("{number}")
    template = fixed.replace("{{", "{").replace("}}", "}")
    rest = edited.replace("{{", "{").replace("}}", "}")

    def save(number: int) -> None:
        script.write_text(f"{template}{number}{rest}", encoding="utf-8")

    save(0)
    return save


@contextmanager
def running(
    command: list[str], folder: Path, environ: Mapping[str, str] | None
) -> Iterator[subprocess.Popen[bytes]]:
    """A program in a session of its own, of which nothing is left."""
    quiet = subprocess.DEVNULL
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environ,
        stdin=quiet,
        stdout=quiet,
        stderr=quiet,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(30)
            process.kill()


if __name__ == "__main__":
    sys.exit(page.printed(MODULE, sys.argv[1:], arguments(sys.argv[1:]), measured))
