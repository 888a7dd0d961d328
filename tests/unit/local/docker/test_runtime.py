"""Endpoints and instances as a daemon's volumes and containers."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from azext_ml_endpoint.errors import StartError
from azext_ml_endpoint.local.docker import gpus
from azext_ml_endpoint.local.docker.image import reference
from azext_ml_endpoint.local.docker.runtime import DockerRuntime
from azext_ml_endpoint.local.readiness import Probe
from azext_ml_endpoint.local.runtime import EndpointRecord, InstanceSpec
from tests.fakes.builders import OWN_ROUTES, environment
from tests.fakes.memory_engine import MemoryEngine
from tests.fakes.recording_report import RecordingReport
from tests.fakes.runtime_contract import RuntimeContract

OWN = environment("own-1", image=None, dockerfile="FROM scratch\n", inference_config=OWN_ROUTES)
SPEC = InstanceSpec(
    endpoint="Houses",
    deployment="Blue",
    environment=OWN,
    variables={"COLOUR": "blue"},
    record={"code_folder": "/work/onlinescoring"},
)


@pytest.fixture
def engine() -> MemoryEngine:
    return MemoryEngine()


@pytest.fixture
def runtime(engine: MemoryEngine, tmp_path: Path) -> DockerRuntime:
    return DockerRuntime(engine, RecordingReport(), tmp_path)


@pytest.fixture
def ready(runtime: DockerRuntime) -> DockerRuntime:
    """A runtime that has the environment of SPEC."""
    runtime.make_environment(OWN)
    return runtime


class TestDockerRuntime(RuntimeContract):
    @pytest.fixture
    def spec(self) -> InstanceSpec:
        return SPEC

    @pytest.fixture
    def probe(self) -> Probe:
        return lambda address: 200


class TestNear:
    """Containers of :class:`MemoryEngine` are at addresses of this machine."""

    def test_where_the_daemon_is_of_this_machine_its_containers_are_too(
        self, ready: DockerRuntime, engine: MemoryEngine
    ) -> None:
        ready.start(SPEC)
        assert [each.near for each in ready.instances()] == [None]
        engine.is_local = True
        (found,) = [each.near for each in ready.instances()]
        assert found and found.host == f"127.0.1.{found.pid}"


class TestEndpoints:
    def test_the_newer_record_counts_where_a_crash_left_both(
        self, runtime: DockerRuntime, engine: MemoryEngine
    ) -> None:
        runtime.put_endpoint(EndpointRecord(name="houses", properties={"age": "old"}))
        engine.refusals["remove_volume"] = "crash"
        with pytest.raises(Exception, match="crash"):
            runtime.put_endpoint(EndpointRecord(name="houses", properties={"age": "new"}))
        assert len(engine.kept) == 2
        assert [each.properties for each in runtime.endpoints()] == [{"age": "new"}]

    def test_what_a_crash_left_is_cleared_by_the_next_change(
        self, runtime: DockerRuntime, engine: MemoryEngine
    ) -> None:
        self.test_the_newer_record_counts_where_a_crash_left_both(runtime, engine)
        del engine.refusals["remove_volume"]
        runtime.put_endpoint(EndpointRecord(name="houses", properties={"age": "newest"}))
        assert [each.properties for each in runtime.endpoints()] == [{"age": "newest"}]
        assert len(engine.kept) == 1

    def test_a_record_that_was_replaced_is_forgotten_before_the_one_that_replaced_it(
        self, runtime: DockerRuntime, engine: MemoryEngine
    ) -> None:
        self.test_the_newer_record_counts_where_a_crash_left_both(runtime, engine)
        del engine.refusals["remove_volume"]
        engine.kept = dict(reversed(engine.kept.items()))
        runtime.drop_endpoint("houses")
        assert engine.removed_volumes == ["ml-endpoint.houses.1", "ml-endpoint.houses.2"]

    def test_names_that_differ_in_capitals_are_one(self, runtime: DockerRuntime) -> None:
        runtime.put_endpoint(EndpointRecord(name="houses"))
        runtime.put_endpoint(EndpointRecord(name="Houses"))
        assert [each.name for each in runtime.endpoints()] == ["Houses"]
        runtime.drop_endpoint("HOUSES")
        assert runtime.endpoints() == []


NO_RECORDS = [
    "",
    "{",
    "\x00",
    "[]",
    "null",
    "7",
    "[" * 200_000,
    '{"traffic": "x"}',
    '{"tags": [1]}',
]


class TestDamage:
    @pytest.mark.parametrize("record", NO_RECORDS)
    def test_a_damaged_volume_is_told_of_and_in_nobodys_way(
        self, runtime: DockerRuntime, engine: MemoryEngine, record: str
    ) -> None:
        for name in ("flats", "houses"):
            runtime.put_endpoint(EndpointRecord(name=name))
        engine.kept["ml-endpoint.houses.1"]["Labels"]["ml-endpoint.record"] = record
        damaged, sound = sorted(runtime.endpoints(), key=lambda each: each.name, reverse=True)
        assert (damaged.name, sound) == ("houses", EndpointRecord(name="flats"))
        assert "ml-endpoint.houses.1" in damaged.damage
        runtime.put_endpoint(EndpointRecord(name="houses", properties={"kept": {}}))
        assert not any(each.damage for each in runtime.endpoints())
        runtime.drop_endpoint("houses")
        assert runtime.endpoints() == [EndpointRecord(name="flats")]

    @pytest.mark.parametrize("generation", ["", "x", "-1", "9" * 5000, None])
    def test_a_damaged_number_is_told_by_the_volumes_name(
        self, runtime: DockerRuntime, engine: MemoryEngine, generation: str | None
    ) -> None:
        runtime.put_endpoint(EndpointRecord(name="houses", properties={"age": "old"}))
        labels = engine.kept["ml-endpoint.houses.1"]["Labels"]
        if generation is None:
            del labels["ml-endpoint.generation"]
        else:
            labels["ml-endpoint.generation"] = generation
        runtime.put_endpoint(EndpointRecord(name="houses", properties={"age": "new"}))
        assert [each.properties for each in runtime.endpoints()] == [{"age": "new"}]

    @pytest.mark.parametrize("label", ["ml-endpoint.record", "ml-endpoint.variables"])
    @pytest.mark.parametrize("content", ["{", "7", "null", '{"aspects": 1}', None])
    def test_a_damaged_container_is_told_of_and_in_nobodys_way(
        self, ready: DockerRuntime, engine: MemoryEngine, label: str, content: str | None
    ) -> None:
        for name in ("Blue", "Green"):
            ready.promote(ready.start(replace(SPEC, deployment=name)), ())
        labels = engine.boxes["id-1"]["Config"]["Labels"]
        if content is None:
            del labels[label]
        else:
            labels[label] = content
        damaged, sound = ready.instances("houses")
        assert (damaged.deployment, damaged.state, damaged.record) == ("Blue", "running", {})
        assert label in damaged.damage and not sound.damage
        ready.remove(damaged)
        assert ready.instances() == [sound]


class TestPromote:
    def test_the_newer_one_counts_where_a_crash_left_both(self, ready: DockerRuntime) -> None:
        old = ready.start(SPEC)
        ready.promote(old, ())
        new = ready.start(SPEC)
        ready.promote(new, ())  # and the crash comes before the old one is removed
        states = {each.id: each.promoted for each in ready.instances("Houses")}
        assert states == {old.id: False, new.id: True}

    def test_a_failed_one_leaves_the_old_one_in_place(
        self, ready: DockerRuntime, engine: MemoryEngine
    ) -> None:
        old = ready.start(SPEC)
        ready.promote(old, ())
        engine.refusals["rename_container"] = "crash"
        with pytest.raises(Exception, match="crash"):
            ready.promote(ready.start(SPEC), (old,))
        assert [each.id for each in ready.instances() if each.promoted] == [old.id]

    def test_deployments_do_not_push_each_other_out(self, ready: DockerRuntime) -> None:
        for name in ("Blue", "Green"):
            ready.promote(ready.start(replace(SPEC, deployment=name)), ())
        assert {each.deployment for each in ready.instances() if each.promoted} == {"Blue", "Green"}


class TestStart:
    def test_what_docker_refuses_to_start_does_not_stay(
        self, ready: DockerRuntime, engine: MemoryEngine
    ) -> None:
        engine.refusals["start_container"] = "driver failed: address already in use"
        with pytest.raises(StartError, match="Blue: another program took the port"):
            ready.start(SPEC)
        assert not engine.boxes

    def test_an_image_that_is_gone_is_an_error_with_the_next_step(
        self, runtime: DockerRuntime
    ) -> None:
        with pytest.raises(StartError, match="image of its environment is gone"):
            runtime.start(SPEC)

    def test_an_image_that_is_used_as_it_is_goes_by_its_own_name(
        self, runtime: DockerRuntime, engine: MemoryEngine
    ) -> None:
        plain = environment("plain-1", image="me/server:dev")
        engine.registry.add("me/server:dev")
        runtime.make_environment(plain)
        assert runtime.start(replace(SPEC, environment=plain)).image == "me/server:dev"
        engine.remove_image("me/server:dev")
        assert runtime.start(replace(SPEC, environment=plain)).image == reference("plain-1")

    def test_no_value_of_a_variable_is_in_a_label(
        self, ready: DockerRuntime, engine: MemoryEngine
    ) -> None:
        started = ready.start(replace(SPEC, variables={"TOKEN": "hush-hush"}))
        facts = engine.container(started.id)
        assert facts
        assert "hush-hush" not in json.dumps(facts["Config"]["Labels"])
        assert started.variables == {"TOKEN": "hush-hush"}


class TestInstances:
    def test_one_that_vanishes_while_they_are_listed_is_left_out(
        self, ready: DockerRuntime, engine: MemoryEngine
    ) -> None:
        started = ready.start(SPEC)
        listed = engine.containers
        engine.containers = lambda *labels: [*listed(*labels), {"Id": "gone"}]  # type: ignore[method-assign]
        assert [each.id for each in ready.instances()] == [started.id]

    def test_lack_of_memory_is_named_as_the_reason_of_an_end(
        self, ready: DockerRuntime, engine: MemoryEngine
    ) -> None:
        started = ready.start(SPEC)
        engine.end_container(started.id, 137, OOMKilled=True)
        ended = ready.inspect(started.id)
        assert ended
        assert (ended.state, ended.exit_code, ended.ports) == ("exited", 137, {})
        assert "memory" in ended.error


def gpus_of(engine: MemoryEngine) -> list[str]:
    return [gpus.of(each) for each in engine.boxes.values()]


class TestMachine:
    def test_gpus_are_asked_for_and_stay(
        self, ready: DockerRuntime, engine: MemoryEngine, tmp_path: Path
    ) -> None:
        with_gpus = DockerRuntime(engine, RecordingReport(), tmp_path, "device=0,1")
        with_gpus.promote(with_gpus.start(SPEC), ())
        assert gpus_of(engine) == ["device=0,1"]
        ready.start(SPEC)
        assert gpus_of(engine) == ["device=0,1", "device=0,1"], "they are the deployment's"
        ready.start(replace(SPEC, deployment="Green"))
        assert gpus_of(engine)[-1] == "none"

    def test_other_gpus_are_a_difference(
        self, ready: DockerRuntime, engine: MemoryEngine, tmp_path: Path
    ) -> None:
        blue = ready.start(SPEC)
        ready.promote(blue, ())
        assert ready.differs(blue) is None, "nobody has asked"
        wanted = DockerRuntime(engine, RecordingReport(), tmp_path, "all")
        assert wanted.differs(blue) == "GPUs"
        wanted.promote(again := wanted.start(SPEC), (blue,))
        assert wanted.differs(again) is None
        none = DockerRuntime(engine, RecordingReport(), tmp_path, "none")
        none.start(SPEC)
        assert gpus_of(engine) == ["all", "none"]

    def test_a_machine_without_gpus_says_so(
        self, ready: DockerRuntime, engine: MemoryEngine
    ) -> None:
        engine.refusals["start_container"] = (
            'could not select device driver "" with capabilities: [[gpu]]'
        )
        with pytest.raises(StartError, match="Docker has no GPUs to give") as refused:
            ready.start(SPEC)
        assert "NVIDIA Container Toolkit" in str(refused.value.recommendation)

    def test_an_emulated_image_is_told_of(self, engine: MemoryEngine, tmp_path: Path) -> None:
        engine.platform = "linux/arm64"
        report = RecordingReport()
        runtime = DockerRuntime(engine, report, tmp_path)
        runtime.make_environment(OWN)
        runtime.start(SPEC)
        (told,) = report.warnings
        assert "Blue: its image is for linux/arm64, and this machine is amd64" in told

    def test_what_fits_this_machine_needs_no_words(
        self, ready: DockerRuntime, engine: MemoryEngine, tmp_path: Path
    ) -> None:
        report = RecordingReport()
        DockerRuntime(engine, report, tmp_path).start(SPEC)
        assert report.warnings == []
