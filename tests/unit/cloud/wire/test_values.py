"""Single values as ARM spells them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_ml_endpoint.cloud.wire import values


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [(5000, "PT5S"), (500, "PT0.5S"), (60_000, "PT60S"), (12, "PT0.012S"), (0, "PT0S")],
)
def test_a_duration_is_in_seconds(milliseconds: int, text: str) -> None:
    assert values.duration(milliseconds) == text


@given(st.integers(0, 10**9))
def test_a_duration_comes_back_as_it_was(milliseconds: int) -> None:
    assert values.milliseconds(values.duration(milliseconds)) == milliseconds


@pytest.mark.parametrize(
    ("text", "seconds"), [("PT1M30S", 90), ("PT2H", 7200), ("P1DT1S", 86_401), ("PT5M", 300)]
)
def test_durations_in_other_units_are_read(text: str, seconds: int) -> None:
    assert values.seconds(text) == seconds


def test_what_is_no_duration_is_refused() -> None:
    with pytest.raises(ValueError, match="5 s is no duration"):
        values.milliseconds("5 s")


def test_what_azure_notes_for_itself_is_not_the_users() -> None:
    noted = {
        "AzureAsyncOperationUri": "https://management.azure.com/…",
        "azureml.onlineendpointid": "/subscriptions/…",
        "createdAt": "2026-01-01",
        "stage": "test",
    }
    assert values.users_own(noted) == {"stage": "test"}


@pytest.mark.parametrize(
    ("noted", "text"), [(202208, "202208"), (1.5, "1.5"), (True, "true"), ("007", "007")]
)
def test_properties_are_text_whatever_a_client_has_sent(noted: object, text: str) -> None:
    assert values.users_own({"hash_version": noted}) == {"hash_version": text}
