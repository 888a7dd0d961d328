"""Keeps secrets out of logs, those of libraries included, and what terminals and CI obey.

urllib3 logs each path with its query, and the query of a blob's URL holds the signature that opens
the container. az writes such lines to stderr at ``--debug`` and, if the user wants one, to its log
file. :func:`guard_logs` puts a filter before both.
"""

from __future__ import annotations

import logging

from azext_ml_endpoint.harmless import harmless


class _Guard(logging.Filter):
    """Lets every record pass, its message and traceback redacted and harmless."""

    def filter(self, record: logging.LogRecord) -> bool:
        from azext_ml_endpoint.cloud.redaction import redact

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
