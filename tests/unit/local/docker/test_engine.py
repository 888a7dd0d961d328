"""The door to Docker, against small daemons that speak HTTP over a socket."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from urllib.parse import parse_qs, urlsplit

import pytest

from azext_ml_endpoint.errors import FileAccessError, RuntimeUnavailableError
from azext_ml_endpoint.local.docker.contract import DaemonError
from azext_ml_endpoint.local.docker.engine import DockerEngine, connect
from tests.fakes.builders import write_files
from tests.fakes.docker_daemon import Daemon, Request, says


def hangs_up(request: Request) -> None:
    request.close_connection = True


@pytest.fixture
def sockets() -> Iterator[Path]:
    """A folder whose path is short enough for sockets."""
    with tempfile.TemporaryDirectory(prefix="ml") as folder:
        yield Path(folder)


@pytest.fixture
def daemon(sockets: Path) -> Iterator[Daemon]:
    with Daemon(sockets / "one.sock") as daemon:
        yield daemon
        daemon.shutdown()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user without settings of Docker."""
    for name in [name for name in os.environ if name.startswith("DOCKER_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / ".docker"))
    return tmp_path


@pytest.fixture(params=["at the socket", "by the library"])
def engine(
    daemon: Daemon, home: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> DockerEngine:
    monkeypatch.setenv("DOCKER_HOST", daemon.url)
    if request.param == "by the library":
        write_files(home, {".docker/config.json": json.dumps({"HttpHeaders": {"X-Team": "a"}})})
    return DockerEngine()


def write_context(home: Path, name: str, url: str) -> None:
    """As `docker context create` and `docker context use` leave it."""
    folder = ".docker/contexts/meta/" + hashlib.sha256(name.encode()).hexdigest()
    meta = {"Name": name, "Metadata": {}, "Endpoints": {"docker": {"Host": url}}}
    settings = {"currentContext": name}
    files = {f"{folder}/meta.json": json.dumps(meta), ".docker/config.json": json.dumps(settings)}
    write_files(home, files)


class TestFinding:
    def test_nothing_is_asked_before_it_is_needed(self, daemon: Daemon) -> None:
        connect()
        assert daemon.asked == []

    def test_docker_host_names_it_and_its_version_is_spoken(
        self, engine: DockerEngine, daemon: Daemon
    ) -> None:
        daemon.answers["/images/x/json"] = says(200, {"Id": "sha256:x"})
        assert engine.image("x") == {"Id": "sha256:x"}
        assert [each.partition("?")[0] for each in daemon.asked] == [
            "GET /_ping",
            "GET /v1.47/images/x/json",
        ]

    def test_the_chosen_context_names_it(self, daemon: Daemon, home: Path) -> None:
        write_context(home, "colima", daemon.url)
        assert DockerEngine().image("x") is None
        assert daemon.asked

    def test_a_variable_overrides_the_chosen_context(
        self, daemon: Daemon, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write_context(home, "colima", "unix:///nowhere")
        monkeypatch.setenv("DOCKER_HOST", daemon.url)
        assert DockerEngine().image("x") is None
        assert daemon.asked

    def test_a_context_that_is_missing_is_an_error(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DOCKER_CONTEXT", "gone")
        with pytest.raises(RuntimeUnavailableError, match="no Docker context gone"):
            DockerEngine().containers()

    def test_a_damaged_context_is_an_error(self, daemon: Daemon, home: Path) -> None:
        write_context(home, "colima", daemon.url)
        (meta,) = home.glob(".docker/contexts/meta/*/meta.json")
        meta.write_text("{")
        with pytest.raises(RuntimeUnavailableError, match="settings cannot be read"):
            DockerEngine().containers()

    @pytest.mark.parametrize(
        ("url", "reason"),
        [
            ("unix:///nowhere/docker.sock", "there is no such socket"),
            ("tcp://127.0.0.1:1", "Docker is not running"),
            ("gopher://x", "gopher"),
        ],
    )
    def test_a_daemon_that_does_not_answer_is_an_error_with_the_reason(
        self, monkeypatch: pytest.MonkeyPatch, url: str, reason: str
    ) -> None:
        monkeypatch.setenv("DOCKER_HOST", url)
        with pytest.raises(RuntimeUnavailableError) as raised:
            DockerEngine().containers()
        assert "(DOCKER_HOST)" in (raised.value.detail or "")
        assert reason in (raised.value.detail or "")

    def test_tls_without_certificates_is_an_error(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
        monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
        monkeypatch.setenv("DOCKER_CERT_PATH", str(tmp_path / "nowhere"))
        with pytest.raises(RuntimeUnavailableError, match="settings cannot be read"):
            DockerEngine().containers()


class TestAnswers:
    def test_what_is_not_there_is_none(self, engine: DockerEngine) -> None:
        assert engine.container("c0ffee") is None
        assert engine.image("x") is None
        engine.remove_container("c0ffee")
        engine.remove_volume("v")
        engine.remove_image("x")

    def test_what_is_in_use_is_no_error_when_it_is_to_be_removed(
        self, engine: DockerEngine, daemon: Daemon
    ) -> None:
        in_use = says(409, {"message": "image is being used by running container"})
        daemon.answers |= {"/images/x": in_use, "/containers/c0ffee": in_use}
        engine.remove_image("x")
        engine.remove_container("c0ffee")

    def test_a_refusal_has_the_reason_of_the_daemon(
        self, engine: DockerEngine, daemon: Daemon
    ) -> None:
        daemon.answers["/start"] = says(500, {"message": "address already in use"})
        with pytest.raises(DaemonError) as raised:
            engine.start_container("c0ffee")
        assert (raised.value.reason, raised.value.status) == ("address already in use", 500)

    def test_a_daemon_that_ends_meanwhile_is_an_error(
        self, engine: DockerEngine, daemon: Daemon
    ) -> None:
        daemon.answers["/containers/json"] = hangs_up
        with pytest.raises(RuntimeUnavailableError, match="does not answer any more"):
            engine.containers()

    def test_a_refusal_to_look_has_its_reason_too(
        self, engine: DockerEngine, daemon: Daemon
    ) -> None:
        daemon.answers["/images/json"] = says(403, {"message": "not for you"})
        with pytest.raises(DaemonError) as raised:
            engine.images()
        assert (raised.value.reason, raised.value.status) == ("not for you", 403)

    def test_an_answer_that_is_no_json_is_a_refusal(
        self, engine: DockerEngine, daemon: Daemon
    ) -> None:
        def page(request: Request) -> None:
            request.send_response(502)
            request.end_headers()
            request.wfile.write(b"<h1>Bad Gateway</h1>")

        daemon.answers["/containers/json"] = page
        with pytest.raises(DaemonError, match="Bad Gateway"):
            engine.containers()

    def test_what_is_looked_for_is_said_as_the_api_has_it(
        self, engine: DockerEngine, daemon: Daemon
    ) -> None:
        daemon.answers |= {"/containers/json": says(200, []), "/images/json": says(200, [])}
        engine.containers("a", "b=c")
        engine.images("a", repository="x/y")
        engine.container("a b")
        engine.image("x/y@sha256:1")
        assert [unquoted(each) for each in daemon.asked[1:]] == [
            ("/v1.47/containers/json", {"all": "1", "filters": {"label": ["a", "b=c"]}}),
            ("/v1.47/images/json", {"filters": {"label": ["a"], "reference": ["x/y"]}}),
            ("/v1.47/containers/a%20b/json", {}),
            ("/v1.47/images/x/y@sha256:1/json", {}),
        ]

    def test_a_daemon_without_a_version_is_asked_without_one(
        self, engine: DockerEngine, daemon: Daemon
    ) -> None:
        daemon.answers["/_ping"] = says(200, "OK", version="")
        daemon.answers["/version"] = says(200, {"ApiVersion": "1.47"})
        daemon.answers["/volumes"] = says(200, {"Volumes": []})
        assert engine.volumes() == []
        assert daemon.asked[-1].startswith("GET /volumes")

    def test_no_volumes_are_no_error(self, engine: DockerEngine, daemon: Daemon) -> None:
        daemon.answers["/volumes"] = says(200, {"Volumes": None, "Warnings": None})
        assert engine.volumes("ml-endpoint.endpoint") == []


class TestStreams:
    def test_a_pull_can_be_closed_before_the_daemon_has_said_anything(
        self, engine: DockerEngine, daemon: Daemon
    ) -> None:
        asked, enough = threading.Event(), threading.Event()

        def silent(request: Request) -> None:
            asked.set()
            enough.wait()

        daemon.answers["/images/create"] = silent
        stream = engine.pull("x:1")
        asked.wait(timeout=30)
        stream.close()
        assert list(stream) == []
        enough.set()

    def test_the_daemon_notices_when_a_build_is_closed(
        self, engine: DockerEngine, daemon: Daemon
    ) -> None:
        closed = threading.Event()

        def building(request: Request) -> None:
            request.rfile.read(int(request.headers["Content-Length"]))
            request.send_response(200)
            request.send_header("Transfer-Encoding", "chunked")
            request.end_headers()
            event = b'{"stream":"Step 1/1"}\r\n'
            request.wfile.write(b"%x\r\n%s\r\n" % (len(event), event))
            request.rfile.read(1)
            closed.set()

        daemon.answers["/build"] = building
        with engine.archive(None, {"Dockerfile": "FROM scratch\n"}) as archive:
            stream = engine.build(archive, "Dockerfile", "x:1")
            assert next(stream) == {"stream": "Step 1/1"}
            stream.close()
        assert closed.wait(timeout=30)

    def test_a_build_is_told_the_proxies_of_shell_and_docker(
        self,
        engine: DockerEngine,
        daemon: Daemon,
        home: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        configured = {
            "HttpHeaders": {"X": "y"},
            "proxies": {"default": {"ftpProxy": "http://docker.example.com:3128"}},
        }
        write_files(home, {".docker/config.json": json.dumps(configured)})
        for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("HTTPS_PROXY", "http://shell.example.com:3128")
        daemon.answers["/build"] = says(200, {"stream": "done"})
        with engine.archive(None, {"Dockerfile": "FROM scratch\n"}) as archive:
            list(engine.build(archive, "Dockerfile", "x:1"))
        (asked,) = [each for each in daemon.asked if "/build" in each]
        arguments = json.loads(parse_qs(urlsplit(asked.split()[1]).query)["buildargs"][0])
        assert arguments["https_proxy"] == arguments["HTTPS_PROXY"]
        assert arguments["HTTPS_PROXY"] == "http://shell.example.com:3128"
        assert arguments["FTP_PROXY"] == "http://docker.example.com:3128"

    def test_a_refused_build_is_an_error_of_whoever_reads_it(
        self, engine: DockerEngine, daemon: Daemon
    ) -> None:
        daemon.answers["/build"] = says(400, {"message": "unknown instruction: FRM"})
        with engine.archive(None, {"Dockerfile": "FRM x\n"}) as archive:
            stream = engine.build(archive, "Dockerfile", "x:1")
            with pytest.raises(DaemonError, match="unknown instruction: FRM"):
                next(stream)


class TestArchive:
    def test_it_holds_the_folder_and_the_texts_without_what_is_ignored(
        self, engine: DockerEngine, tmp_path: Path
    ) -> None:
        files = {
            ".dockerignore": "# data is large\n*.bin\ndeep/secret\n",
            "server.py": "pass",
            "large.bin": "0",
            "deep/secret": "s",
            "deep/kept": "k",
            "Dockerfile": "FROM other",
        }
        context = write_files(tmp_path / "context", files)
        with engine.archive(context, {"Dockerfile": "FROM scratch\n"}) as archive:
            packed = unpacked(archive)
        assert set(packed) == {".dockerignore", "server.py", "deep/kept", "Dockerfile"}
        assert packed["Dockerfile"] == b"FROM scratch\n"

    def test_without_a_folder_it_holds_the_texts_alone(self, engine: DockerEngine) -> None:
        with engine.archive(None, {"Dockerfile": "FROM scratch\n"}) as archive:
            assert list(unpacked(archive)) == ["Dockerfile"]

    def test_a_file_that_vanishes_is_an_error(self, engine: DockerEngine, tmp_path: Path) -> None:
        with pytest.raises(FileAccessError, match="The build context"):
            engine.archive(tmp_path / "nowhere", {"Dockerfile": ""}).close()


def unquoted(asked: str) -> tuple[str, dict[str, object]]:
    """Path and query of a request; filters are what their JSON says."""
    parts = urlsplit(asked.removeprefix("GET "))
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    read = {name: json.loads(text) for name, text in query.items() if name == "filters"}
    return parts.path, {**query, **read}


def unpacked(archive: IO[bytes]) -> dict[str, bytes]:
    """The archive's files and what they hold."""
    with tarfile.open(fileobj=archive) as packed:
        files = {each.name: packed.extractfile(each) for each in packed}
        return {name: file.read() for name, file in files.items() if file}


def test_looking_at_a_socket_loads_no_library(daemon: Daemon) -> None:
    """In a process of its own: here all of them are loaded."""
    daemon.answers["/volumes"] = says(200, {"Volumes": []})
    program = """
import sys
from azext_ml_endpoint.local.docker import engine
assert engine.connect().volumes() == [] and engine.connect().container("c0ffee") is None
loaded = {"docker", "requests", "urllib3", "paramiko"} & set(sys.modules)
assert not loaded, loaded
"""
    variables = {**os.environ, "DOCKER_HOST": daemon.url}
    subprocess.run([sys.executable, "-c", program], env=variables, check=True, timeout=60)


def test_paramiko_is_loaded_for_ssh_only() -> None:
    """In a process of its own: here docker is loaded already."""
    program = """
import os, sys
from azext_ml_endpoint.local.docker import engine
from azext_ml_endpoint.local.docker.host import Host
engine._client(Host(origin="DOCKER_HOST", url="unix:///nowhere"), "1.41")
assert "docker" in sys.modules and "paramiko" not in sys.modules
from docker.api import client
assert not hasattr(client, "SSHHTTPAdapter")
try:
    engine._client(Host(origin="DOCKER_HOST", url="ssh://nobody@127.0.0.1:1"), "1.41")
except Exception as error:
    assert "paramiko" not in str(error), error
assert "paramiko" in sys.modules and hasattr(client, "SSHHTTPAdapter")
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
