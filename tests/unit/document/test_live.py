"""What is there, and options that change it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azext_ml_endpoint.document import live
from azext_ml_endpoint.document.load import Loaded, load_change
from azext_ml_endpoint.document.model import Reference, ScaleSettings
from tests.unit.document import project

ASSET = "azureml:/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices"
MODEL = f"{ASSET}/workspaces/w/models/m/versions/1"
ENVIRONMENT = f"{ASSET}/workspaces/w/environments/e/versions/1"


def deployment(name: str, **more: Any) -> dict[str, Any]:
    known = {
        "id": f"/onlineDeployments/{name}",
        "name": name,
        "type": "managed",
        "model": MODEL,
        "environment": ENVIRONMENT,
        "instance_type": "Standard_F2s_v2",
        "scale_settings": {"scale_type": "manual", "instance_count": 1},
        "provisioning_state": "Succeeded",
        "from_the_future": {"a": 1},
    }
    return {**known, **more}


def there(**more: Any) -> dict[str, Any]:
    known = {
        "id": "/onlineEndpoints/houses",
        "name": "houses",
        "type": "online",
        "auth_mode": "key",
        "traffic": {"blue": 90, "green": 10},
        "location": "eastus2",
        "identity": {"type": "system_assigned", "principal_id": "p"},
        "provisioning_state": "Succeeded",
        "deployments": [deployment("blue"), deployment("green")],
    }
    return {**known, **more}


def change(before: dict[str, Any], after: dict[str, Any], **more: Any) -> Loaded[live.Revision]:
    edit = live.EditedDocument(there=before, edited=after, options="--set x", **more)
    return load_change(edit)


def messages(loaded: Loaded[live.Revision]) -> list[str]:
    return [str(finding) for finding in loaded.findings]


def test_without_a_change_there_is_nothing_wanted_of_any_deployment() -> None:
    changed = change(there(), live.editable(there())).require()
    assert (changed.wanted.deployments, changed.only) == ((), frozenset())
    assert (changed.wanted.name, changed.wanted.traffic) == ("houses", None)
    assert changed.wanted.identity is None, "nobody asks for another one"


def test_everything_that_could_be_said_has_a_place() -> None:
    copy = live.editable(there())
    assert copy["tags"] is None and copy["deployments"][0]["environment_variables"] is None
    assert "from_the_future" in copy["deployments"][0]
    copy["deployments"][0]["model"] = "other"
    assert there()["deployments"][0]["model"] == MODEL


def test_of_the_deployments_only_those_that_were_changed_are_wanted() -> None:
    after = live.editable(there())
    after["deployments"][1]["scale_settings"]["instance_count"] = 3
    changed = change(there(), after).require()
    (green,) = changed.wanted.deployments
    assert changed.only == {"green"}
    assert green.scale_settings == ScaleSettings(scale_type="manual", instance_count=3)
    assert isinstance(green.model, Reference)
    assert f"azureml:{green.model.text}" == MODEL


def test_a_deployment_that_is_gone_is_one_of_the_changed() -> None:
    after = live.editable(there(traffic={"blue": 100}))
    del after["deployments"][1]
    changed = change(there(traffic={"blue": 100}), after).require()
    assert (changed.wanted.deployments, changed.only) == ((), frozenset({"green"}))


def test_a_deployment_with_traffic_cannot_go() -> None:
    after = live.editable(there())
    del after["deployments"][1]
    assert messages(change(there(), after)) == [
        "--set x: deployment green receives 10 % of the traffic. "
        "Say which deployments receive it instead: --traffic."
    ]


def test_it_can_go_together_with_its_traffic() -> None:
    after = live.editable(there())
    del after["deployments"][1]
    after["traffic"] = {"blue": 100}
    changed = change(there(), after).require()
    assert (changed.wanted.traffic, changed.only) == ({"blue": 100}, frozenset({"green"}))


def test_traffic_that_was_removed_is_none_at_all() -> None:
    after = live.editable(there())
    del after["traffic"]
    assert change(there(), after).require().wanted.traffic == {}


def test_what_stays_is_not_judged() -> None:
    odd = there(traffic={"blue": 50}, name="x", colour="red")
    after = live.editable(odd)
    after["tags"] = {"a": "b"}
    assert messages(change(odd, after)) == []


@pytest.mark.parametrize(
    ("traffic", "complaint"),
    [
        ({"blue": 50}, "traffic adds up to 50, not to 100"),
        ({"blue": 50, "red": 50}, "traffic names 'red', and there is no such deployment"),
        ({"blue": 101}, "blue must be between 0 and 100, not 101"),
    ],
)
def test_what_changes_is_judged(traffic: dict[str, int], complaint: str) -> None:
    after = live.editable(there())
    after["traffic"] = traffic
    (told,) = messages(change(there(), after))
    assert told.startswith(f"--set x: {complaint}")


def test_what_is_missing_afterwards_is_told_of_what_was_changed() -> None:
    code = {"code": f"{ASSET}/workspaces/w/codes/c/versions/1", "scoring_script": "score.py"}
    before = there(deployments=[deployment("blue", code_configuration=code)], traffic={})
    after = live.editable(before)
    del after["deployments"][0]["environment"]
    assert messages(change(before, after)) == [
        "--set x: a deployment needs 'environment' (deployments[0])"
    ]


def test_what_was_missing_before_is_not_asked_for() -> None:
    code = {"code": f"{ASSET}/workspaces/w/codes/c/versions/1", "scoring_script": "score.py"}
    bare = deployment("blue", code_configuration=code)
    del bare["environment"]
    before = there(deployments=[bare, deployment("green", code_configuration=code)])
    after = live.editable(before)
    after["deployments"][0]["tags"] = {"a": "b"}
    assert messages(change(before, after)) == []
    del after["deployments"][1]["environment"]
    assert messages(change(before, after)) == [
        "--set x: a deployment needs 'environment' (deployments[1])"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "azureml://locations/eastus/workspaces/0f/models/m/versions/1",
        "azureml:runs:/x/model",
        "azureml:m",
        f"{ASSET}/workspaces/w/models/m/labels/latest",
    ],
)
def test_what_stays_may_have_a_name_of_a_form_that_is_not_known_here(text: str) -> None:
    before = there(deployments=[deployment("blue", model=text)], traffic={})
    after = live.editable(before)
    after["deployments"][0]["tags"] = {"a": "b"}
    (blue,) = change(before, after).require().wanted.deployments
    assert isinstance(blue.model, Reference)
    assert text.endswith(blue.model.text)
    after["deployments"][0]["model"] = "azureml:n"
    (told,) = messages(change(before, after))
    assert "'azureml:n' has no version" in told


@pytest.mark.parametrize("key", ["id", "provisioning_state", "from_the_future"])
def test_answers_cannot_be_changed(key: str) -> None:
    after = live.editable(there())
    after["deployments"][0][key] = "Failed"
    (told,) = messages(change(there(), after))
    assert told == (
        f"--set x: {key} is an answer only, and cannot be changed (deployments[0].{key})"
    )


@pytest.mark.parametrize("key", ["name", "type", "location", "target", "identity"])
def test_what_an_endpoint_was_made_with_cannot_be_changed(key: str) -> None:
    after = live.editable(there())
    after[key] = "other"
    (told,) = messages(change(there(), after))
    assert told == f"--set x: the {key} of an endpoint is settled when it is made ({key})"


def test_a_deployment_keeps_its_name() -> None:
    after = live.editable(there())
    after["deployments"][1]["name"] = "red"
    (told,) = messages(change(there(), after))
    assert told == ("--set x: a deployment cannot be given another name (deployments[1].name)")


def test_of_a_list_an_item_that_stays_is_not_judged() -> None:
    before = there(deployments=[deployment("blue", tags=["no mapping"])], traffic={})
    after = live.editable(before)
    green = deployment("green")
    after["deployments"].append({key: green[key] for key in ("name", "model", "instance_type")})
    assert messages(change(before, after)) == []


def test_new_values_may_name_variables() -> None:
    after = live.editable(there())
    after["deployments"][0]["environment_variables"] = {"A": "${secret:T}", "B": "${NOT}"}
    loaded = change(there(), after, variables={"T": "hunter2"})
    assert [finding.message for finding in loaded.findings] == [
        "the environment variable NOT is not set"
    ]
    after["deployments"][0]["environment_variables"].pop("B")
    (blue,) = change(there(), after, variables={"T": "hunter2"}).require().wanted.deployments
    assert (blue.environment_variables, blue.secrets) == ({"A": "hunter2"}, frozenset({"A"}))


def test_new_values_may_name_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project.make(tmp_path))
    (tmp_path / "environment.yml").write_text("image: ubuntu:22.04\n")
    after = live.editable(there())
    after["deployments"][0] |= {
        "code_configuration": {"code": "src", "scoring_script": "score.py"},
        "environment": "file:environment.yml",
    }
    (blue,) = change(there(), after).require().wanted.deployments
    assert getattr(blue.code, "path", None) == tmp_path / "src"
    assert getattr(blue.environment, "image", None) == "ubuntu:22.04"


GREEN = f"name: green\nmodel: {MODEL}\nenvironment: {ENVIRONMENT}\n"


def test_a_deployment_from_a_file_takes_the_place_of_its_name(tmp_path: Path) -> None:
    node = project.tree(GREEN + "instance_type: Standard_F4s_v2\n", tmp_path, "green.yml")
    changed = change(there(), live.editable(there()), deployment=node).require()
    assert changed.only == {"green"}
    assert [each.instance_type for each in changed.wanted.deployments] == ["Standard_F4s_v2"]


def test_a_deployment_from_a_file_is_judged_as_one_of_its_endpoint(tmp_path: Path) -> None:
    node = project.tree(GREEN.replace("green", "red"), tmp_path, "red.yml")
    after = live.editable(there())
    after["traffic"] = {"blue": 90, "red": 10}
    assert messages(change(there(), after, deployment=node)) == [
        "red.yml:1:1: a managed deployment needs 'instance_type', such as Standard_F2s_v2 "
        "(deployments[2])"
    ]
    on_kubernetes = {**there(), "target": "azureml:cluster"}
    edited = {**after, "target": "azureml:cluster"}
    changed = change(on_kubernetes, edited, deployment=node).require()
    assert (changed.only, changed.wanted.kind) == (frozenset({"red"}), "kubernetes")


KEYS = st.sampled_from(["name", "traffic", "tags", "deployments", "scale_settings", "model", "x"])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
VALUES = st.recursive(
    SCALARS,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(KEYS, below, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_whatever_is_edited_is_judged_or_wanted(data: st.DataObject) -> None:
    after = live.editable(there())
    place = data.draw(st.sampled_from([after, *after["deployments"]]))
    place[data.draw(KEYS)] = data.draw(VALUES)
    loaded = change(there(), after)
    assert (loaded.described is None) == any(
        finding.severity == "error" for finding in loaded.findings
    )


@pytest.mark.parametrize("of", ["the endpoint", "a deployment"])
def test_tests_are_kept_in_files_only(of: str) -> None:
    after = live.editable(there())
    owner = after if of == "the endpoint" else after["deployments"][0]
    owner["tests"] = [{"data": 1}]
    (told,) = messages(change(there(), after))
    assert told.startswith("--set x: tests are in files only, and no endpoint keeps them")
