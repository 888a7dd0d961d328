"""Where a daemon is looked for, and what is said when none answers."""

from __future__ import annotations

import hashlib
import json
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from azext_ml_endpoint.local.docker.host import (
    Host,
    at_sockets,
    is_installed,
    unavailable,
    well_known,
)
from tests.fakes.builders import write_files

DEFAULT = Host(origin="default socket", url="unix:///var/run/docker.sock")


def settings(home: Path, **said: object) -> None:
    write_files(home, {".docker/config.json": json.dumps(said)})


def context(folder: Path, name: str, host: object) -> None:
    """As `docker context create` leaves it."""
    digest = hashlib.sha256(name.encode()).hexdigest()
    meta = {"Name": name, "Endpoints": {"docker": {"Host": host}}}
    write_files(folder / "contexts" / "meta" / digest, {"meta.json": json.dumps(meta)})


def wrapped(error: OSError) -> Exception:
    """As requests and urllib3 hand on what the operating system said."""
    return RuntimeError(RuntimeError("Connection aborted.", error))


class TestWellKnown:
    def test_the_default_socket_comes_first_whether_it_exists_or_not(self, tmp_path: Path) -> None:
        assert well_known({}, tmp_path)[0] == DEFAULT

    @pytest.mark.parametrize(
        ("path", "origin"),
        [
            (".docker/run/docker.sock", "Docker Desktop"),
            (".docker/desktop/docker.sock", "Docker Desktop"),
            (".colima/default/docker.sock", "colima"),
            (".rd/docker.sock", "Rancher Desktop"),
        ],
    )
    def test_sockets_of_other_installations_follow(
        self, tmp_path: Path, path: str, origin: str
    ) -> None:
        there = make(tmp_path / path)
        assert Host(origin=origin, url=f"unix://{there}") in well_known({}, tmp_path)

    def test_a_rootless_daemon_is_found_in_the_runtime_folder(self, tmp_path: Path) -> None:
        there = make(tmp_path / "docker.sock")
        found = well_known({"XDG_RUNTIME_DIR": str(tmp_path)}, tmp_path / "home")
        assert Host(origin="rootless Docker", url=f"unix://{there}") in found


class TestIsLocal:
    def test_the_service_of_this_linux_is(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sys.platform", "linux")
        for path in ("/var/run/docker.sock", "/run/docker.sock"):
            assert replace(DEFAULT, socket=path).is_local

    @pytest.mark.parametrize(
        ("platform", "path"),
        [
            ("darwin", "/var/run/docker.sock"),
            ("linux", "/home/me/.docker/desktop/docker.sock"),
            ("linux", "/run/user/1000/docker.sock"),
            ("linux", "/run/podman/podman.sock"),
            ("linux", ""),
        ],
    )
    def test_no_other_is(self, monkeypatch: pytest.MonkeyPatch, platform: str, path: str) -> None:
        monkeypatch.setattr("sys.platform", platform)
        assert not replace(DEFAULT, socket=path).is_local

    def test_a_link_to_another_is_not(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        link = tmp_path / "docker.sock"
        monkeypatch.setattr("azext_ml_endpoint.local.docker.host._OF_THE_MACHINE", (str(link),))
        assert replace(DEFAULT, socket=str(link)).is_local
        link.symlink_to(make(tmp_path / "desktop.sock"))
        assert not replace(DEFAULT, socket=str(link)).is_local


class TestAtSockets:
    def test_they_are_the_well_known_ones_where_nothing_is_said(self, tmp_path: Path) -> None:
        make(tmp_path / ".rd/docker.sock")
        found = at_sockets({}, tmp_path)
        assert [replace(each, socket="") for each in found] == well_known({}, tmp_path)
        assert [
            each.socket for each in found if each.origin in ("default socket", "Rancher Desktop")
        ] == [
            "/var/run/docker.sock",
            str(tmp_path / ".rd/docker.sock"),
        ]

    def test_a_variable_goes_before_a_context_and_that_before_the_chosen_one(
        self, tmp_path: Path
    ) -> None:
        settings(tmp_path, currentContext="one")
        for name in ("one", "two"):
            context(tmp_path / ".docker", name, f"unix:///{name}.sock")
        chosen = at_sockets({}, tmp_path)
        said = at_sockets({"DOCKER_CONTEXT": "two"}, tmp_path)
        both = at_sockets({"DOCKER_CONTEXT": "two", "DOCKER_HOST": "unix:///3.sock"}, tmp_path)
        assert [each.socket for each in chosen + said + both] == [
            "/one.sock",
            "/two.sock",
            "/3.sock",
        ]
        assert [each.origin for each in chosen + both] == ["context one", "DOCKER_HOST"]

    def test_settings_may_be_in_another_folder(self, tmp_path: Path) -> None:
        context(tmp_path / "other", "one", "unix:///one.sock")
        variables = {"DOCKER_CONFIG": str(tmp_path / "other"), "DOCKER_CONTEXT": "one"}
        assert [each.socket for each in at_sockets(variables, tmp_path)] == ["/one.sock"]

    @pytest.mark.parametrize(
        "variables",
        [
            {"DOCKER_HOST": "tcp://127.0.0.1:2375"},
            {"DOCKER_HOST": "ssh://host"},
            {"DOCKER_HOST": "unix://relative.sock"},
            {"DOCKER_HOST": "unix:///x.sock", "DOCKER_CERT_PATH": "/certificates"},
            {"DOCKER_TLS_VERIFY": "1"},
            {"DOCKER_CONTEXT": "nobody-has-it"},
            {"DOCKER_CONTEXT": "far"},
            {"DOCKER_CONTEXT": "damaged"},
        ],
    )
    def test_all_else_is_the_librarys(self, tmp_path: Path, variables: dict[str, str]) -> None:
        context(tmp_path / ".docker", "far", "ssh://host")
        context(tmp_path / ".docker", "damaged", ["unix:///x.sock"])
        assert at_sockets(variables, tmp_path) == []

    def test_so_is_what_every_request_is_to_have(self, tmp_path: Path) -> None:
        settings(tmp_path, HttpHeaders={"X-Team": "a"})
        assert at_sockets({}, tmp_path) == []

    @pytest.mark.parametrize("text", ["{", "[]", '{"currentContext": "default"}'])
    def test_settings_that_say_nothing_are_none(self, tmp_path: Path, text: str) -> None:
        write_files(tmp_path, {".docker/config.json": text})
        assert at_sockets({}, tmp_path)[0].origin == "default socket"


class TestInstalled:
    @pytest.mark.parametrize("name", ["DOCKER_HOST", "DOCKER_CONTEXT"])
    def test_whoever_names_a_daemon_has_docker(self, tmp_path: Path, name: str) -> None:
        assert is_installed({name: "something", "PATH": ""}, tmp_path)

    def test_the_docker_command_tells_it(self, tmp_path: Path) -> None:
        make(tmp_path / "docker").chmod(0o755)
        assert is_installed({"PATH": str(tmp_path)}, tmp_path / "home")

    @pytest.mark.parametrize(
        "path", [".colima/default/docker.sock", ".docker/contexts/meta/123/meta.json"]
    )
    def test_a_socket_or_a_context_tells_it(self, tmp_path: Path, path: str) -> None:
        make(tmp_path / path)
        assert is_installed({"PATH": ""}, tmp_path)


class TestUnavailable:
    @pytest.mark.parametrize(
        ("error", "said"),
        [
            (FileNotFoundError(2, "No such file or directory"), "there is no such socket"),
            (PermissionError(13, "Permission denied"), "permission denied"),
            (ConnectionRefusedError(111, "Connection refused"), "nothing listens there"),
            (socket.gaierror(-2, "Name or service not known"), "host name is not known"),
            (TimeoutError("timed out"), "no answer in time"),
        ],
    )
    def test_the_reason_of_each_attempt_is_found_below_its_wrapping(
        self, error: OSError, said: str
    ) -> None:
        told = unavailable([(DEFAULT, wrapped(error))])
        assert told.detail
        assert told.detail.startswith("unix:///var/run/docker.sock (default socket): ")
        assert said in told.detail

    def test_a_reason_of_another_kind_is_told_as_it_is(self) -> None:
        told = unavailable([(DEFAULT, ValueError("Install paramiko"))])
        assert "Install paramiko" in (told.detail or "")

    def test_every_attempt_is_told(self) -> None:
        other = Host(origin="colima", url="unix:///home/me/.colima/default/docker.sock")
        told = unavailable(
            [(DEFAULT, wrapped(FileNotFoundError())), (other, wrapped(ConnectionRefusedError()))]
        )
        assert len((told.detail or "").splitlines()) == 2

    def test_who_may_not_is_told_how_to_be_allowed(self) -> None:
        told = unavailable([(DEFAULT, wrapped(PermissionError(13, "Permission denied")))])
        assert "usermod -aG docker" in (told.recommendation or "")

    @pytest.mark.parametrize(
        ("origin", "url", "said"),
        [
            ("DOCKER_HOST", "ssh://me@far", "Start Docker there, or unset DOCKER_HOST, or do"),
            ("DOCKER_HOST", "garbage", "Start Docker there, or unset DOCKER_HOST, or do"),
            ("DOCKER_HOST", "unix:///gone.sock", "start docker), or unset DOCKER_HOST, or do"),
            ("context far", "tcp://far:2376", "there, or choose another context (docker context"),
            ("colima", "unix:///colima.sock", "start docker), or do without Docker"),
        ],
    )
    def test_whoever_has_chosen_a_daemon_may_choose_another(
        self, monkeypatch: pytest.MonkeyPatch, origin: str, url: str, said: str
    ) -> None:
        monkeypatch.setattr("sys.platform", "linux")
        told = unavailable([(Host(origin=origin, url=url), ConnectionRefusedError())])
        assert said in (told.recommendation or "")

    def test_the_way_without_docker_is_told(self) -> None:
        told = unavailable([(DEFAULT, wrapped(ConnectionRefusedError()))])
        assert "--runtime process" in (told.recommendation or "")


def make(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path
