"""Storage's refusals, in words."""

from __future__ import annotations

import pytest

from azext_ml_endpoint.cloud.blobs.errors import refused, unreachable

HOST = "account.blob.core.windows.net"


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        ("AuthorizationPermissionMismatch", "Storage Blob Data Contributor"),
        ("AuthorizationFailure", "firewall"),
        ("KeyBasedAuthenticationNotPermitted", "no account keys"),
        ("AuthenticationFailed", "sync-keys"),
        ("ContainerNotFound", "container"),
    ],
)
def test_a_refusal_names_the_account_the_code_and_the_way_out(code: str, remedy: str) -> None:
    error = refused(HOST, 403, code, "Not allowed.\nRequestId:1\nTime:2")
    assert error.message == f"{HOST} refused the upload: {code}. Not allowed."
    assert remedy in str(error.recommendation)


def test_an_unknown_refusal_is_told_as_it_came() -> None:
    error = refused(HOST, 418, None, "")
    assert (error.message, error.recommendation) == (f"{HOST} refused the upload: HTTP 418", None)


def test_what_was_refused_is_named() -> None:
    error = refused(HOST, 409, "PublicAccessNotPermitted", "No.", "to read")
    assert error.message == f"{HOST} refused to read: PublicAccessNotPermitted. No."


def test_no_signature_gets_into_an_error() -> None:
    url = "/c/b?sv=1&sig=s3cr3t%3D&se=2 refused"
    assert "s3cr3t" not in refused(HOST, 403, "X", url).message
    assert "s3cr3t" not in unreachable(HOST, url).message
