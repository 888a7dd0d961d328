"""A headless Chromium, driven by its driver over HTTP (W3C WebDriver)."""

from __future__ import annotations

import base64
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

PROGRAMS = ("chromium", "chromedriver")
_SECONDS = 60
_STARTED = "was started successfully on port "
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
"""The name that the protocol gives to references to elements."""
_OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_UNTIL = """
const done = arguments[arguments.length - 1];
const look = () => {{ const found = ({condition}); found ? done(found) : setTimeout(look, 20); }};
look();
"""


class Browser:
    """One window. Each method raises AssertionError with what the driver says of a failure."""

    def __init__(self, session: str) -> None:
        self._session = session

    def open(self, url: str) -> None:
        self._ask("url", {"url": url})

    def value(self, expression: str) -> Any:
        """Of JavaScript, in the page."""
        return self._ask("execute/sync", {"script": f"return ({expression});", "args": []})

    def until(self, condition: str) -> Any:
        """Waits until the expression is true; its value."""
        script = _UNTIL.format(condition=condition)
        try:
            return self._ask("execute/async", {"script": script, "args": []})
        except AssertionError as error:
            raise AssertionError(f"{condition} never was: {error}\n{self.text('body')}") from error

    def text(self, selector: str) -> str:
        return str(self._ask(f"element/{self._find(selector)}/text"))

    def click(self, selector: str) -> None:
        self._ask(f"element/{self._find(selector)}/click", {})

    def type(self, selector: str, keys: str) -> None:
        self._ask(f"element/{self._find(selector)}/value", {"text": keys})

    def resize(self, width: int, height: int) -> None:
        self._ask("window/rect", {"width": width, "height": height})

    def look(self, *, dark: bool = False) -> None:
        """As a person who prefers it so would see it."""
        features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        command = {"cmd": "Emulation.setEmulatedMedia", "params": {"features": features}}
        self._ask("goog/cdp/execute", command)

    def picture(self) -> bytes:
        """As PNG."""
        return base64.b64decode(self._ask("screenshot"))

    def complaints(self) -> list[str]:
        """What the console has had since it was last asked: of scripts, policies, the network."""
        return [str(each["message"]) for each in self._ask("se/log", {"type": "browser"})]

    def _find(self, selector: str) -> str:
        wanted = {"using": "css selector", "value": selector}
        return str(self._ask("element", wanted)[_ELEMENT])

    def _ask(self, path: str, data: Any = None) -> Any:
        return _asked(f"{self._session}/{path}", data)


@contextmanager
def opened() -> Iterator[Browser]:
    """Ends with all that was started."""
    with tempfile.TemporaryDirectory() as profile, _driver() as driver:
        session = _asked(f"{driver}/session", {"capabilities": _capabilities(profile)})
        address = f"{driver}/session/{session['sessionId']}"
        try:
            yield Browser(address)
        finally:
            requests.delete(address, timeout=_SECONDS)


def _capabilities(profile: str) -> Any:
    options = {
        "binary": shutil.which(PROGRAMS[0]),
        "args": [*_OPTIONS, f"--user-data-dir={profile}", "--window-size=1280,800"],
    }
    return {
        "alwaysMatch": {
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL"},
            "timeouts": {"script": _SECONDS * 1000},
        }
    }


@contextmanager
def _driver() -> Iterator[str]:
    """At a port that it has chosen. What it writes after that is little."""
    command = [str(Path(shutil.which(PROGRAMS[1]) or PROGRAMS[1])), "--port=0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            said = next(line for line in process.stdout or () if _STARTED in line)
            port = said.partition(_STARTED)[2].strip(" .\n")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


def _asked(url: str, data: Any) -> Any:
    method = "GET" if data is None else "POST"
    answer = requests.request(method, url, json=data, timeout=2 * _SECONDS)
    value = answer.json()["value"]
    assert answer.ok, f"{value['error']}: {value['message']}"
    return value
