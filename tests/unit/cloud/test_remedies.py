"""What Azure was seen to say, and what is told of it: the reason, its code and the next step."""

from __future__ import annotations

import re
from typing import Any

import pytest

from azext_ml_endpoint.cloud.arm.reasons import reason
from azext_ml_endpoint.cloud.remedies import arm, kubernetes, quota, remedy, service
from azext_ml_endpoint.cloud.remedies.words import said
from tests.unit.cloud.pasted import PASTED
from tests.unit.cloud.pasted.documents import Pasted

KEYS = re.compile(
    r"`[a-z]|--[a-z]+|same command|instance_type|environment\.|code_configuration|scoring_script"
    r"|conda_file|scale_settings|resource_requirements"
)
"""A command, or a key of the file, or an option."""
BY_NUMBER = re.compile(r"ERR_\d{4}")


@pytest.mark.parametrize("pasted", PASTED, ids=lambda each: f"{each.code}-{each.shown[:40]}")
def test_what_azure_was_seen_to_say_is_told_with_its_reason_and_a_next_step(
    pasted: Pasted,
) -> None:
    why = reason(pasted.document)
    assert why.code == pasted.code
    assert pasted.shown in why.message
    step = str(remedy(why.code, told=why.message))
    assert [word for word in pasted.words if word not in step] == []


def test_every_code_of_the_troubleshooting_page_is_among_them() -> None:
    seen = {each.code for each in PASTED}
    codes = {*service.CODES, *kubernetes.CODES, *service.WRAPPERS}
    told_by_another = {"ACRTokenExchangeForbidden", "RefreshExtensionIdentityNotSet"}
    missing = {code for code in codes - seen - told_by_another if not BY_NUMBER.match(code)}
    assert missing == set()


def test_a_wrapper_has_nothing_to_say_of_what_is_not_there() -> None:
    assert remedy("InferencingClientCallFailed", 404) is None


@pytest.mark.parametrize("kind", [service, kubernetes, quota, arm], ids=lambda each: each.__name__)
def test_each_remedy_is_that_of_one_of_the_messages(kind: Any) -> None:
    seen = [reason(each.document) for each in PASTED]
    steps = {remedy(why.code, told=why.message) for why in seen}
    for entry in kind.WORDS:
        assert {said([entry], why.message) for why in seen} & steps - {None}, entry
    assert [code for code, step in kind.CODES.items() if step not in steps] == []


@pytest.mark.parametrize(
    "step",
    sorted(
        {
            text
            for kind in (service, kubernetes, quota, arm)
            for text in (*kind.CODES.values(), *(step for _, step in kind.WORDS))
        }
        | set(service.WRAPPERS.values())
    ),
)
def test_each_remedy_names_a_command_or_a_key_of_the_file(step: str) -> None:
    assert KEYS.search(step), step
    assert step[0].isupper() or step[0] == "`"
    assert step.endswith((".", "`."))


def test_a_wrapper_says_less_than_the_status_it_comes_with() -> None:
    assert "az ml endpoint wait" in str(remedy("InferencingClientCallFailed", 409))
    assert "role" in str(remedy("InferencingClientCreateDeploymentFailed", 403))
    assert "liveness_probe" in str(remedy("InferencingClientCallFailed", 400))


@pytest.mark.parametrize(
    ("usage", "limit", "needed", "total"), [(0, 6, 8, 8), (36, 100, 72, 108), (4, 4, 4, 8)]
)
def test_the_figures_of_a_quota_are_added_up(
    usage: int, limit: int, needed: int, total: int
) -> None:
    told = (
        "Not enough quota available for Standard_NV36ads_A10_v5 in SubscriptionId x. Current"
        f" usage/limit: {usage}/{limit}. Additional needed: {needed} Please"
    )
    step = str(remedy("Whatever", told=told))
    assert f"{usage} of {limit} cores" in step
    assert f"wants {needed} more" in step
    assert f"ask for {total} cores" in step


def test_figures_of_another_kind_are_left_to_the_message() -> None:
    told = "Not enough quota available for Standard_F4s_v2. See the portal."
    assert remedy("OutOfQuota", told=told) == remedy("OutOfQuota")


def test_braces_of_a_message_are_no_places_to_fill() -> None:
    told = "not registered to use namespace 'Microsoft.Cdn' {0} {namespace} {}"
    assert "Microsoft.Cdn --wait" in str(remedy(None, told=told))
