"""Endpoints as files: what is written is read again as the same endpoint."""

from __future__ import annotations

import string
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from azext_ml_endpoint.document import load, write
from azext_ml_endpoint.document.model import (
    Code,
    Deployment,
    Endpoint,
    Environment,
    Identity,
    InferenceConfig,
    Model,
    Probe,
    Reference,
    RequestSettings,
    ResourceRequirements,
    Route,
    ScaleSettings,
)
from tests.unit.document import project

CLUSTER = Reference(text="aks", name="aks")


def read(written: write.Written, file: Path) -> Endpoint:
    file.write_text(written.text, "utf-8")
    return load.load(file, variables=written.secrets).require()


def minimal(folder: Path, **changes: Any) -> Deployment:
    known: dict[str, Any] = {
        "model": Model(name="blue", anonymous=True, path=folder / "model.pkl"),
        "code": Code(path=folder / "src"),
        "scoring_script": "score.py",
        "environment": Environment(
            image="ubuntu:22.04", conda_file=project.CONDA, conda_path=folder / "conda.yml"
        ),
        "instance_type": "Standard_F2s_v2",
    }
    return Deployment(name="blue", **{**known, **changes})


def body(text: str) -> str:
    """Without the line for editors."""
    return text.partition("\n")[2]


def test_what_is_usual_is_not_written(folder: Path) -> None:
    endpoint = Endpoint(name="houses", deployments=(minimal(folder),))
    assert (
        body(write.endpoint(endpoint, folder).text)
        == """\
name: houses
type: online
deployments:
  - name: blue
    model:
      local_path: model.pkl
    code_configuration:
      code:
        local_path: src
      scoring_script: score.py
    environment:
      conda_file: file:conda.yml
      docker:
        image: ubuntu:22.04
    instance_type: Standard_F2s_v2
"""
    )


REPOSITORY = Path(__file__).parents[3]


def test_the_first_line_is_the_one_that_the_readme_shows(folder: Path) -> None:
    first, _, _ = write.endpoint(Endpoint(name="houses"), folder).text.partition("\n")
    assert f"\n{first}\n" in (REPOSITORY / "README.md").read_text()


def test_the_first_line_leads_to_a_schema_in_the_repository(folder: Path) -> None:
    blue = minimal(folder)
    for written in (
        write.endpoint(Endpoint(name="houses"), folder),
        write.endpoint(Endpoint(name="houses", deployments=(blue,)), folder / "below"),
        write.deployment(blue, "houses", folder),
    ):
        first, _, _ = written.text.partition("\n")
        schema = first.removeprefix("# yaml-language-server: $schema=")
        assert (REPOSITORY / schema).is_file()
        assert not Path(schema).is_absolute()


def test_paths_start_from_the_folder_of_the_file(folder: Path) -> None:
    (folder / "to").mkdir()
    text = write.endpoint(
        Endpoint(name="houses", deployments=(minimal(folder),)), folder / "to"
    ).text
    assert "local_path: ../model.pkl" in text
    assert "conda_file: file:../conda.yml" in text


def test_texts_of_several_lines_are_written_as_such(folder: Path) -> None:
    environment = Environment(image="ubuntu", conda_file=project.CONDA)
    deployment = minimal(folder, environment=environment)
    written = write.endpoint(Endpoint(name="houses", deployments=(deployment,)), folder)
    assert "conda_file: |\n        channels:\n          - conda-forge\n" in written.text


@pytest.mark.parametrize("text", ["\x85", "a\u2028b", "a\n\u2029b\n", "\x85\n"])
def test_line_breaks_of_all_kinds_are_read_as_they_were(folder: Path, text: str) -> None:
    endpoint = Endpoint(name="houses", description=text, tags={text: text})
    written = write.endpoint(endpoint, folder)
    assert read(written, folder / "written.yml") == replace(endpoint, deployments=())


def test_secrets_are_named_and_not_written(folder: Path) -> None:
    deployment = minimal(
        folder,
        environment_variables={"API-KEY": "hunter2", "LEVEL": "${LEVEL}"},
        secrets=frozenset({"API-KEY"}),
    )
    written = write.endpoint(Endpoint(name="houses", deployments=(deployment,)), folder)
    assert "API-KEY: ${secret:API_KEY}\n" in written.text
    assert "LEVEL: $${LEVEL}\n" in written.text
    assert "hunter2" not in written.text
    assert written.secrets == {"API_KEY": "hunter2"}


def test_deployments_with_secrets_of_one_name_share_a_variable_if_they_share_the_value(
    folder: Path,
) -> None:
    blue, green, red = (
        minimal(folder, environment_variables={"KEY": value}, secrets=frozenset({"KEY"}))
        for value in ("one", "one", "another")
    )
    endpoint = Endpoint(
        name="houses",
        deployments=(blue, replace(green, name="green"), replace(red, name="red-one")),
    )
    assert write.endpoint(endpoint, folder).secrets == {"KEY": "one", "RED_ONE_KEY": "another"}


def test_a_deployment_alone_says_whose_it_is(folder: Path) -> None:
    written = write.deployment(minimal(folder), "houses", folder)
    assert body(written.text).startswith("name: blue\nendpoint_name: houses\nmodel:\n")
    (folder / "blue.yml").write_text(written.text)
    loaded = load.read_deployment(
        folder / "blue.yml", variables={}, name="blue", endpoint_name="houses"
    )
    assert loaded.findings == ()


@pytest.mark.parametrize("traffic", [None, {}, {"blue": 100}])
def test_no_traffic_and_none_said_are_different(folder: Path, traffic: Any) -> None:
    endpoint = Endpoint(name="houses", traffic=traffic, deployments=(minimal(folder),))
    assert read(write.endpoint(endpoint, folder), folder / "e.yml").traffic == traffic


# Random endpoints

LETTERS = string.ascii_letters + string.digits
TEXT = st.text(
    st.one_of(
        st.sampled_from("${}:#'\"\n %&*!|>-[]?,@`=~ \t"),
        st.characters(exclude_categories=["Cs", "Cc"]),
    ),
    max_size=30,
) | st.sampled_from(["true", "null", "1", "1.0", "0x1F", "2021-01-01", "$$", "${A}", "~", "="])
WORDS = st.text(LETTERS, min_size=1, max_size=12)
KEYS = WORDS.map(lambda word: f"k{word}")
NAMES = WORDS.map(lambda word: f"n{word}e")
MAPS = st.dictionaries(KEYS, TEXT, max_size=3)
OPTIONAL_TEXT = st.none() | TEXT
POSITIVE = st.integers(1, 10_000)
VERSIONS = st.sampled_from(["1", "12", "2021.8", "0x1", "007", "1e3", "latest-1"])
REFERENCES = st.builds(
    lambda name, version: Reference(text=f"{name}:{version}", name=name, version=version),
    WORDS,
    WORDS,
)
PROBES = st.builds(
    Probe,
    initial_delay=st.integers(1, 100),
    period=POSITIVE,
    timeout=POSITIVE,
    success_threshold=POSITIVE,
    failure_threshold=POSITIVE,
)
LIVENESS_PROBES = PROBES.map(lambda probe: replace(probe, success_threshold=1))
ROUTES = st.builds(Route, port=st.integers(1, 65535), path=TEXT.map(lambda text: f"/{text}"))
CONFIGS = st.builds(
    InferenceConfig, liveness_route=ROUTES, readiness_route=ROUTES, scoring_route=ROUTES
)


def models(folder: Path) -> st.SearchStrategy[Any]:
    described: dict[str, Any] = {
        "version": VERSIONS,
        "description": OPTIONAL_TEXT,
        "tags": MAPS,
        "properties": MAPS,
        "flavors": st.dictionaries(KEYS, MAPS, max_size=2),
    }
    here = st.builds(Model, name=WORDS, path=st.just(folder / "model.pkl"), **described)
    there = st.builds(Model, name=WORDS, datastore=WORDS, datastore_path=NAMES, **described)
    return REFERENCES | here | there


def codes(folder: Path) -> st.SearchStrategy[Any]:
    described: dict[str, Any] = {
        "name": st.none() | WORDS,
        "version": st.none() | VERSIONS,
        "description": OPTIONAL_TEXT,
        "tags": MAPS,
    }
    here = st.builds(Code, path=st.just(folder / "src"), **described)
    there = st.builds(Code, datastore=WORDS, path=NAMES.map(Path), **described)
    return here | there


def environments(folder: Path) -> st.SearchStrategy[Any]:
    described: dict[str, Any] = {
        "name": st.none() | WORDS,
        "version": st.none() | VERSIONS,
        "inference_config": st.none() | CONFIGS,
        "os_type": st.sampled_from(["linux", "windows"]),
        "description": OPTIONAL_TEXT,
        "tags": MAPS,
    }
    conda, text = folder / "conda.yml", (folder / "docker/Dockerfile").read_text()
    of_image = st.builds(
        Environment,
        image=WORDS,
        conda_file=st.just(project.CONDA),
        conda_path=st.sampled_from([conda, None]),
        **described,
    )
    of_dockerfile = st.builds(
        Environment,
        dockerfile=st.just(text),
        dockerfile_path=st.sampled_from([folder / "docker/Dockerfile", None]),
        context=st.sampled_from([folder, folder / "docker", folder / "src"]),
        **described,
    )
    return REFERENCES | of_image | of_dockerfile


def scales(kind: str) -> st.SearchStrategy[Any]:
    manual = st.builds(ScaleSettings, scale_type=st.just("manual"), instance_count=POSITIVE)
    auto = st.builds(
        ScaleSettings,
        scale_type=st.just("auto"),
        min_instances=st.integers(1, 3),
        max_instances=st.integers(3, 9),
        polling_interval=st.none() | POSITIVE,
        target_utilization_percentage=st.none() | st.integers(1, 100),
    )
    return st.none() | manual | (auto if kind == "kubernetes" else manual)


def deployments(folder: Path, kind: str) -> st.SearchStrategy[Deployment]:
    needs = st.builds(
        ResourceRequirements,
        cpu=st.floats(0.001, 8),
        memory_in_gb=st.none() | st.sampled_from([0.5, 2.0, 1]),
        gpu=st.none() | POSITIVE,
    )
    return st.builds(
        Deployment,
        name=NAMES,
        model=models(folder),
        code=codes(folder),
        scoring_script=st.just("score.py"),
        environment=environments(folder),
        environment_variables=MAPS,
        instance_type=WORDS,
        scale_settings=scales(kind),
        request_settings=st.none()
        | st.builds(
            RequestSettings,
            request_timeout_ms=POSITIVE,
            max_concurrent_requests_per_instance=st.none() | POSITIVE,
            max_queue_wait_ms=st.none() | st.integers(0, 999),
        ),
        liveness_probe=st.none() | LIVENESS_PROBES,
        readiness_probe=st.none() | PROBES,
        resource_requirements=needs | st.none() if kind == "kubernetes" else st.none(),
        app_insights_enabled=st.none() | st.booleans(),
        description=OPTIONAL_TEXT,
        tags=MAPS,
        properties=MAPS,
    )


@st.composite
def endpoints(draw: st.DrawFn, folder: Path) -> Endpoint:
    kind: Any = draw(st.sampled_from(["managed", "kubernetes"]))
    unique = st.lists(
        deployments(folder, kind), max_size=3, unique_by=lambda each: each.name.lower()
    )
    present = [_with_secrets(draw, each) for each in draw(unique)]
    split = st.sampled_from([{}, {present[0].name: 100}]) if present else st.just({})
    users = ("/subscriptions/s/resourceGroups/g/providers/p/userAssignedIdentities/i",)
    identities = [
        None,
        Identity(type="none"),
        Identity(type="user_assigned", user_assigned_identities=users),
    ]
    return Endpoint(
        name=draw(NAMES),
        kind=kind,
        target=CLUSTER if kind == "kubernetes" else None,
        auth_mode=draw(st.sampled_from(["key", "aml_token", "aad_token"])),
        description=draw(OPTIONAL_TEXT),
        location=draw(st.none() | WORDS),
        tags=draw(MAPS),
        properties=draw(MAPS),
        identity=draw(st.sampled_from(identities)),
        traffic=draw(st.none() | split),
        deployments=tuple(present),
    )


def _with_secrets(draw: st.DrawFn, deployment: Deployment) -> Deployment:
    """A secret's value comes from the environment, which can carry no empty one in the end."""
    candidates = [name for name, value in deployment.environment_variables.items() if value]
    chosen = draw(st.sets(st.sampled_from(candidates))) if candidates else set()
    return replace(deployment, secrets=frozenset(chosen))


@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_what_is_written_is_read_as_the_same(folder: Path, data: st.DataObject) -> None:
    (folder / "docker").mkdir(exist_ok=True)
    (folder / "docker/Dockerfile").write_text("FROM ubuntu:22.04\nRUN echo $HOME ${HOME}\n")
    place = data.draw(st.sampled_from([folder, folder / "src", folder / "docker"]))
    endpoint = data.draw(endpoints(folder))
    written = write.endpoint(endpoint, place)
    assert read(written, place / "endpoint.yml") == endpoint
    (place / "endpoint.yml").unlink()
