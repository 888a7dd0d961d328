"""When a SAS is renewed."""

from __future__ import annotations

import threading
from datetime import datetime, timezone
from urllib.parse import quote

import pytest
from azure.core.exceptions import HttpResponseError

from azext_ml_endpoint.cloud.blobs.access import Access, expiry
from azext_ml_endpoint.cloud.contract import Container

NOW = 1_800_000_000.0


class Renewing:
    """A container whose SAS are numbered, each with an hour of life from ``now`` on."""

    def __init__(self) -> None:
        self.now, self.count = NOW, 0
        container = Container(url="https://a/c", credential=self.renew(), renew=self.renew)
        self.access = Access(container, clock=lambda: self.now)

    def renew(self) -> str:
        self.count += 1
        return sas(self.now + 3600, self.count)

    def used(self) -> str:
        return self.access.use(lambda: str(self.access.credential.signature))[-1]


def sas(end: float, number: int) -> str:
    text = datetime.fromtimestamp(end, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"sv=2023-11-03&se={quote(text)}&sp=racwl&sig=secret{number}"


def refusal(status: int = 403, code: str = "AuthenticationFailed") -> HttpResponseError:
    error = HttpResponseError("no")
    error.status_code, error.error_code = status, code  # type: ignore[attr-defined]
    return error


def test_a_sas_is_used_until_its_last_minutes() -> None:
    renewing = Renewing()
    assert renewing.used() == "1"
    renewing.now += 3600 - 301
    assert renewing.used() == "1"
    renewing.now += 2
    assert renewing.used() == "2"
    renewing.now += 1000
    assert renewing.used() == "2"


def test_a_refused_sas_is_renewed_once_for_all_who_used_it() -> None:
    renewing = Renewing()
    meeting = threading.Barrier(4)

    def operation() -> None:
        if renewing.access.credential.signature.endswith("1"):
            meeting.wait(30)
            raise refusal()

    threads = [threading.Thread(target=renewing.access.use, args=(operation,)) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    assert renewing.count == 2


def test_a_sas_that_is_refused_when_it_is_new_is_refused() -> None:
    renewing = Renewing()

    def operation() -> None:
        raise refusal()

    with pytest.raises(HttpResponseError):
        renewing.access.use(operation)
    assert renewing.count == 2


@pytest.mark.parametrize(
    "error", [refusal(code="AuthorizationPermissionMismatch"), refusal(status=404)]
)
def test_other_refusals_need_no_other_sas(error: HttpResponseError) -> None:
    renewing = Renewing()

    def operation() -> None:
        raise error

    with pytest.raises(HttpResponseError):
        renewing.access.use(operation)
    assert renewing.count == 1


def test_what_cannot_be_renewed_is_used_as_it_is() -> None:
    container = Container(url="https://a/c", credential=sas(NOW - 1, 1))
    access = Access(container, clock=lambda: NOW)
    with pytest.raises(HttpResponseError):
        access.use(lambda: (_ for _ in ()).throw(refusal()))


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("?se=2027-01-15T08%3A00%3A00Z&sig=x", NOW),
        ("sig=x&se=2027-01-15T08:00Z", NOW),
        ("se=2027-01-15T08:00:00.1234567Z", NOW),
        ("se=2027-01-15", NOW - 8 * 3600),
        ("si=policy&sig=x", None),
        ("se=soon&sig=x", None),
    ],
)
def test_the_end_of_a_sas_is_understood(text: str, end: float | None) -> None:
    assert expiry(text) == end
