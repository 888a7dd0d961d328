"""The Docker runtime with a real engine: what it promises, and what only an engine can show."""

from __future__ import annotations

import threading
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import docker
import pytest
from docker.models.containers import Container

from azext_ml_endpoint import content
from azext_ml_endpoint.document.model import Code, Deployment, Environment, Model
from azext_ml_endpoint.errors import EndpointError, EnvironmentBuildError, Interrupted, StartError
from azext_ml_endpoint.local import keeping, snapshot
from azext_ml_endpoint.local.addresses import routes
from azext_ml_endpoint.local.docker.image import ENVIRONMENT_LABEL, reference
from azext_ml_endpoint.local.docker.runtime import DockerRuntime
from azext_ml_endpoint.local.keeping import Limits
from azext_ml_endpoint.local.readiness import Readiness
from azext_ml_endpoint.local.runtime import Instance, InstanceSpec
from tests.fakes.builders import OWN_ROUTES, endpoint, write_files
from tests.fakes.recording_report import RecordingReport
from tests.fakes.runtime_contract import RuntimeContract, Serve
from tests.integration.conftest import REPOSITORY as CHECKOUT
from tests.integration.conftest import cannot_run
from tests.integration.own_view import Announcing, OwnView, labelled

BASE = "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:latest"
SAMPLE = CHECKOUT / "samples/endpoints/online/model-1"
SECRET = "hush-hush-value"

# Serves both ports of OWN_ROUTES.
SERVER = """\
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    def log_message(self, *_):
        pass

print("first line")
print("second line")
Thread(target=ThreadingHTTPServer(("", 8081), Handler).serve_forever).start()
ThreadingHTTPServer(("", 8080), Handler).serve_forever()
"""


@pytest.fixture
def view(engine: docker.DockerClient) -> OwnView:
    try:
        engine.images.get(BASE)
    except docker.errors.ImageNotFound:
        cannot_run(f"there is no image {BASE}; scripts/base-image makes a stand-in")
    return OwnView()


@pytest.fixture
def runtime(view: OwnView, tmp_path: Path) -> Iterator[DockerRuntime]:
    runtime = DockerRuntime(view, RecordingReport(), tmp_path)
    yield runtime
    for each in runtime.instances():
        runtime.remove(each)
    for name in view.endpoints:
        runtime.drop_endpoint(name)
    runtime.collect([view.token])


@pytest.fixture
def spec(view: OwnView, tmp_path: Path) -> InstanceSpec:
    """A container that brings its own server, with code and a model beside it."""
    files = {
        "image/server.py": SERVER,
        "code/score.py": "pass",
        "model/model.pkl": "model",
        "model/sibling.txt": "not to be seen",
    }
    write_files(tmp_path / "files", files)
    (name,) = view.endpoints - {"houses"}
    return InstanceSpec(
        endpoint=name,
        deployment="Blue_1",
        environment=Environment(
            dockerfile=f'FROM {BASE}\nCOPY server.py /\nCMD ["python3", "-u", "/server.py"]\n',
            context=tmp_path / "files/image",
            inference_config=OWN_ROUTES,
            digest=view.token,
        ),
        code=tmp_path / "files/code",
        code_name="onlinescoring",
        entry_script="score.py",
        model=Model(name="prices", version="7", path=tmp_path / "files/model/model.pkl"),
        variables={"COLOUR": "blue", "TOKEN": SECRET},
        record={"code_folder": "/work/onlinescoring"},
    )


class TestContract(RuntimeContract):
    """Everything that any runtime must do."""


class TestContainer:
    @pytest.fixture
    def box(self, engine: docker.DockerClient, serve: Serve) -> Container:
        return engine.containers.get(serve().id)

    serve = RuntimeContract.serve
    probe = RuntimeContract.probe

    def test_each_port_is_published_on_this_machine_only(self, box: Container) -> None:
        published = {port: found for port, found in box.ports.items() if found}
        assert sorted(published) == ["8080/tcp", "8081/tcp"]
        hosts = {binding["HostIp"] for found in published.values() for binding in found}
        assert hosts == {"127.0.0.1"}

    def test_code_and_model_cannot_be_written(self, box: Container) -> None:
        for path in ("onlinescoring/new", "azureml-models/prices/7/model.pkl"):
            assert "Read-only file system" in run(box, f"touch /var/azureml-app/{path}")

    def test_the_model_is_there_without_its_siblings(self, box: Container) -> None:
        assert run(box, "ls $AZUREML_MODEL_DIR").split() == ["model.pkl"]

    def test_a_secret_is_known_to_the_process_alone(
        self, box: Container, engine: docker.DockerClient, runtime: DockerRuntime
    ) -> None:
        (there,) = runtime.instances()
        assert there.variables["TOKEN"] == SECRET
        image = engine.images.get(there.image)
        for place in (box.labels, box.name, image.attrs, image.history(), box.logs()):
            assert SECRET not in str(place)

    def test_a_name_with_capitals_is_kept(self, box: Container, spec: InstanceSpec) -> None:
        assert box.name == f"ml-endpoint.{spec.endpoint}.Blue_1.1"
        assert box.labels["ml-endpoint.endpoint"] == spec.endpoint

    def test_its_log_cannot_fill_the_disk(self, box: Container) -> None:
        assert box.attrs["HostConfig"]["LogConfig"]["Config"]["max-size"] == "10m"

    def test_one_that_is_killed_from_outside_has_its_exit_code_and_log(
        self, box: Container, runtime: DockerRuntime
    ) -> None:
        following = runtime.logs(box.id or "", follow=True)
        box.kill()
        assert list(following) == ["first line", "second line"]
        box.wait()
        (ended,) = runtime.instances()
        assert (ended.state, ended.exit_code, ended.ports) == ("exited", 137, {})
        assert list(runtime.logs(ended.id)) == ["first line", "second line"]

    def test_following_a_log_ends_when_it_is_closed(
        self, box: Container, runtime: DockerRuntime
    ) -> None:
        following = runtime.logs(box.id or "", follow=True)
        assert next(following) == "first line"
        seen: list[str] = []
        waiting = threading.Thread(target=lambda: seen.extend(following), daemon=True)
        waiting.start()
        following.close()  # type: ignore[attr-defined]
        waiting.join(timeout=30)
        assert not waiting.is_alive()


class TestStart:
    def test_what_does_not_start_does_not_stay(
        self, runtime: DockerRuntime, spec: InstanceSpec
    ) -> None:
        broken = replace(
            spec.environment, dockerfile=f'FROM {BASE}\nCMD ["no-such-program"]\n', context=None
        )
        runtime.make_environment(broken)
        with pytest.raises(StartError, match="its image has no no-such-program"):
            runtime.start(replace(spec, environment=broken))
        assert runtime.instances() == []

    def test_a_folder_that_the_daemon_does_not_see_is_an_error(
        self, runtime: DockerRuntime, spec: InstanceSpec
    ) -> None:
        runtime.make_environment(spec.environment)
        elsewhere = Path("/on another machine/code")
        with pytest.raises(StartError, match=f"Docker does not see {elsewhere}"):
            runtime.start(replace(spec, code=elsewhere))
        assert not elsewhere.exists()
        assert runtime.instances() == []

    def test_an_image_without_runit_starts_as_it_says_itself(
        self, runtime: DockerRuntime, spec: InstanceSpec
    ) -> None:
        own = replace(
            spec.environment,
            dockerfile=f'FROM {BASE}\nRUN rm -r /var/runit\nCMD ["echo", "started $HOME"]\n',
            inference_config=None,
        )
        runtime.make_environment(own)
        started = runtime.start(replace(spec, environment=own))
        assert list(runtime.logs(started.id, follow=True)) == ["started $HOME"]


class TestEnvironment:
    def test_a_plain_image_is_used_as_it_is_and_outlives_its_endpoints(
        self, runtime: DockerRuntime, spec: InstanceSpec, engine: docker.DockerClient
    ) -> None:
        plain = Environment(image=BASE, digest=spec.environment.digest)
        before = engine.images.get(BASE).id
        runtime.make_environment(plain)
        assert runtime.has_environment(plain.digest)
        started = runtime.start(replace(spec, environment=plain))
        assert started.image == BASE
        runtime.remove(started)
        runtime.collect([plain.digest])
        assert not runtime.has_environment(plain.digest)
        assert engine.images.get(BASE).id == before

    def test_what_nothing_uses_goes_by_age_and_by_size(
        self, runtime: DockerRuntime, spec: InstanceSpec
    ) -> None:
        digest = spec.environment.digest
        runtime.make_environment(spec.environment)
        started = runtime.start(spec)
        keeping.tidy(runtime, Limits(days=0, size=0))
        assert runtime.has_environment(digest) and runtime.unused() == []

        runtime.remove(started)
        keeping.tidy(runtime, Limits(days=1))
        (unused,) = runtime.unused()
        assert unused.digest == digest and unused.size > keeping.GIGABYTE // 100
        keeping.tidy(runtime, Limits(size=unused.size - 1))
        assert not runtime.has_environment(digest)

    def test_an_image_that_cannot_be_had_is_an_error(
        self, runtime: DockerRuntime, view: OwnView
    ) -> None:
        image = "127.0.0.1:1/nothing:1"
        with pytest.raises(EnvironmentBuildError, match=f"{image}: .* registry cannot be reached"):
            runtime.make_environment(Environment(image=image, digest=view.token))

    def test_a_package_that_does_not_exist_is_an_error_with_the_end_of_the_log(
        self, runtime: DockerRuntime, view: OwnView, engine: docker.DockerClient
    ) -> None:
        conda_file = "dependencies:\n  - no-such-package-at-all\n"
        wanted = Environment(image=BASE, conda_file=conda_file, digest=view.token)
        with pytest.raises(EnvironmentBuildError, match="conda could not install it") as raised:
            runtime.make_environment(wanted)
        detail = raised.value.detail or ""
        assert "no-such-package-at-all" in detail
        log = Path(detail.rpartition("The whole log: ")[2])
        assert "no-such-package-at-all" in log.read_text()
        assert not runtime.has_environment(view.token)
        assert labelled(engine, view.token) == []

    def test_a_cancelled_build_ends_here_and_in_the_daemon(
        self, runtime: DockerRuntime, view: OwnView, engine: docker.DockerClient, tmp_path: Path
    ) -> None:
        label = f"{ENVIRONMENT_LABEL}={view.token}"
        endless = Environment(
            dockerfile=f"FROM {BASE}\nLABEL {label}\nRUN echo begun && sleep 3600\n",
            digest=view.token,
        )
        report = Announcing("begun")
        runtime = DockerRuntime(view, report, tmp_path)
        errors: list[EndpointError] = []

        def make() -> None:
            try:
                runtime.make_environment(endless)
            except EndpointError as error:
                errors.append(error)

        thread = threading.Thread(target=make, daemon=True)
        # Only the container of RUN ever runs; those of the other steps are destroyed too.
        kinds = ["die", "destroy"]
        ends = engine.events(decode=True, filters={"label": label, "event": kinds})
        thread.start()
        assert report.heard.wait(timeout=60)
        runtime.cancel()
        thread.join(timeout=10)
        assert [type(error) for error in errors] == [Interrupted]
        assert "die" in (event["Action"] for event in ends)
        assert next(ends)["Action"] == "destroy"
        ends.close()
        assert labelled(engine, view.token) == []


class TestScoringScript:
    """The sample, with the inference server itself."""

    @pytest.fixture
    def scoring(
        self, runtime: DockerRuntime, view: OwnView, tmp_path: Path
    ) -> Iterator[InstanceSpec]:
        wanted = sample()
        model, code, environment = wanted.model, wanted.code, wanted.environment
        assert isinstance(model, Model)
        assert isinstance(code, Code)
        assert isinstance(environment, Environment)
        made = not runtime.has_environment(environment.digest)
        if made:
            runtime.make_environment(environment)
        (name,) = view.endpoints - {"houses"}
        yield InstanceSpec(
            endpoint=name,
            deployment="blue",
            environment=environment,
            code=snapshot.take(code, "score.py", tmp_path / "code"),
            code_name="onlinescoring",
            entry_script="score.py",
            model=model,
        )
        for each in runtime.instances():
            runtime.remove(each)
        if made:
            view.remove_image(reference(environment.digest))

    def test_it_serves_by_the_server_of_the_conda_packages(
        self, runtime: DockerRuntime, scoring: InstanceSpec
    ) -> None:
        ready = self.wait(runtime, runtime.start(scoring))
        request = urllib.request.Request(
            f"http://127.0.0.1:{ready.ports[5001]}/score",
            (SAMPLE / "sample-request.json").read_bytes(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as answer:
            assert answer.status == 200
        assert any(line.endswith("Init complete") for line in runtime.logs(ready.id))

    def test_a_script_finds_the_files_beside_it_as_in_azure(
        self, runtime: DockerRuntime, scoring: InstanceSpec, tmp_path: Path
    ) -> None:
        script = (
            "import json\n\ndef init():\n    print(json.load(open('labels.json')))\n\n"
            "def run(data):\n    return data\n"
        )
        files = {"score.py": script, "labels.json": '["cheap", "dear"]'}
        beside = replace(scoring, code=write_files(tmp_path / "beside", files))
        ready = self.wait(runtime, runtime.start(beside))
        told = runtime.logs(ready.id, follow=True)  # Docker may be a moment behind
        assert any("['cheap', 'dear']" in line for line in told)

    def test_a_script_that_fails_ends_the_container(
        self, runtime: DockerRuntime, scoring: InstanceSpec, tmp_path: Path
    ) -> None:
        script = (
            "def init():\n    raise ValueError('no luck')\n\n\ndef run(data):\n    return data\n"
        )
        broken = write_files(tmp_path / "broken", {"score.py": script})
        started = runtime.start(replace(scoring, code=broken))
        lines = list(runtime.logs(started.id, follow=True))
        assert "ValueError: no luck" in lines
        (ended,) = runtime.instances()
        assert ended.state == "exited" and ended.exit_code

    @staticmethod
    def wait(runtime: DockerRuntime, candidate: Instance) -> Instance:
        return Readiness(runtime, RecordingReport()).wait(candidate, routes(None), 60)


def run(box: Container, command: str) -> str:
    """What a shell in the container writes."""
    output = box.exec_run(["sh", "-c", command]).output
    assert isinstance(output, bytes)
    return output.decode()


def sample() -> Deployment:
    """The deployment of the first sample document; its image is the same as there."""
    conda_path = SAMPLE / "environment/conda.yml"
    environment = Environment(image=BASE, conda_file=conda_path.read_text())
    deployment = Deployment(
        name="blue",
        model=Model(name="diabetes", path=SAMPLE / "model/sklearn_regression_model.pkl"),
        code=Code(path=SAMPLE / "onlinescoring"),
        scoring_script="score.py",
        environment=environment,
    )
    return content.identify(endpoint(deployment)).deployments[0]
