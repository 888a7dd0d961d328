from __future__ import annotations

import pytest

from azext_ml_endpoint.document.model import Reference
from azext_ml_endpoint.document.reference import Kind, Malformed, is_reference, parse

WORKSPACE = (
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w"
)
FORMS = "Write azureml:<model>:<version>, azureml:<model>@latest or the full ARM id."


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("azureml:m:1", "model", Reference(text="m:1", name="m", version="1")),
        (
            "azureml:a_b.c-d:2.0-rc",
            "code",
            Reference(text="a_b.c-d:2.0-rc", name="a_b.c-d", version="2.0-rc"),
        ),
        ("azureml:m@latest", "model", Reference(text="m@latest", name="m", label="latest")),
        ("azureml:m/versions/3", "model", Reference(text="m/versions/3", name="m", version="3")),
        ("azureml:cluster", "compute", Reference(text="cluster", name="cluster")),
        (
            f"azureml:{WORKSPACE}/environments/e/versions/4",
            "environment",
            Reference(text=f"{WORKSPACE}/environments/e/versions/4", name="e", version="4"),
        ),
        (
            f"{WORKSPACE.lower()}/computes/c",
            "compute",
            Reference(text=f"{WORKSPACE.lower()}/computes/c", name="c"),
        ),
        (
            "azureml://registries/r/models/m/labels/latest",
            "model",
            Reference(
                text="azureml://registries/r/models/m/labels/latest", name="m", label="latest"
            ),
        ),
        (
            "azureml://registries/r/environments/e/versions/5",
            "environment",
            Reference(
                text="azureml://registries/r/environments/e/versions/5", name="e", version="5"
            ),
        ),
    ],
)
def test_each_form_has_its_parts(text: str, kind: Kind, expected: Reference) -> None:
    assert is_reference(text)
    assert parse(text, kind) == expected


@pytest.mark.parametrize(
    ("text", "kind", "message", "hint"),
    [
        ("azureml:m", "model", "has no version", FORMS),
        ("azureml:", "model", "is no way to name a model", FORMS),
        ("azureml:m:", "model", "is no way to name a model", FORMS),
        ("azureml:m:1\n", "model", "is no way to name a model", FORMS),
        ("azureml:m:1@latest", "model", "is no way to name a model", FORMS),
        ("azureml:ü:1", "model", "is no way to name a model", FORMS),
        (f"{WORKSPACE}/models/m", "model", "has no version", FORMS),
        (f"{WORKSPACE}/codes/c/versions/1", "model", "is the id of a code, not of a model", None),
        ("azureml://registries/r/models/m", "model", "is no way to name a model", FORMS),
        (
            "azureml://registries/r/models/m/versions/1",
            "environment",
            "is the id of a model, not of an environment",
            None,
        ),
        ("azureml:c:1", "compute", "has a version, and a compute has none", "Write azureml:c."),
        (
            "/subscriptions/s",
            "compute",
            "is no way to name a compute",
            "Write azureml:<name> or the full ARM id.",
        ),
    ],
)
def test_what_is_wrong_with_it_is_told(
    text: str, kind: Kind, message: str, hint: str | None
) -> None:
    with pytest.raises(Malformed) as caught:
        parse(text, kind)
    assert (caught.value.message, caught.value.hint) == (message, hint)


@pytest.mark.parametrize("text", ["m:1", "model.pkl", "file:env.yml", "", "subscriptions/s"])
def test_other_text_is_no_reference(text: str) -> None:
    assert not is_reference(text)
