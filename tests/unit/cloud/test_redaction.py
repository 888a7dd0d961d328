"""Secrets are hidden, and nothing else is."""

from __future__ import annotations

import pytest

from azext_ml_endpoint.cloud.redaction import redact

SECRET = "s3cr3t-S1gn/atur+e=="
QUOTED = "s3cr3t-S1gn%2Fatur%2Be%3D%3D"
TOKEN = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJodHRwcyJ9.s3cr3t-S1gn"

TELLING = [
    f"https://a.blob.core.windows.net/c/b?sv=2024&sig={QUOTED}",
    f"https://a.blob.core.windows.net/c?sig={QUOTED}&se=2026-01-01",
    f"SharedAccessSignature={QUOTED};BlobEndpoint=https://x",
    f"DefaultEndpointsProtocol=https;AccountKey={SECRET};EndpointSuffix=x",
    f"Authorization: Bearer {SECRET}",
    f"'Authorization': 'SharedKey account:{SECRET}'",
    f'{{"Authorization": "Bearer {SECRET}"}}',
    f"X-IDENTITY-HEADER: {SECRET}",
    f"x-ms-authorization-auxiliary: Bearer {SECRET}",
    f"refused bearer {SECRET}",
    f'{{"primaryKey": "{SECRET}", "secondaryKey": "{SECRET}"}}',
    f"{{'accessToken': '{SECRET}', 'tokenType': 'Bearer'}}",
    f'{{"secretsType":"Sas","sasToken":"?sv=1&sig={QUOTED}"}}',
    f'{{"credentialType": "SAS", "sasUri": "https://x/c?sig={QUOTED}"}}',
    f'{{"keyType": "Primary", "keyValue": "{SECRET}"}}',
    f"token is {TOKEN}",
    f"POST /token client_id=x&client_secret={QUOTED}&scope=y",
]


@pytest.mark.parametrize("text", TELLING)
def test_secrets_are_hidden(text: str) -> None:
    assert "s3cr3t" not in redact(text) and "REDACTED" in redact(text)


@pytest.mark.parametrize("text", TELLING)
def test_what_is_hidden_stays_as_it_is(text: str) -> None:
    assert redact(redact(text)) == redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "PUT https://management.azure.com/x?api-version=2025-12-01&hash=ab: 201, 12 ms",
        "signature, design=3, key=value, message: authorization failed",
        '{"keyType": "Primary", "name": "key"}',
        "auth_mode: key, tokens are short",
        "the bearer of it",
    ],
)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert redact(text) == text


def test_what_surrounds_a_secret_stays_readable() -> None:
    text = "https://a.blob.core.windows.net/c?sv=2024&sig=abc&se=2026"
    assert redact(text) == "https://a.blob.core.windows.net/c?sv=2024&sig=REDACTED&se=2026"
