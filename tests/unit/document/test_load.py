from __future__ import annotations

from pathlib import Path

import pytest

from azext_ml_endpoint.document.load import (
    check,
    load,
    load_environment,
    load_model,
    read_deployment,
)
from azext_ml_endpoint.document.model import Environment, Model
from azext_ml_endpoint.document.node import plain
from azext_ml_endpoint.document.source import Flag
from azext_ml_endpoint.errors import DocumentError
from tests.unit.document import project

GREEN = "name: green\nmodel: azureml:m:1\ninstance_type: a\n"


def _write(folder: Path, text: str = project.ENDPOINT, name: str = "endpoint.yml") -> str:
    (folder / name).write_text(text)
    return name


def test_a_sound_file_is_an_endpoint(folder: Path) -> None:
    loaded = load(_write(folder), variables={}, name="other")
    assert loaded.findings == ()
    assert loaded.require().name == "other"
    assert loaded.require().deployments[0].scoring_script == "score.py"


def test_settings_win_over_the_file(folder: Path) -> None:
    setting = "deployments[0].scale_settings.instance_count=3"
    scale = load(_write(folder), variables={}, settings=[setting]).require().deployments[0]
    assert scale.scale_settings is not None
    assert scale.scale_settings.instance_count == 3


def test_warnings_come_with_the_endpoint(folder: Path) -> None:
    text = project.ENDPOINT.replace("file:conda.yml", "file:bare.yml")
    loaded = load(_write(folder, text), variables={})
    assert [finding.severity for finding in loaded.findings] == ["warning"]
    assert loaded.require().name == "my-endpoint"


def test_errors_of_all_stages_are_raised_together_in_their_order(folder: Path) -> None:
    text = project.ENDPOINT.replace("model.pkl", "${MODEL}").replace("score.py", "scor.py")
    text = text.replace("auth_mode: key", "auth_mode: key\nauth_mode: keys")
    text = text.replace("file:conda.yml", "file:bare.yml")
    with pytest.raises(DocumentError) as caught:
        load(_write(folder, text), variables={}).require()
    assert project.lines(caught.value.findings, folder) == [
        "warning: bare.yml:1:1: the conda file has no inference server in it."
        " Add azureml-inference-server-http to the pip section of dependencies."
        " (deployments[0].environment.conda_file)",
        "endpoint.yml:4:1: duplicate key 'auth_mode', first written on line 3 (auth_mode)",
        "endpoint.yml:12:19: the environment variable MODEL is not set."
        " Try: export MODEL=… (deployments[0].model.local_path)",
        "endpoint.yml:16:23: scoring_script 'scor.py' does not exist. Did you mean 'score.py'?"
        " (deployments[0].code_configuration.scoring_script)",
    ]
    assert caught.value.message == "3 errors in endpoint.yml"


def test_a_file_that_is_not_there_is_a_finding(folder: Path) -> None:
    loaded = load("endpoint.yaml", variables={})
    assert loaded.described is None
    assert len(loaded.findings) == 1


def test_an_environment_in_a_file_has_its_places_and_its_paths_there(folder: Path) -> None:
    (folder / "env").mkdir()
    text = "image: ubuntu\nconda_file: conda.yml\ntags: [a]\n"
    _write(folder, text, "env/environment.yml")
    start = project.ENDPOINT.index("    environment:")
    end = project.ENDPOINT.index("    environment_variables:")
    reference = "    environment: file:env/environment.yml\n"
    text = project.ENDPOINT[:start] + reference + project.ENDPOINT[end:]
    findings = load(_write(folder, text), variables={}).findings
    assert project.lines(findings, folder) == [
        "env/environment.yml:2:13: conda_file 'conda.yml' does not exist."
        " It is looked for in '/project/env'. (deployments[0].environment.conda_file)",
        "env/environment.yml:3:7: tags must be a mapping, not a list"
        " (deployments[0].environment.tags)",
    ]


def test_an_environments_file_that_is_missing_is_one_finding(folder: Path) -> None:
    text = GREEN + "environment: file:env.yml\ncode_configuration: {code: file:code.yml}\n"
    findings = read_deployment(_write(folder, text), variables={}).findings
    assert [finding.path for finding in findings] == [
        "environment",
        "code_configuration",
        "code_configuration.code",
    ]


def test_a_deployment_has_a_file_of_its_own(folder: Path) -> None:
    loaded = read_deployment(_write(folder, GREEN), variables={}, settings=["instance_type=b"])
    assert plain(loaded.require())["instance_type"] == "b"


def test_a_deployments_file_that_does_not_say_it_takes_names_from_the_options(
    folder: Path,
) -> None:
    file = _write(folder, GREEN.replace("name: green\n", ""))
    node = read_deployment(file, variables={}, name="green", endpoint_name="houses").require()
    assert plain(node)["name"] == "green"
    assert plain(node)["endpoint_name"] == "houses"


def test_a_deployments_file_must_agree_with_the_options(folder: Path) -> None:
    file = _write(folder, GREEN + "endpoint_name: flats\n")
    findings = read_deployment(file, variables={}, name="blue", endpoint_name="houses").findings
    assert [finding.message for finding in findings] == [
        "name is 'green', and --deployment says 'blue'",
        "endpoint_name is 'flats', and --name says 'houses'",
    ]


def test_a_model_has_a_file_of_its_own(folder: Path) -> None:
    file = _write(folder, "name: m\nlocal_path: model.pkl\n")
    model = load_model(file, variables={}, settings=["version=2"], name="n").require()
    assert model == Model(name="n", version="2", path=folder / "model.pkl")


def test_options_alone_can_describe_a_model(folder: Path) -> None:
    flags = [Flag("--version", ("version",), "3"), Flag("--path", ("path",), "model.pkl")]
    model = load_model(None, variables={}, name="m", flags=flags).require()
    assert model == Model(name="m", version="3", path=folder / "model.pkl")


def test_what_is_wrong_with_an_option_is_said_of_the_option(folder: Path) -> None:
    flags = [Flag("--path", ("path",), "missing.pkl")]
    findings = load_model(None, variables={}, name="m", flags=flags).findings
    assert [finding.place.file for finding in findings] == ["--path"]


def test_options_win_over_the_file(folder: Path) -> None:
    file = _write(folder, "name: m\nimage: ubuntu\nconda_file: conda.yml\n")
    flags = [Flag("--image", ("image",), "debian")]
    environment = load_environment(file, variables={}, flags=flags).require()
    assert (environment.name, environment.image) == ("m", "debian")
    assert environment.conda_path == folder / "conda.yml"


def test_an_environment_has_a_file_of_its_own(folder: Path) -> None:
    file = _write(folder, "image: a\n")
    environment = load_environment(file, variables={}, settings=["version=2"], name="n").require()
    assert environment == Environment(name="n", version="2", image="a")


def test_a_check_takes_endpoints_and_deployments(folder: Path) -> None:
    assert check(_write(folder), variables={}) == []
    assert check(_write(folder, GREEN), variables={}) == []
    assert [
        finding.path for finding in check(_write(folder, "nam: my-endpoint"), variables={})
    ] == ["nam"]
    assert [
        finding.path for finding in check(_write(folder, f"{GREEN}tag: {{}}"), variables={})
    ] == ["tag"]


def test_words_of_a_deployment_are_known_in_any_letters(folder: Path) -> None:
    environment = "environment: {docker: {image: 'ubuntu:22.04'}, os_type: Linux}\n"
    node = read_deployment(_write(folder, GREEN + environment), variables={}).require()
    assert plain(node)["environment"]["os_type"] == "linux"
