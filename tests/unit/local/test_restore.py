"""A deployment again, from what is remembered of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from azext_ml_endpoint import content
from azext_ml_endpoint.document.model import (
    Code,
    Deployment,
    Endpoint,
    Environment,
    Model,
    Probe,
    Reference,
    ScaleSettings,
)
from azext_ml_endpoint.errors import UnsupportedError
from azext_ml_endpoint.local import records, restore
from azext_ml_endpoint.local.remembered import remember
from azext_ml_endpoint.local.runtime import EndpointRecord, Instance
from tests.fakes.builders import OWN_ROUTES, write_files

CONDA = "dependencies: [python=3.11]\n"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    return write_files(
        tmp_path,
        {
            "src/score.py": "def init(): ...",
            "model.pkl": "weights",
            "conda.yml": CONDA,
            "image/Dockerfile": "FROM ubuntu\nCOPY server.py .\n",
            "image/server.py": "serve()",
        },
    )


@pytest.fixture
def blue(files: Path) -> Deployment:
    made = Deployment(
        name="blue",
        model=Model(name="prices", path=files / "model.pkl", tags={"a": "b"}),
        code=Code(path=files / "src"),
        scoring_script="score.py",
        environment=Environment(
            name="e", version="2", image="ubuntu", conda_file=CONDA, conda_path=files / "conda.yml"
        ),
        environment_variables={"A": "1", "TOKEN": "hunter2"},
        secrets=frozenset({"TOKEN"}),
        instance_type="Standard_F2s_v2",
        scale_settings=ScaleSettings(scale_type="manual", instance_count=2),
        liveness_probe=Probe(period=7),
        description="The first one",
        tags={"c": "d"},
    )
    return identified(made)


def identified(deployment: Deployment) -> Deployment:
    (made,) = content.identify(Endpoint(name="houses", deployments=(deployment,))).deployments
    return made


def running(deployment: Deployment, **changes: Any) -> Instance:
    return Instance(
        **{
            "id": "1",
            "endpoint": "houses",
            "deployment": deployment.name,
            "promoted": True,
            "state": "running",
            "variables": dict(deployment.environment_variables),
            "record": remember(deployment),
            **changes,
        }
    )


def document_of(instance: Instance) -> dict[str, Any]:
    (found,) = restore.document(EndpointRecord(name="houses"), [instance])["deployments"]
    return dict(found)


def as_in_the_document(deployment: Deployment, instance: Instance) -> Deployment:
    """The deployment with what stands for its assets and secrets, as a document gives it back."""
    document = document_of(instance)

    def reference(text: str) -> Reference:
        name, version = text.removeprefix("azureml:").split(":")
        return Reference(text=f"{name}:{version}", name=name, version=version)

    return replace(
        deployment,
        model=reference(document["model"]) if "model" in document else None,
        code=reference(document["code_configuration"]["code"]) if deployment.code else None,
        environment=reference(document["environment"]),
        environment_variables=document["environment_variables"],
        secrets=frozenset(),
    )


def test_a_document_has_all_that_the_file_said(blue: Deployment) -> None:
    document = document_of(running(blue))
    assert document["instance_type"] == "Standard_F2s_v2"
    assert document["scale_settings"]["instance_count"] == 2
    assert document["liveness_probe"]["period"] == 7
    assert document["code_configuration"]["scoring_script"] == "score.py"
    assert (document["description"], document["tags"]) == ("The first one", {"c": "d"})
    assert document["state"] == "running", "and what is shown besides"


def test_a_document_has_no_secret(blue: Deployment) -> None:
    document = document_of(running(blue))
    assert document["environment_variables"] == {"A": "1", "TOKEN": "********"}
    assert "hunter2" not in str(document)


def test_what_stands_for_the_instances_own_becomes_it_again(blue: Deployment) -> None:
    instance = running(blue)
    restored = restore.own_assets(as_in_the_document(blue, instance), instance)
    assert records.changed(restored, instance) == []
    assert restore.with_texts(restored, instance) == blue


def test_a_container_that_brings_its_server_becomes_itself_again(files: Path) -> None:
    dockerfile = files / "image/Dockerfile"
    made = identified(
        Deployment(
            name="blue",
            environment=Environment(
                dockerfile=dockerfile.read_text(),
                dockerfile_path=dockerfile,
                context=dockerfile.parent,
                inference_config=OWN_ROUTES,
            ),
        )
    )
    instance = running(made)
    restored = restore.own_assets(as_in_the_document(made, instance), instance)
    assert restore.with_texts(restored, instance) == made


def test_a_secret_that_is_given_anew_is_the_new_one(blue: Deployment) -> None:
    instance = running(blue)
    wanted = as_in_the_document(blue, instance)
    wanted = replace(wanted, environment_variables={"TOKEN": "other"})
    restored = restore.own_assets(wanted, instance)
    assert (restored.environment_variables, restored.secrets) == ({"TOKEN": "other"}, frozenset())


def test_other_references_stay_what_they_are(blue: Deployment) -> None:
    other = Reference(text="local:other", name="local", version="other")
    wanted = replace(blue, model=other, code=other, environment=other)
    assert restore.own_assets(wanted, running(blue)) == wanted


def refusal(blue: Deployment, **changes: Any) -> str:
    instance = running(blue, **changes)
    restored = restore.own_assets(as_in_the_document(blue, instance), instance)
    with pytest.raises(UnsupportedError) as refused:
        restore.with_texts(restored, instance)
    assert "az ml endpoint update --local -f FILE" in str(refused.value.recommendation)
    return refused.value.message


def test_a_changed_file_of_the_environment_is_not_the_environment(
    blue: Deployment, files: Path
) -> None:
    (files / "conda.yml").write_text("dependencies: [python=3.12]\n")
    assert "its environment are no longer what they were" in refusal(blue)
    (files / "conda.yml").unlink()
    assert "its environment are no longer what they were" in refusal(blue)


def test_an_environment_that_was_written_in_the_file_is_not_remembered(blue: Deployment) -> None:
    environment = replace(blue.environment, conda_path=None)  # type: ignore[type-var]
    assert "stood in the endpoint's file itself" in refusal(replace(blue, environment=environment))


def test_a_model_that_is_gone_cannot_be_mounted(blue: Deployment, files: Path) -> None:
    (files / "model.pkl").unlink()
    assert f"its model {files / 'model.pkl'} is gone" in refusal(blue)


def test_what_does_not_run_has_lost_its_variables(blue: Deployment) -> None:
    told = refusal(blue, state="exited", exit_code=137, variables={})
    assert "it does not run: it exited with code 137" in told
