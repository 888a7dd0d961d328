"""Environments' images: what is built, what is pulled, and what is said when that fails."""

from __future__ import annotations

import os
import shutil
import threading
from pathlib import Path

import pytest

from azext_ml_endpoint.document.model import Environment
from azext_ml_endpoint.errors import EndpointError, EnvironmentBuildError, Interrupted
from azext_ml_endpoint.local.docker.image import Images, recipe, reference
from tests.fakes.builders import environment
from tests.fakes.memory_engine import MemoryEngine
from tests.fakes.recording_report import RecordingReport

PLAIN = environment("plain-1", image="me/server:1")
CONDA = environment(
    "conda-1", image="azureml/base:1", conda_file="name: x\n", conda_path=Path("/work/conda.yml")
)
OWN = environment(
    "own-1",
    image=None,
    dockerfile="FROM azureml/base:1\nCMD serve",
    dockerfile_path=Path("/work/Dockerfile"),
    context=Path("/work"),
)


@pytest.fixture
def engine() -> MemoryEngine:
    return MemoryEngine()


@pytest.fixture
def report() -> RecordingReport:
    return RecordingReport()


@pytest.fixture
def images(engine: MemoryEngine, report: RecordingReport, tmp_path: Path) -> Images:
    return Images(engine, report, tmp_path)


class TestRecipe:
    def test_conda_packages_are_installed_on_top_of_the_image(self) -> None:
        texts = recipe(CONDA)
        assert texts["conda.yml"] == "name: x\n"
        assert texts["Dockerfile"].splitlines() == [
            "FROM azureml/base:1",
            "",
            "LABEL ml-endpoint.environment=conda-1",
            "WORKDIR /var/azureml-app",
            "COPY conda.yml .",
            "RUN conda env create -p /opt/miniconda/envs/inf-conda-env --file conda.yml",
        ]

    def test_a_dockerfile_is_taken_as_it_is_and_labelled(self) -> None:
        assert recipe(OWN) == {
            "Dockerfile": "FROM azureml/base:1\nCMD serve\nLABEL ml-endpoint.environment=own-1\n"
        }

    def test_conda_packages_may_come_on_top_of_a_dockerfile(self) -> None:
        both = environment(dockerfile="FROM x", conda_file="name: x")
        assert recipe(both)["Dockerfile"].startswith("FROM x\n")
        assert "conda env create" in recipe(both)["Dockerfile"]

    def test_the_installer_trusts_what_this_machine_trusts(self) -> None:
        texts = recipe(CONDA, "certificates")
        assert texts["ml-endpoint-ca.pem"] == "certificates"
        *_, copied, run = texts["Dockerfile"].splitlines()
        assert copied.startswith("COPY ml-endpoint-ca.pem ")
        assert "PIP_CERT=/tmp/ml-endpoint-ca.pem" in run and run.endswith("--file conda.yml")
        assert "ml-endpoint-ca.pem" not in recipe(OWN, "certificates")

    def test_an_image_alone_needs_none(self) -> None:
        assert recipe(PLAIN) == {}


class TestMake:
    def test_an_image_that_is_there_is_not_pulled(
        self, report: RecordingReport, tmp_path: Path
    ) -> None:
        offline = MemoryEngine("me/server:1")
        images = Images(offline, report, tmp_path)
        images.make(PLAIN)
        assert images.has("plain-1")
        assert report.steps == []

    def test_an_image_that_is_not_there_is_pulled(
        self, images: Images, engine: MemoryEngine, report: RecordingReport
    ) -> None:
        engine.registry.add("me/server:1")
        images.make(PLAIN)
        assert images.has("plain-1")
        assert report.steps == ["pulling me/server:1"]

    def test_a_build_is_shown_and_kept_with_its_recipe(
        self, images: Images, report: RecordingReport, tmp_path: Path
    ) -> None:
        images.make(CONDA)
        assert images.has("conda-1")
        assert report.details == ["Step 1/1 : FROM scratch"]
        kept = {path.name: path.read_text() for path in (tmp_path / "conda-1").iterdir()}
        assert kept == {**recipe(CONDA), "build.log": "Step 1/1 : FROM scratch\n"}

    def test_certificates_of_this_machine_go_along(
        self, images: Images, engine: MemoryEngine
    ) -> None:
        engine.trusted = "certificates"
        images.make(CONDA)
        assert engine.built[-1]["ml-endpoint-ca.pem"] == "certificates"

    def test_a_dockerfile_that_needs_buildkit_is_built_by_it(
        self, images: Images, engine: MemoryEngine
    ) -> None:
        images.make(OWN)
        assert not engine.with_buildkit
        newer = "FROM x\nRUN --mount=type=cache,target=/c pip install y\n"
        images.make(environment("newer-1", image=None, dockerfile=newer))
        assert engine.with_buildkit

    def test_an_image_for_another_platform_is_pulled_and_built_anew(
        self, images: Images, engine: MemoryEngine
    ) -> None:
        engine.registry.add("me/server:1")
        for each in (PLAIN, CONDA):
            images.make(each)
        engine.platform = "linux/arm64"
        assert not images.has("plain-1") and not images.has("conda-1")
        assert images.find(CONDA) is None
        for each in (PLAIN, CONDA):
            images.make(each)
        assert images.has("plain-1") and images.has("conda-1")
        assert engine.local["me/server:1"]["Architecture"] == "arm64"

    def test_only_a_dockerfile_has_a_context(self, images: Images, engine: MemoryEngine) -> None:
        for each in (CONDA, OWN):
            images.make(each)
        assert engine.contexts == [None, Path("/work")]

    def test_a_large_context_is_told(
        self, images: Images, engine: MemoryEngine, report: RecordingReport
    ) -> None:
        images.make(OWN)
        assert report.warnings == []
        engine.padding = 200_000_000
        images.make(OWN)
        (warning,) = report.warnings
        assert "/work has 200 MB" in warning and ".dockerignore" in warning

    def test_a_build_that_ends_without_an_image_is_an_error(
        self, images: Images, engine: MemoryEngine
    ) -> None:
        engine.loses_images = True
        assert "without an image" in failure(images, CONDA).message


class TestFailure:
    @pytest.mark.parametrize(
        ("reason", "said"),
        [
            (
                "manifest for me/server:1 not found: manifest unknown: manifest unknown",
                "the registry has no such image or tag",
            ),
            (
                "pull access denied for me/server, repository does not exist or may require "
                "'docker login': denied: requested access to the resource is denied",
                "no such image, or gives it only after a login",
            ),
            ("Head https://x.azurecr.io/v2/: unauthorized: authentication required", "login"),
            (
                'Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: '
                "no such host",
                "the registry cannot be reached",
            ),
            ("net/http: TLS handshake timeout", "the registry cannot be reached"),
            (
                "no matching manifest for linux/arm64/v8 in the manifest list entries",
                "not made for this machine's processor",
            ),
            ("toomanyrequests: You have reached your pull rate limit", "no more pulls"),
            ("write /var/lib/docker/tmp/x: no space left on device", "the disk of Docker is full"),
            ("the --mount option requires BuildKit. Refer to https://docs.docker.com", "BuildKit"),
            ("invalid reference format: repository name must be lowercase", "no legal name"),
        ],
    )
    def test_a_known_reason_is_explained_with_the_next_step(
        self, images: Images, engine: MemoryEngine, reason: str, said: str
    ) -> None:
        engine.refusals["build"] = reason
        error = failure(images, environment("x", image="me/server:1", conda_file="name: x"))
        assert error.message.startswith("me/server:1: ")
        assert said in error.message
        assert error.recommendation
        assert reason in (error.detail or "")

    def test_conda_is_blamed_on_the_conda_file_with_the_end_of_the_log(
        self, images: Images, engine: MemoryEngine, tmp_path: Path
    ) -> None:
        engine.events = [{"stream": f"line {number}\n"} for number in range(100)]
        engine.refusals["build"] = (
            "The command '/bin/sh -c conda env create -p /opt/miniconda/envs/inf-conda-env "
            "--file conda.yml' "
            "returned a non-zero code: 1"
        )
        error = failure(images, CONDA)
        assert error.message == "/work/conda.yml: conda could not install it."
        lines = (error.detail or "").splitlines()
        assert lines[0] == "line 80"
        assert lines[-1] == f"The whole log: {tmp_path / 'conda-1' / 'build.log'}"
        assert not images.has("conda-1")

    def test_a_step_that_fails_is_not_taken_for_a_failed_pull(
        self, images: Images, engine: MemoryEngine
    ) -> None:
        engine.refusals["build"] = (
            "The command '/bin/sh -c grep denied timeout' returned a non-zero code: 2"
        )
        assert "grep denied timeout" in failure(images, OWN).message

    def test_a_dockerfile_is_named_by_its_path(self, images: Images, engine: MemoryEngine) -> None:
        engine.refusals["build"] = "dockerfile parse error line 1: unknown instruction: FRM"
        assert failure(images, OWN).message.startswith("/work/Dockerfile: dockerfile parse error")


class TestCancel:
    @pytest.mark.parametrize("wanted", [PLAIN, CONDA], ids=["pull", "build"])
    def test_it_ends_a_run_in_another_thread_and_leaves_nothing(
        self, images: Images, engine: MemoryEngine, wanted: Environment
    ) -> None:
        engine.hangs = True
        errors: list[EndpointError] = []

        def make() -> None:
            try:
                images.make(wanted)
            except EndpointError as error:
                errors.append(error)

        thread = threading.Thread(target=make, daemon=True)
        thread.start()
        engine.begun.wait(timeout=30)
        images.cancel()
        thread.join(timeout=30)
        assert [type(error) for error in errors] == [Interrupted]
        assert engine.hung_up.wait(timeout=30)
        assert not images.has(wanted.digest)

    def test_nothing_begins_afterwards(self, images: Images) -> None:
        images.cancel()
        with pytest.raises(Interrupted):
            images.make(CONDA)


class TestCollect:
    def test_what_is_used_stays(self, images: Images, engine: MemoryEngine) -> None:
        for each in (CONDA, OWN):
            images.make(each)
        used = engine.local[reference("conda-1")]["Id"]
        assert [each.digest for each in images.unused(frozenset({used}))] == ["own-1"]
        images.collect(["own-1"])
        assert (images.has("conda-1"), images.has("own-1")) == (True, False)

    def test_its_recipe_and_log_go_with_it(self, images: Images, tmp_path: Path) -> None:
        images.make(CONDA)
        images.collect(["conda-1"])
        assert not (tmp_path / "conda-1").exists()

    def test_it_was_last_used_when_something_was_started_in_it(
        self, images: Images, tmp_path: Path
    ) -> None:
        images.make(CONDA)
        os.utime(tmp_path / "conda-1", (1000, 1000))
        (made,) = images.unused(frozenset())
        images.start("conda-1")
        (used,) = images.unused(frozenset())
        assert made.used_at == 1000 < used.used_at

    def test_without_its_folder_docker_knows_when_it_was_made(
        self, images: Images, engine: MemoryEngine, tmp_path: Path
    ) -> None:
        images.make(CONDA)
        shutil.rmtree(tmp_path / "conda-1")
        engine.local[reference("conda-1")] |= {"Created": 77, "Size": 5}
        (found,) = images.unused(frozenset())
        assert (found.used_at, found.size) == (77, 5)

    def test_an_image_of_the_user_loses_only_the_name_that_it_was_given_here(
        self, images: Images, engine: MemoryEngine
    ) -> None:
        engine.registry.add("me/server:1")
        images.make(PLAIN)
        (found,) = images.unused(frozenset())
        assert found.size == 0, "nothing is won by it"
        images.collect(["plain-1"])
        assert not images.has("plain-1")
        assert engine.image("me/server:1")

    def test_an_image_that_a_user_built_upon_ours_stays(
        self, images: Images, engine: MemoryEngine
    ) -> None:
        images.make(CONDA)
        labels = engine.local[reference("conda-1")]["Config"]
        engine.local["me/own:1"] = {"Id": "sha256:own", "Config": labels}
        images.collect([each.digest for each in images.unused(frozenset())])
        assert engine.image("me/own:1")

    def test_layers_without_a_tag_stay_for_they_may_belong_to_a_running_build(
        self, images: Images, engine: MemoryEngine
    ) -> None:
        labels = {"Labels": {"ml-endpoint.environment": "conda-1"}}
        engine.local["sha256:left"] = {"Id": "sha256:left", "Config": labels}
        assert images.unused(frozenset()) == []
        assert engine.image("sha256:left")

    def test_layers_of_a_build_that_failed_are_removed(
        self, images: Images, engine: MemoryEngine
    ) -> None:
        for digest in ("conda-1", "other"):
            labels = {"Labels": {"ml-endpoint.environment": digest}}
            engine.local[f"sha256:{digest}"] = {"Id": f"sha256:{digest}", "Config": labels}
        engine.refusals["build"] = "failed to solve"
        failure(images, CONDA)
        assert engine.image("sha256:conda-1") is None
        assert engine.image("sha256:other")


def failure(images: Images, wanted: Environment) -> EnvironmentBuildError:
    with pytest.raises(EnvironmentBuildError) as raised:
        images.make(wanted)
    return raised.value
