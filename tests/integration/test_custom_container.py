"""Environments that are not Azure's base image with a conda file."""

from __future__ import annotations

from pathlib import Path

import docker

from tests.integration.az import Az
from tests.integration.conftest import SAMPLES
from tests.integration.project import Project

SAMPLE = SAMPLES / "endpoints/online/custom-container"


def test_the_sample_answers_on_its_own_port_and_routes(
    az: Az, engine: docker.DockerClient, endpoint: str
) -> None:
    request = SAMPLE / "sample-request.json"
    shown = az(f"ml endpoint create --local -n {endpoint} -f {SAMPLE / 'endpoint.yml'}").json
    (blue,) = shown["deployments"]
    assert blue["scoring_uri"] == f"http://127.0.0.1:{blue['port']}/predict"
    asked = az(f"ml endpoint invoke --local -n {endpoint} --request-file {request}")
    assert asked.json == {"prices": [335000, 200000]}
    assert "Model loaded" in az(f"ml endpoint get-logs --local -n {endpoint} -d blue").stdout

    refused = az(
        ["ml", "endpoint", "invoke", "--local", "-n", endpoint, "--data", '{"houses": [{}]}'],
        expect=1,
    )
    assert f"Deployment blue of endpoint {endpoint} answered 400: " in refused.stderr
    assert "not a valid request: KeyError" in refused.stderr


def test_a_plain_image_is_used_as_it_is_and_its_answers_are_printed_as_they_come(
    az: Az, engine: docker.DockerClient, own_image: str, endpoint: str, tmp_path: Path
) -> None:
    health = {"port": 8080, "path": "/health"}
    environment = {
        "docker": {"image": own_image},
        "inference_config": {
            "liveness_route": health,
            "readiness_route": health,
            "scoring_route": {"port": 8080, "path": "/anything"},
        },
    }
    project = Project(tmp_path / "project")
    file = project.endpoint(project.deployment(script=None, environment=environment))
    created = az(f"ml endpoint create --local -n {endpoint} -f {file}")
    assert "Step 1" not in created.stderr
    assert created.json["deployments"][0]["image"] == own_image

    invoke = ["ml", "endpoint", "invoke", "--local", "-n", endpoint]
    assert az([*invoke, "--data", "toro"]).stdout == "¡Olé, toro!"
    assert az([*invoke, "--data", "-"], stdin="ñandú").stdout == "¡Olé, ñandú!"

    az(f"ml endpoint delete --local -n {endpoint} --yes")
    (second,) = set(engine.images.get(own_image).tags) - {own_image}
    assert second.startswith("ml-endpoint-environment:"), "it is kept under a second name"
    listed = az("ml endpoint prune --local --environments --runtime docker").json
    (kept,) = [each for each in listed if second.endswith(each["environment"])]
    assert (kept["size_mb"], kept["removed"]) == (0, False)
    engine.images.remove(second)
    assert engine.images.get(own_image).tags == [own_image]
