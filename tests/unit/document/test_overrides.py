from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from azext_ml_endpoint.document import overrides, source, yaml_reader
from azext_ml_endpoint.document.finding import Place
from azext_ml_endpoint.document.node import Node, descend, plain
from azext_ml_endpoint.document.yaml_reader import Origin

DOCUMENT = """\
name: e
tags:
deployments:
  - name: blue
    model: azureml:m:1
    environment: file:env.yml
    instance_type: small
"""
HERE = Path("/here")


def _tree(text: str = DOCUMENT) -> Node:
    node, findings = yaml_reader.parse(text, Origin(file="f.yml", base=Path("/there")), {})
    assert node is not None and findings == []
    return node


def _set(*texts: str, document: str = DOCUMENT, **variables: str) -> tuple[Node, list[str]]:
    settings, findings = overrides.read(texts, base=HERE, variables=variables)
    tree, refused = overrides.apply(_tree(document), settings)
    return tree, [str(finding) for finding in [*findings, *refused]]


def _value(setting: str) -> Any:
    tree, findings = _set(f"x={setting}")
    assert findings == []
    return plain(descend(tree, ("x",)))


def test_a_value_replaces_the_files_and_tells_where_it_came_from() -> None:
    tree, findings = _set("deployments[0].instance_type=big=1")
    node = descend(tree, ("deployments", 0, "instance_type"))
    assert (node.value, node.place) == ("big=1", Place("--set deployments[0].instance_type"))
    assert node.base == HERE
    assert findings == []


def test_all_else_stays_with_its_place_and_so_does_the_given_tree() -> None:
    given = _tree()
    settings, _ = overrides.read(["deployments[0].name=green"], base=HERE, variables={})
    tree, _ = overrides.apply(given, settings)
    assert plain(given) == plain(_tree())
    assert descend(tree, ("deployments", 0, "model")) == descend(given, ("deployments", 0, "model"))
    assert descend(tree, ("deployments", 0)).keys["name"] == Place("f.yml", 4, 5)


def test_one_use_of_an_alias_is_changed_and_not_the_other() -> None:
    tree, _ = _set("b.x=2", document="a: &a {x: 1}\nb: *a\n")
    assert plain(tree) == {"a": {"x": 1}, "b": {"x": 2}}


@pytest.mark.parametrize(
    ("setting", "path", "value"),
    [
        ("a.b.c=1", ("a",), {"b": {"c": 1}}),
        ("tags.team=ml", ("tags",), {"team": "ml"}),
        ("a[0].b=1", ("a",), [{"b": 1}]),
        ("a[0][0]=1", ("a",), [[1]]),
        ("deployments[1].name=green", ("deployments", 1), {"name": "green"}),
        ("deployments[0]={name: red}", ("deployments", 0), {"name": "red"}),
        ("tags.a b/c-d=1", ("tags",), {"a b/c-d": 1}),
    ],
)
def test_what_is_missing_on_the_way_is_made(
    setting: str, path: tuple[str | int, ...], value: object
) -> None:
    tree, findings = _set(setting)
    assert (plain(descend(tree, path)), findings) == (value, [])


def test_what_is_made_has_the_place_of_the_option() -> None:
    tree, _ = _set("a.b=1")
    assert descend(tree, ("a",)).place == tree.keys["a"] == Place("--set a.b")


def test_settings_are_applied_in_their_order() -> None:
    tree, findings = _set("deployments[1].name=a", "deployments[2].name=b", "name=x", "name=y")
    names = [item["name"] for item in plain(tree)["deployments"]]
    assert names == ["blue", "a", "b"]
    assert (plain(descend(tree, ("name",))), findings) == ("y", [])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2", 2),
        ("1.5", 1.5),
        ("true", True),
        ("null", None),
        ("", ""),
        ("'2'", "2"),
        ('"true"', "true"),
        ("[a, 1, {b: c}]", ["a", 1, {"b": "c"}]),
        ('{"a": [true]}', {"a": [True]}),
        ("Standard_F2s_v2", "Standard_F2s_v2"),
        ("a: b # c", "a: b # c"),
        ("@x", "@x"),
        ("*x", "*x"),
        ("- a", "- a"),
        ("a\nb", "a\nb"),
        (" 2", " 2"),
        ("2021-06-01", "2021-06-01"),
    ],
)
def test_a_value_has_the_type_that_yaml_gives_it(text: str, value: object) -> None:
    assert (_value(text), type(_value(text))) == (value, type(value))


def test_variables_are_resolved_so_that_a_secret_stays_off_the_command_line() -> None:
    tree, _ = _set("a=${N}", "b='${N}'", "c=${secret:N}", N="2")
    assert plain(tree)["a"] == 2 and plain(tree)["b"] == "2"
    assert descend(tree, ("c",)).secret


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("deployments[0].model.version=2",
         "--set deployments[0].model.version: deployments[0].model is the reference"
         " 'azureml:m:1'; --set cannot go below it (deployments[0].model)"),
        ("deployments[0].environment.version=2",
         "--set deployments[0].environment.version: deployments[0].environment is the reference"
         " 'file:env.yml'; --set cannot go below it (deployments[0].environment)"),
        ("name.x=1", "--set name.x: name is a single value; --set cannot go below it (name)"),
        ("deployments[2].name=x",
         "--set deployments[2].name: deployments has 1 item, and none at [2]."
         " deployments[1] appends one. (deployments)"),
        ("a[1]=x", "--set a[1]: a has 0 items, and none at [1]. a[0] appends one. (a)"),
        ("deployments.name=x",
         "--set deployments.name: deployments is a list."
         " Name one of its items: deployments[0].name (deployments)"),
        ("deployments[0][0]=x",
         "--set deployments[0][0]: deployments[0] is a mapping, and has no [0] (deployments[0])"),
        ("tags={a: 1",
         "--set tags: the '{' opened here is never closed (tags)"),
        ("tags={a: ${X}}", "--set tags: ${…} inside [ ] or { } needs quotes."
         ' Write "${VAR}". (tags)'),
        ("tags=${X}", "--set tags: the environment variable X is not set."
         " Try: export X=… (tags)"),
    ],
)  # fmt: skip
def test_what_cannot_be_set_is_found_and_changes_nothing(setting: str, message: str) -> None:
    tree, findings = _set(setting)
    assert findings == [message]
    if "${X}" not in setting:
        assert plain(tree) == plain(_tree())


@pytest.mark.parametrize(
    "key", ["", "a..b", ".a", "a.", "a[x y]", "a[-1]", "[0]", "a[0]b", "a[", "a]"]
)
def test_a_malformed_key_is_a_usage_error(key: str) -> None:
    _, findings = _set(f"{key}=hunter2")
    assert findings == [
        f"--set: '{key}' is no path such as deployments[0].name;"
        " usage: --set KEY=VALUE [KEY=VALUE ...]"
    ]


@pytest.mark.parametrize(
    "key", ["a." * 999 + "a", "a" + "[0]" * 999, "tags" + ".a[0]" * 30, "a." * 50 + "a"]
)
def test_a_key_that_is_deeper_than_any_document_is_refused(key: str) -> None:
    settings, findings = overrides.read(["name=x", f"{key}=1"], base=Path(), variables={})
    assert [each.path for each in settings] == [("name",)]
    (finding,) = findings
    assert str(finding).startswith("--set: argument 2 goes ") and "levels deep" in finding.message


def test_an_argument_without_an_equals_sign_is_counted_and_not_shown() -> None:
    _, findings = _set("name=x", "hunter2")
    assert findings == [
        "--set: argument 2 has no '='; usage: --set KEY=VALUE [KEY=VALUE ...]."
        " A value with spaces needs quotes."
    ]


def test_every_wrong_setting_is_found_and_every_right_one_applied() -> None:
    tree, findings = _set("x", "name=y", "name.z=1", "type=online")
    assert len(findings) == 2
    assert (plain(tree)["name"], plain(tree)["type"]) == ("y", "online")


@pytest.mark.parametrize(
    "setting",
    [
        "name.x=hunter2",
        "a[9]=hunter2",
        "a={hunter2",
        'a="hunter2',
        "a='hunter2' x",
        "a={hunter2: {",
        "a=${hunter2:",
    ],
)
def test_no_finding_shows_a_value(setting: str) -> None:
    _, findings = _set(setting)
    assert findings and "hunter2" not in " ".join(findings)


def test_a_secret_below_which_nothing_can_be_set_is_not_shown() -> None:
    _, findings = _set("a=${secret:R}", "a.b=1", R="azureml:hunter2:1")
    assert findings == ["--set a.b: a is a single value; --set cannot go below it (a)"]


# Deployments by name, and things by either of their keys

HOUSES = """\
name: houses
deployments:
  - {name: blue, scale_settings: {scale_type: manual, instance_count: 1}}
  - {name: green, instance_count: 1, model: {path: m}, code_configuration: {code: src}}
"""


def _houses(tmp_path: Path, setting: str) -> Any:
    (tmp_path / "houses.yml").write_text(HOUSES)
    root, findings = source.read(
        tmp_path / "houses.yml", variables={}, settings=[setting], itself="endpoint"
    )
    assert findings == [] and root is not None
    return plain(root)


def test_a_deployment_may_be_named(tmp_path: Path) -> None:
    for name in ("green", "name=green", "Green"):
        made = _houses(tmp_path, f"deployments[{name}].tags.team=x")
        assert made["deployments"][1]["tags"] == {"team": "x"}
        assert "tags" not in made["deployments"][0]


def test_one_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    (tmp_path / "houses.yml").write_text(HOUSES)
    _, findings = source.read(
        tmp_path / "houses.yml", variables={}, settings=["deployments[red].model=x"]
    )
    (finding,) = findings
    assert str(finding) == (
        "--set deployments[red].model: deployments has no 'red'; it has blue, green (deployments)"
    )


@pytest.mark.parametrize("key", ["instance_count", "scale_settings.instance_count"])
def test_a_value_goes_where_the_document_has_the_thing(tmp_path: Path, key: str) -> None:
    blue = _houses(tmp_path, f"deployments[blue].{key}=2")["deployments"][0]
    assert blue == {
        "name": "blue",
        "scale_settings": {"scale_type": "manual", "instance_count": 2},
    }
    green = _houses(tmp_path, f"deployments[green].{key}=2")["deployments"][1]
    assert (green["instance_count"], green.get("scale_settings")) == (2, None)


def test_paths_have_two_names_too(tmp_path: Path) -> None:
    made = _houses(tmp_path, "deployments[green].model.local_path=n")["deployments"][1]
    assert made["model"] == {"path": "n"}
    made = _houses(tmp_path, "deployments[1].code_configuration.code.local_path=s")
    assert made["deployments"][1]["code_configuration"] == {"code": "s"}


def test_a_deployment_in_a_file_of_its_own_has_the_same_names(tmp_path: Path) -> None:
    (tmp_path / "blue.yml").write_text("{name: blue, instance_count: 1}")
    setting = "scale_settings.instance_count=2"
    root, _ = source.read(tmp_path / "blue.yml", variables={}, settings=[setting])
    assert root is not None and plain(root) == {"name": "blue", "instance_count": 2}


def test_the_endpoint_may_be_called_so(tmp_path: Path) -> None:
    assert _houses(tmp_path, "endpoint.tags.team=x")["tags"] == {"team": "x"}
