"""Today's files, put together to one document; and the one file of 2021, which is one already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from azext_ml_endpoint.document import load
from azext_ml_endpoint.document.model import Endpoint, Environment, ScaleSettings
from tests.unit.document import project
from tests.unit.document.official_files import BLUE, CLUSTER, ENDPOINT, ON_CLUSTER

GREEN = BLUE.replace("name: blue", "name: green")
BOTH = ("endpoint.yml", "blue.yml")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The files of a project in ``houses/``, with its conda file beside them."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "houses").mkdir()
    project.make(tmp_path / "houses")
    monkeypatch.chdir(tmp_path / "houses")
    (tmp_path / "houses/bad.yml").unlink()
    (tmp_path / "houses/bare.yml").unlink()
    write(tmp_path / "houses", {"endpoint.yml": ENDPOINT, "blue.yml": BLUE})
    return tmp_path / "houses"


def write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (folder / name).write_text(text)


def read(
    *files: str | Path,
    settings: Sequence[str] = (),
    name: str | None = None,
    traffic: Mapping[str, int] | None = None,
    needs_endpoint: bool = False,
) -> load.Loaded[Endpoint]:
    return load.load(
        files,
        variables={"HOME": "elsewhere", "LEVEL": "debug"},
        settings=settings,
        name=name,
        traffic=traffic,
        needs_endpoint=needs_endpoint,
    )


def told(*files: str | Path, **options: object) -> list[str]:
    loaded = read(*files, **options)  # type: ignore[arg-type]
    return [str(each) for each in loaded.findings if each.severity == "error"]


def test_they_make_one_endpoint_in_any_order(folder: Path) -> None:
    loaded = read(*BOTH)
    endpoint = loaded.require()
    assert (endpoint.name, endpoint.auth_mode) == ("houses", "aml_token")
    (blue,) = endpoint.deployments
    assert blue.scale_settings == ScaleSettings(scale_type="manual", instance_count=2)
    assert blue.environment_variables == {"PRICE": "$5 and ${HOME}"}
    assert (loaded.scope, loaded.findings) == ("whole", ())
    assert [each.name for each in loaded.documents] == list(BOTH)
    assert read(*reversed(BOTH)).require() == endpoint


@pytest.mark.parametrize("asked", ["../houses", "../houses/", "*.yml", "../houses/*.y*ml"])
def test_a_folder_and_a_pattern_are_their_files_without_others(folder: Path, asked: str) -> None:
    write(folder, {"model.yaml": "name: m\nversion: 1\npath: model.pkl\n", ".hidden.yml": "["})
    assert read(asked).require() == read(*BOTH).require()


def test_what_is_read_is_read_once_and_hashed_as_it_was(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder, {"model.yaml": "name: m\nversion: 1\npath: model.pkl\n"})
    opened: list[str] = []
    real = Path.open

    def counted(path: Path, *args: Any, **kwargs: Any) -> Any:
        opened.append(path.name)
        return real(path, *args, **kwargs)

    monkeypatch.setattr(Path, "open", counted)
    hashes = {Path(name).name: digest for name, digest in read("../houses").hashes.items()}
    documents = ["blue.yml", "endpoint.yml", "model.yaml"]
    assert [opened.count(each) for each in documents] == [1] * len(documents)
    for each in documents:
        assert hashes[each] == sha256((folder / each).read_bytes()).hexdigest()


def test_paths_begin_at_the_file_that_has_them(folder: Path) -> None:
    (folder / "there").mkdir()
    project.make(folder / "there")
    write(folder / "there", {"green.yml": GREEN})
    blue, green = read(*BOTH, "there/green.yml").require().deployments
    assert blue.code.path == folder / "src"  # type: ignore[union-attr]
    assert green.code.path == folder / "there/src"  # type: ignore[union-attr]


def test_findings_are_where_the_key_is(folder: Path) -> None:
    write(folder, {"green.yml": GREEN.replace("code: src", "code: source")})
    (finding,) = told(*BOTH, "green.yml")
    assert finding.startswith("green.yml:9:9: code 'source' does not exist. Did you mean")


def test_one_file_of_2021_is_what_it_was(folder: Path) -> None:
    write(folder, {"all.yml": project.ENDPOINT.replace("debug", "${LEVEL}")})
    loaded = read("all.yml")
    assert loaded.require().deployments[0].environment_variables == {"LEVEL": "debug"}
    assert loaded == load.load("all.yml", variables={"LEVEL": "debug"})


# Traffic


def test_traffic_is_kept_where_nobody_says_it(folder: Path) -> None:
    assert read(*BOTH).require().traffic is None
    write(folder, {"endpoint.yml": f"{ENDPOINT}traffic: {{blue: 100}}\n"})
    assert read(*BOTH).require().traffic == {"blue": 100}
    assert read(*BOTH, traffic={"blue": 0}).require().traffic == {"blue": 0}


def test_traffic_of_an_option_is_judged_at_the_option(folder: Path) -> None:
    (finding,) = told(*BOTH, traffic={"bleu": 100})
    assert finding.startswith("--traffic: traffic names 'bleu', and there is no such deployment")
    write(folder, {"all.yml": project.ENDPOINT})
    (finding,) = told("all.yml", traffic={"blue": 90})
    assert finding.startswith("--traffic: traffic adds up to 90")


# Options


def test_values_of_options_go_over_both_files(folder: Path) -> None:
    settings = (
        "endpoint.description=Prices",
        "endpoint.tags.team=x",
        "deployments[blue].instance_count=3",
        "deployments[0].environment_variables.LEVEL=${LEVEL}",
    )
    endpoint = read(*BOTH, settings=settings, name="homes").require()
    assert (endpoint.name, endpoint.description) == ("homes", "Prices")
    assert endpoint.tags == {"team": "x"}
    (blue,) = endpoint.deployments
    assert blue.scale_settings == ScaleSettings(scale_type="manual", instance_count=3)
    assert blue.environment_variables["LEVEL"] == "debug"


def test_keys_of_today_can_be_set(folder: Path) -> None:
    write(folder, {"endpoint.yml": CLUSTER, "blue.yml": ON_CLUSTER})
    (blue,) = (
        read(*BOTH, settings=["deployments[blue].resources.requests.cpu=250m"])
        .require()
        .deployments
    )
    assert blue.resource_requirements and blue.resource_requirements.cpu == 0.25


# One without the other


def test_deployments_alone_are_of_the_endpoint_that_they_name(folder: Path) -> None:
    write(folder, {"green.yml": GREEN})
    loaded = read("blue.yml", "green.yml")
    assert loaded.scope == "deployments"
    endpoint = loaded.require()
    assert [endpoint.name, *(each.name for each in endpoint.deployments)] == [
        "houses",
        "blue",
        "green",
    ]
    assert read("blue.yml").scope == "deployments"


@pytest.mark.parametrize("others", [(), ("green.yml",)])
def test_a_name_that_stands_for_ones_own_is_told_at_its_key(
    folder: Path, others: tuple[str, ...]
) -> None:
    nobodys = BLUE.replace("endpoint_name: houses", "endpoint_name: <ENDPOINT_NAME>")
    write(folder, {"blue.yml": nobodys, "green.yml": nobodys.replace("blue", "green")})
    files = ("blue.yml", *others)
    (found,) = told(*files)
    assert "endpoint_name cannot be '<ENDPOINT_NAME>'" in found
    (checked,) = [str(each) for each in load.check(files, variables={})]
    assert checked == found
    named = load.check(files, variables={}, name="houses")
    assert [*told(*files, name="houses"), *named] == []


def test_words_of_2021_are_known_in_any_letters(folder: Path) -> None:
    one = project.ENDPOINT.replace("auth_mode: key", "auth_mode: AMLToken")
    write(folder, {"one.yml": one.replace("docker:", "os_type: Linux\n      docker:")})
    made = read("one.yml").require()
    (blue,) = made.deployments
    assert isinstance(blue.environment, Environment)
    assert (made.auth_mode, blue.environment.os_type) == ("aml_token", "linux")
    write(folder, {"one.yml": one.replace("AMLToken", "tokens")})
    assert "auth_mode must be 'key', 'aml_token' or 'aad_token', not 'tokens'" in told("one.yml")[0]


def test_a_cluster_is_not_asked_for_where_the_endpoint_is_not_given(folder: Path) -> None:
    write(folder, {"blue.yml": f"{ON_CLUSTER}type: kubernetes\n"})
    assert read("blue.yml").require().deployments[0].resource_requirements


def test_deployments_alone_make_no_endpoint(folder: Path) -> None:
    (finding,) = told("blue.yml", needs_endpoint=True)
    assert finding.startswith("blue.yml:1:1: this is a deployment, and an endpoint is expected.")
    assert "-f ENDPOINT.yml -f blue.yml" in finding


def test_deployments_without_an_endpoint_need_its_name(folder: Path) -> None:
    write(folder, {"blue.yml": BLUE.replace("endpoint_name: houses\n", "")})
    (finding,) = told("blue.yml")
    assert finding.startswith("blue.yml:1:1: this deployment does not say which endpoint it is of")
    assert read("blue.yml", name="houses").require().name == "houses"
    assert read(*BOTH).require().name == "houses"


def test_an_endpoint_alone_leaves_its_deployments_to_others(folder: Path) -> None:
    write(folder, {"endpoint.yml": f"{ENDPOINT}traffic: {{blue: 100}}\n"})
    loaded = read("endpoint.yml")
    assert (loaded.scope, loaded.require().traffic) == ("endpoint", {"blue": 100})
    (finding,) = told("endpoint.yml", needs_endpoint=True)
    assert "traffic names 'blue', and there is no such deployment" in finding


@pytest.mark.parametrize(
    ("deployments", "scope"),
    [("", "endpoint"), ("deployments: []\n", "whole"), ("deployments:\n", "whole")],
)
def test_an_endpoint_that_says_nothing_of_deployments_leaves_them_alone(
    folder: Path, deployments: str, scope: str
) -> None:
    write(folder, {"endpoint.yml": f"name: houses\nauth_mode: key\n{deployments}"})
    assert read("endpoint.yml").scope == scope


# What is no endpoint


def test_two_endpoints(folder: Path) -> None:
    write(folder, {"other.yml": ENDPOINT.replace("houses", "homes")})
    (finding,) = told(*BOTH, "other.yml")
    assert finding.startswith("other.yml:1:1: this is a second endpoint")


def test_deployments_of_two_endpoints(folder: Path) -> None:
    write(folder, {"green.yml": GREEN.replace("houses", "homes")})
    (finding,) = told(*BOTH, "green.yml")
    assert finding.startswith(
        "green.yml:3:16: endpoint_name is 'homes', and the endpoint is 'houses'"
    )
    (finding,) = told("blue.yml", "green.yml")
    assert "the endpoint is 'houses', in blue.yml:3:16" in finding
    assert read(*BOTH, "green.yml", name="villas").require().name == "villas"


def test_a_deployment_twice(folder: Path) -> None:
    write(folder, {"again.yml": BLUE})
    (finding,) = told(*BOTH, "again.yml")
    assert finding.startswith("again.yml:2:7: a deployment named 'blue' is on blue.yml:2:7 already")


@pytest.mark.parametrize("again", ["blue.yml", "./blue.yml", "../houses", "link.yml"])
def test_a_file_twice(folder: Path, again: str) -> None:
    (folder / "link.yml").symlink_to("blue.yml")
    if again == "../houses":
        (folder / "link.yml").unlink()
        (folder / "endpoint.yml").unlink()
    assert any("blue.yml" in each and "is given twice" in each for each in told("blue.yml", again))


def test_a_folder_without_files(folder: Path) -> None:
    (finding,) = told("src")
    assert finding.startswith(
        "src: there is no *.yml or *.yaml file in this folder. Give the files"
    )
    (finding,) = told("no*.yml")
    assert finding.startswith("no*.yml: no file has a name like this")


def test_a_folder_without_an_endpoint(folder: Path) -> None:
    (folder / "envs").mkdir()
    write(folder / "envs", {"conda.yml": project.CONDA})
    (finding,) = told("envs")
    assert finding.startswith("envs: no file of an endpoint or a deployment is there")


def test_a_file_that_is_none_is_told_where_it_is_named(folder: Path) -> None:
    (finding,) = told(*BOTH, "conda.yml")
    assert finding.startswith("conda.yml:1:1: this is no endpoint, and no deployment of one")


def test_a_file_that_cannot_be_read_is_never_passed_over(folder: Path) -> None:
    write(folder, {"green.yml": "name: [green\n"})
    (finding,) = told("../houses")
    assert finding.startswith("../houses/green.yml:")


def test_one_file_of_2021_goes_with_no_other(folder: Path) -> None:
    write(folder, {"all.yml": project.ENDPOINT})
    (finding,) = told("all.yml", "blue.yml")
    assert finding.startswith("all.yml:6:1: this file has its deployments in it, and goes with no")


def test_a_batch_endpoint(folder: Path) -> None:
    write(folder, {"nightly.yml": "$schema: https://h/batchEndpoint.schema.json\nname: nightly\n"})
    (finding,) = told(*BOTH, "nightly.yml")
    assert finding.startswith("nightly.yml:1:1: this is of a batch endpoint")
