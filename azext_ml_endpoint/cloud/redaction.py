"""Keeps secrets out of logs, those of libraries included, and what terminals and CI obey.

urllib3 logs each path with its query, and the query of a blob's URL holds the signature that opens
the container. az writes such lines to stderr at ``--debug`` and, if the user wants one, to its log
file. :func:`guard_logs` puts a filter before both.
"""

from __future__ import annotations

import logging
import re

from azext_ml_endpoint.harmless import harmless

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


class _Guard(logging.Filter):
    """Lets every record pass, its message and traceback redacted and harmless."""

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            message = record.getMessage()
        except (TypeError, ValueError, KeyError):  # a badly written line is its logger's affair
            return True
        if (safe := harmless(redact(message))) != message:
            record.msg, record.args = safe, ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = harmless(redact(record.exc_text))
        return True


_GUARD = _Guard()
_LOGGERS = ("", "cli", "azure")
"""Those that az gives handlers of their own. A filter of a logger would miss its children."""
_TALKATIVE = ("urllib3.connectionpool", "urllib3.poolmanager", "urllib3.util.retry")


def guard_logs() -> None:
    """Every handler there is, az's stderr and log file among them, shows no secret from now on.

    Whoever opens a door to Azure calls this first, and whoever gives az its commands; more often
    than once does nothing.
    """
    for name in _LOGGERS:
        for handler in logging.getLogger(name).handlers:
            handler.addFilter(_GUARD)
    for name in _TALKATIVE:
        logging.getLogger(name).addFilter(_GUARD)
