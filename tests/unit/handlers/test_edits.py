"""az's generic update on plain data."""

from __future__ import annotations

from typing import Any

import pytest

from azext_ml_endpoint.errors import UsageError
from azext_ml_endpoint.handlers import edits


def data() -> dict[str, Any]:
    return {
        "tags": {"team": "a"},
        "description": None,
        "traffic": None,
        "deployments": [{"name": "blue", "count": 1, "tags": None}, {"name": "green", "count": 2}],
    }


def edited(*asked: edits.Edit, force_string: bool = False) -> dict[str, Any]:
    return edits.apply(data(), asked, force_string=force_string)


def changes(*asked: edits.Edit, force_string: bool = False) -> dict[str, Any]:
    after = edited(*asked, force_string=force_string)
    return {key: after[key] for key in after if after[key] != data().get(key)}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["description=two words=one"], {"description": "two words=one"}),
        (["tags.cost=7", "tags.x=true"], {"tags": {"team": "a", "cost": "7", "x": "true"}}),
        (["tags.cost='7'", 'tags.x="1.10"'], {"tags": {"team": "a", "cost": "7", "x": "1.10"}}),
        (["tags.a=1.10", "tags.b=0777"], {"tags": {"team": "a", "a": "1.10", "b": "0777"}}),
        (["tags.a=1e3", "tags.b=null"], {"tags": {"team": "a", "a": "1e3", "b": "null"}}),
        (["traffic.blue=100"], {"traffic": {"blue": 100}}),
        (['tags={"b": "c"}'], {"tags": {"b": "c"}}),
        (["tags={'b': ('c',)}"], {"tags": {"b": ["c"]}}),
    ],
)
def test_set_puts_values_where_something_is_or_could_be(
    values: list[str], expected: dict[str, Any]
) -> None:
    assert changes(("--set", values)) == expected


@pytest.mark.parametrize("item", ["[1]", "[name=green]", "[green]", "[Green]"])
def test_items_are_named_by_number_or_by_what_they_have(item: str) -> None:
    after = edited(("--set", [f"deployments{item}.count=5"]))
    assert [each["count"] for each in after["deployments"]] == [1, 5]
    after = edited(("--remove", [f"deployments{item}"]))
    assert [each["name"] for each in after["deployments"]] == ["blue"]


def test_the_endpoint_may_be_named_and_texts_stay_texts() -> None:
    assert changes(("--set", ["endpoint.tags.team=1.10"])) == {"tags": {"team": "1.10"}}
    after = edited(("--set", ["endpoint.deployments[blue].version=1.10"]))
    assert after["deployments"][0]["version"] == "1.10"


def test_remove_takes_a_value_or_an_item_by_its_number() -> None:
    assert changes(("--remove", ["tags.team"])) == {"tags": {}}
    assert len(edited(("--remove", ["deployments", "0"]))["deployments"]) == 1


def test_add_appends_to_a_list() -> None:
    after = edited(("--add", ["deployments", "name=red", "count=3"]))
    assert after["deployments"][2] == {"name": "red", "count": "3"}


def test_texts_can_be_kept_as_they_are() -> None:
    assert changes(("--set", ["description=7"])) == {"description": 7}
    assert changes(("--set", ["description=7"]), force_string=True) == {"description": "7"}


def test_the_order_is_that_of_the_command_line() -> None:
    one, other = ("--set", ["tags.a=b"]), ("--remove", ["tags"])
    assert changes(other, ("--set", ["tags={}", "tags.a=b"])) == {"tags": {"a": "b"}}
    assert "tags" not in edited(one, other)


@pytest.mark.parametrize(
    ("edit", "complaint"),
    [
        (("--set", ["nothing.a=secret"]), "--set nothing.a: Couldn't find 'nothing' in"),
        (("--set", ["deployments.a=secret"]), "--set deployments.a: Couldn't find 'a'"),
        (("--set", ["deployments[x].a=secret"]), "--set deployments[x].a: there is no such place"),
        (("--set", ["deployments[9].a=secret"]), "--set deployments[9].a: index 9 doesn't exist"),
        (("--set", ["description.a.b=secret"]), "--set description.a.b: "),
        (("--add", ["tags", "a=secret"]), "--add tags: there is no such place"),
        (("--remove", ["deployments[name=red]"]), "--remove deployments[name=red]: there is no"),
        (("--remove", ["deployments", "7"]), "--remove deployments: index 7 doesn't exist"),
        (("--remove", ["nothing[0]"]), "--remove nothing[0]: Couldn't find 'nothing'"),
    ],
)
def test_an_edit_that_does_not_work_is_named_without_its_value(
    edit: edits.Edit, complaint: str
) -> None:
    with pytest.raises(UsageError) as refused:
        edited(edit)
    assert complaint in refused.value.message
    assert "secret" not in refused.value.message
    assert "Available options: [" not in refused.value.message


def test_a_name_has_the_keys_only() -> None:
    edit = ("--set", ["deployments[name=blue].tags.a=b=c", "tags={}"])
    assert edits.name(edit) == "--set deployments[name=blue].tags.a tags"
    assert edits.name(("--add", ["deployments", "token=secret"])) == "--add deployments"
