from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from azext_ml_endpoint.document.model import (
    Code,
    Deployment,
    Endpoint,
    Environment,
    InferenceConfig,
    Model,
    Reference,
    Route,
)
from azext_ml_endpoint.errors import EndpointError, ServiceError, UnreachableError, UnsupportedError
from azext_ml_endpoint.local.library import Kind, Library, Registration
from tests.fakes.recording_report import RecordingReport

PRICES = Reference(text="prices:3", name="prices", version="3")
LATEST = Reference(text="prices@latest", name="prices", label="latest")
URI = "azureml://datastores/workspaceblobstore/paths/LocalUpload/c0de/prices.pkl"


class Azure:
    """A workspace. content: URI -> text of the one file there. asked: what it was asked for."""

    id = "/subscriptions/s/workspaces/w"

    def __init__(self) -> None:
        self.found = {
            "prices:3": Registration("…/models/prices/versions/3", model("3"), URI),
            "prices@latest": Registration("…/models/prices/versions/3", model("3"), URI),
        }
        self.content = {URI: "a model"}
        self.asked: list[str] = []
        self.is_there = True
        self.ruling = Registration("", {})
        self.refusal: EndpointError | None = None

    def find(self, reference: Reference, kind: Kind) -> Registration:
        self._ask(f"find {kind} {reference.text}")
        return self.found[reference.text]

    def template(self, deployment: Deployment) -> Registration:
        self._ask(f"template {deployment.name}")
        if self.refusal:
            raise self.refusal
        return self.ruling

    def uri(self, datastore: str, path: str) -> str:
        return f"azureml://datastores/{datastore}/paths/{path}"

    def state(self, uri: str) -> str:
        self._ask(f"state {uri}")
        return self.content[uri]

    def fetch(self, uri: str, folder: Path, *, title: str) -> str:
        self._ask(f"fetch {title}")
        (folder / uri.rstrip("/").rpartition("/")[2]).write_text(self.content[uri])
        return self.content[uri]

    def _ask(self, what: str) -> None:
        if not self.is_there:
            raise UnreachableError("management.azure.com cannot be reached.")
        self.asked.append(what)


def model(version: str) -> dict[str, Any]:
    return {"name": "prices", "version": version, "flavors": {}}


@pytest.fixture
def azure() -> Azure:
    return Azure()


@pytest.fixture
def report() -> RecordingReport:
    return RecordingReport()


@pytest.fixture
def library(tmp_path: Path, azure: Azure, report: RecordingReport) -> Library:
    return Library(tmp_path / "assets", report, lambda: azure)


def bring(library: Library, **assets: Any) -> Deployment:
    (found,) = library.bring(
        Endpoint(name="houses", deployments=(Deployment(name="blue", **assets),))
    ).deployments
    return found


def brought(library: Library, reference: Reference = PRICES) -> Model:
    found = bring(library, model=reference).model
    assert isinstance(found, Model) and found.path
    return found


def test_a_model_is_fetched_once_and_has_its_names(library: Library, azure: Azure) -> None:
    found = brought(library)
    assert (found.name, found.version, found.anonymous) == ("prices", "3", False)
    assert found.path and found.path.name == "prices.pkl"
    assert found.path.read_text() == "a model"
    assert brought(library) == found
    assert azure.asked == ["find model prices:3", "fetch model prices:3"]


def test_a_version_needs_no_network_afterwards(library: Library, azure: Azure) -> None:
    found = brought(library)
    azure.is_there = False
    assert brought(library) == found


def test_the_latest_is_asked_for_each_time(library: Library, azure: Azure) -> None:
    brought(library, LATEST)
    newer = URI.replace("c0de", "f00d")
    azure.found["prices@latest"] = Registration("…/versions/4", model("4"), newer)
    azure.content[newer] = "a newer model"
    found = brought(library, LATEST)
    assert found.version == "4" and found.path and found.path.read_text() == "a newer model"


def test_without_a_network_the_latest_is_what_it_was(
    library: Library, azure: Azure, report: RecordingReport
) -> None:
    found = brought(library, LATEST)
    azure.is_there = False
    assert brought(library, LATEST) == found
    (told,) = report.warnings
    assert "cannot be reached" in told and "models/prices/versions/3" in told


def test_what_was_never_seen_needs_the_network(library: Library, azure: Azure) -> None:
    azure.is_there = False
    with pytest.raises(UnreachableError):
        brought(library)


def test_content_of_two_names_is_kept_once(library: Library, azure: Azure) -> None:
    azure.found["other:1"] = Registration("…/models/other/versions/1", model("1"), URI)
    other = Reference(text="other:1", name="other", version="1")
    assert brought(library).path == brought(library, other).path
    assert [each for each in azure.asked if each.startswith("fetch")] == ["fetch model prices:3"]


def test_it_is_remembered_when_it_was_last_asked_for(library: Library) -> None:
    path = brought(library).path
    assert path
    complete = path.with_name("complete")
    os.utime(complete, (1.0, 1.0))
    brought(library)
    assert complete.stat().st_mtime > 1.0


def test_what_was_cut_off_is_fetched_again(library: Library, azure: Azure) -> None:
    path = brought(library).path
    assert path
    (path.parent / "complete").unlink()
    path.write_text("half a mod")
    again = brought(library)
    assert again.path and again.path.read_text() == "a model"


def test_a_datastore_is_looked_at_each_time(
    library: Library, azure: Azure, report: RecordingReport
) -> None:
    far = Model(name="prices", datastore="blobs", datastore_path="trained/prices.pkl")
    uri = "azureml://datastores/blobs/paths/trained/prices.pkl"
    azure.content[uri] = "first"
    before = None
    for text, asked in (("first", 1), ("first", 1), ("other", 2), ("other", 2)):
        azure.content[uri] = text
        found = bring(library, model=far).model
        assert isinstance(found, Model) and found.path and found.path.read_text() == text
        assert (found.datastore, found.datastore_path) == (None, None)
        assert sum(each.startswith("fetch") for each in azure.asked) == asked
        before = before or found.path
    assert before and before.read_text() == "first", "what serves keeps what it has"
    azure.is_there = False
    assert bring(library, model=far).model == found and report.warnings


def test_a_model_at_an_address_is_looked_at_each_time(library: Library, azure: Azure) -> None:
    uri = "runs:/brave/prices.pkl"
    azure.content[uri] = "logged"
    found = bring(library, model=Model(name="prices", uri=uri)).model
    assert isinstance(found, Model) and found.path and found.path.read_text() == "logged"
    assert found.uri is None and azure.asked.count(f"state {uri}") == 1
    assert bring(library, model=Model(name="prices", uri=uri)).model == found
    assert azure.asked.count(f"state {uri}") == 2


def test_code_is_a_folder(library: Library, azure: Azure) -> None:
    azure.found["c:1"] = Registration("…/codes/c/versions/1", {"name": "c", "version": "1"}, URI)
    found = bring(library, code=Reference(text="c:1", name="c", version="1")).code
    assert isinstance(found, Code) and found.path.exists() and found.name == "c"
    azure.content["azureml://datastores/s/paths/up/prices.pkl"] = "x"
    found = bring(library, code=Code(path=Path("up/prices.pkl"), datastore="s")).code
    assert isinstance(found, Code) and not found.datastore and found.path.read_text() == "x"


def test_an_environment_is_what_azure_says(library: Library, azure: Azure) -> None:
    routes = {
        f"{each}_route": {"port": 8000, "path": f"/{each}"}
        for each in ("liveness", "readiness", "scoring")
    }
    said = {"name": "sk", "version": "1", "image": "img", "conda_file": "name: x"}
    azure.found["sk:1"] = Registration("…", {**said, "inference_config": routes})
    found = bring(library, environment=Reference(text="sk:1", name="sk", version="1")).environment
    assert isinstance(found, Environment)
    assert (found.image, found.conda_file) == ("img", "name: x")
    assert found.inference_config == InferenceConfig(
        **{name: Route(**route) for name, route in routes.items()}
    )


def test_a_build_context_comes_with_its_dockerfile(library: Library, azure: Azure) -> None:
    uri = "https://account.blob.core.windows.net/c/LocalUpload/f00d/context/"
    azure.found["own:2"] = Registration(
        "…", {"name": "own", "version": "2", "dockerfile_path": "Dockerfile"}, uri
    )

    def fetch(uri: str, folder: Path, *, title: str) -> str:
        (folder / "context").mkdir()
        (folder / "context/Dockerfile").write_text("FROM scratch\n")
        return "state"

    azure.fetch = fetch  # type: ignore[method-assign]
    found = bring(library, environment=Reference(text="own:2", name="own", version="2")).environment
    assert isinstance(found, Environment) and found.context and found.context.name == "context"
    assert found.dockerfile == "FROM scratch\n"
    assert found.dockerfile_path == found.context / "Dockerfile"


def test_what_has_its_files_here_asks_nobody(library: Library, azure: Azure) -> None:
    own = Deployment(name="blue", model=Model(name="m", path=Path("m")), code=Code(path=Path("c")))
    asked = Endpoint(name="houses", deployments=(own,))
    assert library.bring(asked) == asked and azure.asked == []


def test_what_is_noted_and_damaged_is_asked_for_again(
    tmp_path: Path, library: Library, azure: Azure
) -> None:
    found = brought(library)
    (note,) = (tmp_path / "assets/known").iterdir()
    note.write_text("{")
    assert brought(library) == found
    assert azure.asked.count("find model prices:3") == 2


def test_what_is_not_there_any_more_is_told_of(library: Library, azure: Azure) -> None:
    azure.found["prices:3"] = replace(azure.found["prices:3"], uri=f"{URI}/gone")
    azure.content[f"{URI}/gone"] = ""

    def fetch(uri: str, folder: Path, *, title: str) -> str:
        return ""

    azure.fetch = fetch  # type: ignore[method-assign]
    with pytest.raises(UnsupportedError, match="there is nothing at"):
        brought(library)


# Deployment templates

REGISTRY = "azureml://registries/azureml"
PHI = Reference(text=f"{REGISTRY}/models/phi/versions/4", name="phi", version="4")
VLLM = f"{REGISTRY}/environments/vllm/versions/7"
ROUTE = {"port": 8000, "path": "/"}
RULING = Registration(
    f"{REGISTRY}/deploymenttemplates/vllm/versions/2",
    {
        "environment": VLLM,
        "environment_variables": {"SEQUENCES": "48"},
        "inference_config": {
            "scoring_route": ROUTE,
            "readiness_route": ROUTE,
            "liveness_route": ROUTE,
        },
    },
)


@pytest.fixture
def ruled(azure: Azure) -> Azure:
    azure.ruling = RULING
    azure.found[PHI.text] = Registration(PHI.text, model("4"), URI)
    azure.found[VLLM] = Registration(VLLM, {"name": "vllm", "image": "vllm:7"})
    return azure


def test_a_template_brings_environment_routes_and_variables(
    library: Library, ruled: Azure, report: RecordingReport
) -> None:
    found = bring(library, model=PHI)
    assert isinstance(found.environment, Environment) and found.environment.digest
    assert found.environment.image == "vllm:7"
    assert found.environment.inference_config
    assert found.environment.inference_config.scoring_route == Route(port=8000, path="/")
    assert found.environment_variables == {"SEQUENCES": "48"}
    assert f"blue: completed by the template {RULING.id}" in report.steps


def test_it_is_asked_for_each_time_and_is_what_it_was_without_a_network(
    library: Library, ruled: Azure
) -> None:
    found = bring(library, model=PHI)
    bring(library, model=PHI)
    assert ruled.asked.count("template blue") == 2
    ruled.is_there = False
    assert bring(library, model=PHI) == found


def test_routes_of_the_template_are_not_for_the_files_environment(
    library: Library, ruled: Azure
) -> None:
    found = bring(library, model=PHI, environment=Environment(image="mine"))
    assert isinstance(found.environment, Environment)
    assert (found.environment.image, found.environment.inference_config) == ("mine", None)


def test_a_deployment_with_an_environment_does_without_its_template(
    library: Library, ruled: Azure, report: RecordingReport
) -> None:
    ruled.refusal = ServiceError("The registry refuses.")
    found = bring(library, model=PHI, environment=Environment(image="mine"))
    assert isinstance(found.model, Model)
    assert report.warnings == ["blue: its template is not known: The registry refuses."]
    with pytest.raises(ServiceError, match="refuses"):
        bring(library, model=PHI)


def test_models_of_the_workspace_have_no_template(library: Library, azure: Azure) -> None:
    brought(library)
    assert not [each for each in azure.asked if each.startswith("template")]


@pytest.mark.parametrize(
    "odd",
    [
        {"image": 5},
        {"os_type": "solaris"},
        {"inference_config": {"scoring_route": {"port": "x", "path": "/"}}},
        {"inference_config": {"scoring_route": {"port": 80, "path": "/", "more": 1}}},
        {"conda_file": {"dependencies": []}},
    ],
)
def test_an_environment_in_other_types_is_refused(
    library: Library, azure: Azure, odd: dict[str, Any]
) -> None:
    azure.found["prices:3"] = Registration("…/environments/prices/versions/3", odd)
    with pytest.raises(ServiceError, match="environments/prices/versions/3 cannot be read: it "):
        bring(library, environment=PRICES)


@pytest.mark.parametrize("end", ["..", ".", "", "../", "a/.."])
def test_content_is_never_the_folder_around_it(library: Library, azure: Azure, end: str) -> None:
    uri = f"azureml://datastores/store/paths/{end}" if end else ""
    azure.found["prices:3"] = Registration("…/models/prices/versions/3", model("3"), uri)
    with pytest.raises(UnsupportedError, match="names no file or folder"):
        brought(library)
    assert "fetch model prices:3" not in azure.asked


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("https://account.blob.core.windows.net/models/my%20model", "my model"),
        ("https://account.blob.core.windows.net/models/mod%C3%A8le/?sv=1&sig=a/b", "modèle"),
        ("azureml://registries/r/models/m/versions/1#https://host/c/a%23b", "a#b"),
        ("azureml://datastores/store/paths/100%25/a%20b", "a%20b"),
        ("azureml://datastores/store/paths/a#b", "a#b"),
    ],
)
def test_content_is_found_by_the_name_that_it_has_in_storage(
    tmp_path: Path, report: RecordingReport, uri: str, name: str
) -> None:
    class Named(Azure):
        def fetch(self, uri: str, folder: Path, *, title: str) -> str:
            (folder / name).write_text("a model")
            return "state"

    azure = Named()
    azure.found["prices:3"] = Registration("…/models/prices/versions/3", model("3"), uri)
    found = brought(Library(tmp_path / "assets", report, lambda: azure))
    assert found.path and found.path.name == name
