"""What only BuildKit can build, and how the docker command is asked for it."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import pytest

from azext_ml_endpoint.local.docker import buildkit
from azext_ml_endpoint.local.docker.contract import DaemonError


@pytest.mark.parametrize(
    "line",
    [
        "RUN --mount=type=cache,target=/root/.cache pip install x",
        "  run --network=none pip list",
        "RUN --security=insecure x",
        "COPY --link a b",
        "COPY --chown=1:1 --chmod=644 a b",
        "ADD --checksum=sha256:0 https://x/y z",
        "RUN <<EOF",
        "RUN python3 <<'EOF'",
        'COPY <<"END" /x',
        "COPY <<-END /x",
        "RUN \\\n  --mount=type=cache,target=/x pip install x",
        "RUN \\ \r\n --network=none \\\n pip list",
        "COPY \\\n# a comment\n  --link a b",
        "ONBUILD RUN --mount=type=cache,target=/x pip install x",
    ],
)
def test_newer_instructions_need_it(line: str) -> None:
    assert buildkit.is_needed(f"FROM x\n{line}\n")


@pytest.mark.parametrize(
    "line",
    [
        "RUN pip install --mount x",
        "COPY --from=a --chown=1:1 b c",
        "FROM --platform=linux/amd64 x",
        "# RUN --mount=type=cache x",
        "# syntax=docker/dockerfile:1",
        "RUN echo $((1<<2))",
        "ENTRYPOINT --mount",
        "RUN pip install \\\n  --mount x",
        "ONBUILD",
        "HEALTHCHECK --interval=5s CMD <<EOF",
        "",
    ],
)
def test_others_do_without(line: str) -> None:
    assert not buildkit.is_needed(f"{line}\nFROM x\n{line}\n")


def docker(folder: Path, version: str, *, buildx: bool = False) -> Path:
    """A docker command of that version."""
    folder.mkdir()
    script = folder / "docker"
    script.write_text(
        f'#!/bin/sh\ncase "$1" in\n  --version) echo "Docker version {version}, build 1";;\n'
        f"  *) exit {0 if buildx else 1};;\nesac\n"
    )
    script.chmod(0o755)
    return folder


@pytest.mark.parametrize(
    ("version", "buildx", "can"),
    [
        ("20.10.24+dfsg1", False, True),
        ("22.0.1", False, True),
        ("23.0.0", False, False),
        ("28.2.2", True, True),
        ("unknown", False, False),
    ],
)
def test_a_command_has_it_within_or_as_a_plugin(
    tmp_path: Path, version: str, buildx: bool, can: bool
) -> None:
    folder = docker(tmp_path / "bin", version, buildx=buildx)
    assert buildkit.find(str(folder)) == (str(folder / "docker") if can else None)


def test_the_first_command_that_has_it_is_taken(tmp_path: Path) -> None:
    none, within = docker(tmp_path / "a", "28.0.0"), docker(tmp_path / "b", "20.10.1")
    plugin = docker(tmp_path / "c", "28.0.0", buildx=True)
    path = f"{tmp_path / 'nothing'}::{none}:{within}:{plugin}"
    assert buildkit.find(path) == str(within / "docker")
    assert buildkit.find(None) is None


@pytest.mark.parametrize("content", ["", "no program\n", "\x7fELF", "#!/no/such/shell\n"])
def test_what_is_no_program_of_this_machine_is_passed_over(tmp_path: Path, content: str) -> None:
    broken, good = docker(tmp_path / "a", "20.10.1"), docker(tmp_path / "b", "20.10.1")
    (broken / "docker").write_text(content)
    assert buildkit.find(f"{broken}:{good}") == str(good / "docker")


def test_what_does_not_come_back_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buildkit, "_ASK_SECONDS", 0.1)
    stuck = docker(tmp_path / "a", "20.10.1")
    (stuck / "docker").write_text("#!/bin/sh\nexec sleep 60\n")
    assert buildkit.find(str(stuck)) is None


def test_the_command_names_all_that_a_build_is_told() -> None:
    assert buildkit.command("docker", "x:1", "Dockerfile", ["A"], "linux/arm64") == [
        *("docker", "build", "--progress=plain", "--force-rm", "--tag=x:1", "--file=Dockerfile"),
        *("--platform=linux/arm64", "--build-arg=A", "-"),
    ]
    assert "--platform" not in " ".join(buildkit.command("docker", "x:1", "D", [], None))


def test_it_builds_where_the_extension_works() -> None:
    shell = {"PATH": "/bin", "DOCKER_CONTEXT": "other"}
    assert buildkit.variables(shell, "unix:///run/x.sock", {"http_proxy": "http://a:b@c"}) == {
        "http_proxy": "http://a:b@c",
        "PATH": "/bin",
        "DOCKER_BUILDKIT": "1",
        "DOCKER_HOST": "unix:///run/x.sock",
        "BUILDX_BUILDER": "default",
    }
    assert buildkit.variables(shell, None, {}) == {**shell, "DOCKER_BUILDKIT": "1"}


def events(program: str, docker: str = sys.executable) -> list[Any]:
    return list(buildkit.run([docker, "-c", program], {}, io.BytesIO(b"context"), lambda _: None))


def test_the_context_comes_compressed() -> None:
    """Which the command knows for an archive in any case."""
    program = "import gzip, sys; print(gzip.decompress(sys.stdin.buffer.read()).decode())"
    assert events(program) == [{"stream": "context\n"}]


def test_lines_are_events_without_their_numbers() -> None:
    program = "print('#12 0.267 Collecting numpy'); print('#4 DONE 0.3s'); print('plain #1 x')"
    assert [each["stream"] for each in events(program)] == [
        "Collecting numpy\n",
        "DONE 0.3s\n",
        "plain #1 x\n",
    ]


def test_an_end_in_failure_is_told_by_the_last_line() -> None:
    program = "print('one'); print('ERROR: failed to solve\\n'); exit(1)"
    assert events(program)[-1] == {"error": "ERROR: failed to solve"}


def test_a_command_that_cannot_be_run_is_an_error() -> None:
    with pytest.raises(DaemonError, match="could not run /no/docker"):
        events("", "/no/docker")
