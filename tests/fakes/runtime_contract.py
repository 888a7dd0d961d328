"""What every runtime must do. A test class that inherits from this holds its runtime to it.

The class gives the fixtures ``runtime``, a runtime that keeps nothing yet, and ``spec``, whose
server becomes ready and logs at least two lines.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from azext_ml_endpoint.local.addresses import routes
from azext_ml_endpoint.local.keeping import Unused
from azext_ml_endpoint.local.readiness import Probe, Readiness, local_probe
from azext_ml_endpoint.local.runtime import EndpointRecord, Instance, InstanceSpec, Runtime
from tests.fakes.recording_report import RecordingReport

Serve = Callable[..., Instance]


def named(runtime: Runtime, digest: str) -> list[Unused]:
    """By the whole digest, or by its beginning."""
    return [each for each in runtime.unused() if digest.startswith(each.digest)]


class RuntimeContract:
    @pytest.fixture
    def probe(self) -> Probe:
        return local_probe

    @pytest.fixture
    def serve(self, runtime: Runtime, spec: InstanceSpec, probe: Probe) -> Serve:
        """Starts, waits until it is ready, and promotes in place of what is given."""

        def start(*replaces: Instance) -> Instance:
            candidate = runtime.start(spec)
            config = spec.environment.inference_config
            proven = Readiness(runtime, RecordingReport(), probe).wait(
                candidate, routes(config), 60
            )
            runtime.promote(proven, replaces)
            return proven

        if not runtime.has_environment(spec.environment.digest):
            runtime.make_environment(spec.environment)
        return start

    def test_a_record_is_replaced_and_forgotten(self, runtime: Runtime) -> None:
        record = EndpointRecord(name="houses", properties={"traffic": {"blue": 100}})
        runtime.put_endpoint(EndpointRecord(name="houses"))
        runtime.put_endpoint(record)
        assert runtime.endpoints() == [record]
        runtime.drop_endpoint("houses")
        runtime.drop_endpoint("houses")
        assert runtime.endpoints() == []

    def test_an_instance_is_a_candidate_until_it_takes_the_place_of_the_old_one(
        self, runtime: Runtime, spec: InstanceSpec, serve: Serve
    ) -> None:
        old = serve()
        assert not old.promoted
        new = serve(old)
        (there,) = runtime.instances(spec.endpoint)
        assert (there.id, there.promoted, there.state) == (new.id, True, "running")
        assert there.record == spec.record
        assert there.variables == spec.variables
        assert runtime.inspect(old.id) is None

    def test_of_two_instances_of_a_deployment_the_one_promoted_last_is_it(
        self, runtime: Runtime, spec: InstanceSpec, serve: Serve
    ) -> None:
        """Both run, until the old one is removed by itself."""
        old, new = serve(), serve()
        there = {each.id: each for each in runtime.instances(spec.endpoint)}
        assert {each.id: each.promoted for each in there.values()} == {old.id: False, new.id: True}
        assert {each.state for each in there.values()} == {"running"}
        runtime.remove(there[old.id])
        assert [each.id for each in runtime.instances(spec.endpoint) if each.promoted] == [new.id]

    def test_instances_are_told_apart_by_their_endpoint(
        self, runtime: Runtime, spec: InstanceSpec, serve: Serve
    ) -> None:
        serve()
        assert runtime.instances("another") == []
        assert [each.endpoint for each in runtime.instances()] == [spec.endpoint]

    def test_the_log_can_be_cut_and_followed_to_the_end(
        self, runtime: Runtime, serve: Serve
    ) -> None:
        instance = serve()
        whole = list(runtime.logs(instance.id))
        assert list(runtime.logs(instance.id, tail=1)) == whole[-1:]
        following = runtime.logs(instance.id, follow=True)
        assert next(following) == whole[0]
        runtime.remove(instance)
        assert list(following)[: len(whole) - 1] == whole[1:]

    def test_what_is_removed_is_gone_and_may_be_removed_again(
        self, runtime: Runtime, serve: Serve
    ) -> None:
        instance = serve()
        runtime.remove(instance)
        runtime.remove(instance)
        assert runtime.inspect(instance.id) is None
        assert runtime.instances() == []

    def test_a_spare_is_no_instance_and_one_start_uses_it_up(
        self, runtime: Runtime, spec: InstanceSpec, serve: Serve
    ) -> None:
        old = serve()
        for _ in range(2):
            runtime.put_spare(spec)
        assert [each.id for each in runtime.instances()] == [old.id]
        new = serve(old)
        assert [each.id for each in runtime.instances(spec.endpoint)] == [new.id]
        found = runtime.inspect(new.id)
        assert found and found.record == spec.record and found.variables == spec.variables
        runtime.put_spare(spec)
        runtime.drop_spares("another")
        runtime.drop_spares(spec.endpoint)
        runtime.drop_spares(spec.endpoint, spec.deployment)
        assert [each.id for each in runtime.instances()] == [new.id]

    def test_only_environments_that_nothing_uses_are_unused(
        self, runtime: Runtime, spec: InstanceSpec, serve: Serve
    ) -> None:
        digest = spec.environment.digest
        instance = serve()
        began = time.time()
        assert not named(runtime, digest)
        runtime.remove(instance)
        (unused,) = named(runtime, digest)
        assert unused.used_at <= began
        assert runtime.has_environment(digest)
        runtime.collect([unused.digest])
        assert not runtime.has_environment(digest) and not named(runtime, digest)
