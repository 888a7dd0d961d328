"""Secrets stay out of logs, whoever writes them and wherever they go."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest

from azext_ml_endpoint.cloud.guarded_logs import guard_logs

QUOTED = "s3cr3t-S1gn%2Fatur%2Be%3D%3D"


@pytest.fixture(params=["", "cli", "azure"])
def log(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """What a handler writes that az has put there before the guard came."""
    logger, text = logging.getLogger(request.param), io.StringIO()
    handler, level = logging.StreamHandler(text), logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    guard_logs()
    guard_logs()
    yield text
    logger.removeHandler(handler)
    logger.setLevel(level)


def test_no_library_logs_a_secret(log: io.StringIO, request: pytest.FixtureRequest) -> None:
    name = str(request.node.callspec.params["log"])
    logger = logging.getLogger(f"{name}.some.library".lstrip("."))
    logger.debug('%s "PUT %s HTTP/1.1" %s', "https://a:443", f"/c/b?sig={QUOTED}", 201)
    try:
        raise ValueError(f"no such thing as sig={QUOTED}")
    except ValueError:
        logger.exception("it failed")
    assert "s3cr3t" not in log.getvalue()
    assert '"PUT /c/b?sig=REDACTED HTTP/1.1" 201' in log.getvalue()
    assert "Traceback" in log.getvalue() and "no such thing as sig=REDACTED" in log.getvalue()


def test_urllib3_is_guarded_for_handlers_that_come_later() -> None:
    guard_logs()
    logger, text = logging.getLogger("urllib3.connectionpool"), io.StringIO()
    logger.addHandler(later := logging.StreamHandler(text))
    logger.warning("GET %s", f"/c?sig={QUOTED}")
    logger.removeHandler(later)
    assert text.getvalue() == "GET /c?sig=REDACTED\n"


def test_a_line_that_is_badly_written_breaks_nothing(log: io.StringIO) -> None:
    logging.raiseExceptions, before = False, logging.raiseExceptions
    logging.getLogger("urllib3.connectionpool").error("%d", "x")
    logging.raiseExceptions = before
    assert log.getvalue() == ""


def test_what_a_terminal_obeys_is_shown_in_logs_too(
    log: io.StringIO, request: pytest.FixtureRequest
) -> None:
    name = str(request.node.callspec.params["log"])
    logger = logging.getLogger(f"{name}.some.library".lstrip("."))
    logger.error("%s", "a\x1b[2J\n::error::x")
    try:
        raise ValueError("\x1b]0;title\x07")
    except ValueError:
        logger.exception("failed")
    assert "\x1b" not in log.getvalue() and r"a\x1b[2J" in log.getvalue()
    assert not any(line.startswith("::") for line in log.getvalue().splitlines())
