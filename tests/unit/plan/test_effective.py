"""Which value rules, and who says so."""

from __future__ import annotations

from azext_ml_endpoint.document.model import Deployment, Probe, RequestSettings
from azext_ml_endpoint.plan.aspects import aspects
from azext_ml_endpoint.plan.effective import Effective, values

WANTED = aspects(Deployment(name="green", request_settings=RequestSettings(request_timeout_ms=1)))
THERE = aspects(
    Deployment(
        name="green",
        request_settings=RequestSettings(
            request_timeout_ms=2, max_concurrent_requests_per_instance=2
        ),
        description="theirs",
    )
)
TEMPLATE = {
    "environment": "azureml://registries/r/environments/e/versions/1",
    "request_settings": {"request_timeout_ms": 3, "max_concurrent_requests_per_instance": 3},
    "liveness_probe": {"period": 3},
}


def test_the_file_goes_before_what_is_there_and_that_before_the_template() -> None:
    told = {each.path: each for each in values(WANTED, THERE, TEMPLATE)}
    name = "request_settings.request_timeout_ms"
    assert told[name] == Effective(name, 1, "file")
    name = "request_settings.max_concurrent_requests_per_instance"
    assert told[name] == Effective(name, 2, "service")
    assert told["liveness_probe.period"] == Effective("liveness_probe.period", 3, "template")
    assert told["environment"].origin == "template"


def test_what_nobody_says_is_the_services_own() -> None:
    told = {each.path: each for each in values({}, {}, TEMPLATE)}
    assert told["readiness_probe.timeout"] == Effective("readiness_probe.timeout", 2, "service")


def test_only_what_a_template_can_say_is_told() -> None:
    assert {each.path.partition(".")[0] for each in values(WANTED, THERE, TEMPLATE)} == {
        "environment",
        "request_settings",
        "liveness_probe",
        "readiness_probe",
    }


def test_nothing_is_a_value_where_it_is_none() -> None:
    silent = aspects(Deployment(name="green", liveness_probe=Probe()))
    assert all(each.value is not None for each in values(silent, {}, TEMPLATE))
