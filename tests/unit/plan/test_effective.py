"""Which value rules, and who says so."""

from __future__ import annotations

from azext_ml_endpoint.document.model import HIDDEN, Deployment, Probe, RequestSettings
from azext_ml_endpoint.plan.aspects import aspects
from azext_ml_endpoint.plan.effective import Effective, shown, values

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


def test_what_people_note_is_not_told() -> None:
    told = {each.path for each in values(WANTED, THERE, TEMPLATE)}
    assert "description" not in told
    assert told >= {"environment", "app_insights_enabled", "egress_public_network_access"}


def test_each_variable_has_an_origin_and_a_secret_no_value() -> None:
    said = aspects(Deployment(name="green", environment_variables={"A": "1", "KEY": "s3cret"}))
    template = {**TEMPLATE, "environment_variables": {"A": "2", "B": "3"}}
    told = {each.path: each for each in values(said, {}, template, secrets={"KEY"})}
    seen = {key: (told[f"environment_variables.{key}"]) for key in ("A", "B", "KEY")}
    assert {key: (each.value, each.origin) for key, each in seen.items()} == {
        "A": ("1", "file"),
        "B": ("3", "template"),
        "KEY": (HIDDEN, "file"),
    }


def test_what_the_file_says_no_longer_is_the_templates_again() -> None:
    name = "request_settings.max_concurrent_requests_per_instance"
    told = {each.path: each for each in values(WANTED, THERE, TEMPLATE, dropped={name})}
    assert told[name] == Effective(name, 3, "template")


def test_of_what_is_there_memory_says_what_was_of_a_file() -> None:
    name = "request_settings.request_timeout_ms"
    told = {each.path: each for each in shown(THERE, TEMPLATE, remembered={name: 2})}
    assert told[name] == Effective(name, 2, "file")
    other = "request_settings.max_concurrent_requests_per_instance"
    assert told[other] == Effective(other, 2, "service")


def test_nothing_is_a_value_where_it_is_none() -> None:
    silent = aspects(Deployment(name="green", liveness_probe=Probe()))
    assert all(each.value is not None for each in values(silent, {}, TEMPLATE))
