"""Hides secrets in the text of others."""

from __future__ import annotations

import re

HIDDEN = "REDACTED"

_QUERY = re.compile(
    r"(?i)\b(sig|token|access_token|refresh_token|client_secret|client_assertion|password)"
    r"=(?!REDACTED)[^&\s\"'<>]+"
)
_HEADER = re.compile(
    r"(?i)((?:authorization|x-identity-header|x-ms-authorization-auxiliary|\bocp-apim-[\w-]{,99}key)"
    r"\"?'?\s*[:=]\s*\"?'?(?:bearer |sharedkey |basic )?)[^\s\"',]+"
)
_BEARER = re.compile(r"(?i)\b(bearer|sharedkey) (?!REDACTED)[\w.~+/:=-]{8,}")
_FIELD = re.compile(
    r"(?i)([\"'](?:primaryKey|secondaryKey|key|keyValue|accessToken|access_token|refresh_token"
    r"|sasToken|sasUri|client_secret|password)[\"']\s*:\s*[\"'])(?!REDACTED)[^\"']+"
)
_ACCOUNT_KEY = re.compile(r"(?i)\b(AccountKey|SharedAccessSignature)=(?!REDACTED)[^;\s\"']+")
_JSON_WEB_TOKEN = re.compile(r"(?<![\w-])eyJ[\w-]{8,}\.[\w-]+\.[\w-]*")


def redact(text: str) -> str:
    """The text with the values of signatures, tokens and keys hidden."""
    text = _FIELD.sub(rf"\1{HIDDEN}", text)
    text = _HEADER.sub(rf"\1{HIDDEN}", text)
    text = _BEARER.sub(rf"\1 {HIDDEN}", text)
    text = _QUERY.sub(rf"\1={HIDDEN}", text)
    text = _ACCOUNT_KEY.sub(rf"\1={HIDDEN}", text)
    return _JSON_WEB_TOKEN.sub(HIDDEN, text)
