"""What is written is judged before it is: a rule that its source escaped is told at the source."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from azext_ml_endpoint.document import proof, write
from azext_ml_endpoint.document.finding import Place
from azext_ml_endpoint.document.model import (
    Deployment,
    Endpoint,
    Reference,
    RequestSettings,
    ResourceRequirements,
    ScaleSettings,
)
from azext_ml_endpoint.document.node import descend
from tests.unit.document.project import tree

SOURCE = """\
name: houses
compute: azureml:aks
deployments:
  - name: green
  - name: blue
    instance_count: 2
    scale_settings:
      scale_type: auto
      instance_count: 2
    resource_requirements: {cpu: 2}
"""
BLUE = Deployment(
    name="blue",
    model=Reference(text="m:1", name="m", version="1"),
    environment=Reference(text="e:1", name="e", version="1"),
)
GREEN = replace(BLUE, name="green")
HOUSES = Endpoint(name="houses", target=Reference(text="aks", name="aks"), deployments=(GREEN,))
NONE_AT_ONCE = RequestSettings(max_concurrent_requests_per_instance=0)
CONTRADICTORY = ScaleSettings(scale_type="auto", min_instances=1, max_instances=2, instance_count=2)


def errors(folder: Path, blue: Deployment) -> list[str]:
    houses = replace(HOUSES, deployments=(GREEN, blue))
    found = proof.errors(write.endpoint(houses, folder), folder, tree(SOURCE, folder, "two.yml"))
    return [str(each) for each in found]


def test_a_sound_file_has_no_errors(folder: Path) -> None:
    secret = replace(BLUE, environment_variables={"KEY": "a$b"}, secrets=frozenset({"KEY"}))
    assert (
        errors(
            folder,
            replace(secret, scale_settings=ScaleSettings(scale_type="manual", instance_count=1)),
        )
        == []
    )


@pytest.mark.parametrize(
    ("blue", "told"),
    [
        (
            replace(BLUE, scale_settings=CONTRADICTORY),
            "two.yml:9:23: instance_count is for scale_type 'manual' "
            "(deployments[1].scale_settings.instance_count)",
        ),
        (
            replace(BLUE, resource_requirements=ResourceRequirements(cpu=2, cpu_cores_limit=1)),
            "two.yml:10:34: cpu 2 is more than cpu_cores_limit 1 "
            "(deployments[1].resource_requirements.cpu)",
        ),
        (
            replace(BLUE, request_settings=NONE_AT_ONCE),
            "two.yml:5:5: max_concurrent_requests_per_instance must be at least 1, not 0 "
            "(deployments[1].request_settings.max_concurrent_requests_per_instance)",
        ),
        (replace(BLUE, name="GREEN"), "two.yml:5:11: a deployment named 'green' is on line 4"),
    ],
)
def test_errors_have_the_place_in_the_source_or_the_nearest(
    folder: Path, blue: Deployment, told: str
) -> None:
    (finding,) = errors(folder, blue)
    assert finding.startswith(told)


def test_one_deployment_has_the_places_of_its_part(folder: Path) -> None:
    written = write.deployment(replace(BLUE, scale_settings=CONTRADICTORY), "houses", folder)
    source = descend(tree(SOURCE, folder, "two.yml"), ("deployments", 1))
    (finding,) = proof.errors(written, folder, source)
    assert str(finding.place) == "two.yml:9:23"


def test_what_is_in_no_file_has_one_place(folder: Path) -> None:
    houses = replace(HOUSES, deployments=(replace(BLUE, scale_settings=CONTRADICTORY),))
    (finding,) = proof.errors(write.endpoint(houses, folder), folder, Place("endpoint houses"))
    assert str(finding.place) == "endpoint houses"
