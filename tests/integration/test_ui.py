"""`az ml endpoint ui`: the real az and the real server, seen by a real browser."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import requests

from tests.fakes.http_server import local_server
from tests.integration import browser as browsers
from tests.integration.az import Az, ended, said_until
from tests.integration.browser import Browser
from tests.integration.conftest import cannot_run
from tests.integration.project import BASE_IMAGE, Project

SCRIPT = """
import logging

from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
from inference_schema.schema_decorators import input_schema

def init():
    pass

@input_schema("data", StandardPythonParameterType([[1.0, 2.0]]))
def run(data):
    logging.warning("scored %d rows <img src=x onerror=alert(1)>", len(data))
    if not data:
        raise ValueError("there is nothing to score")
    return {{"by": "{name}", "prices": [sum(each) for each in data], "html": "<b id=bold>"}}
"""
ENVIRONMENT = {
    "conda_file": "dependencies: [python=3.11, pip, {pip: [azureml-inference-server-http, "
    "inference-schema]}]",
    "docker": {"image": BASE_IMAGE},
}
RIGHT, HOME = "\ue014", "\ue011"
"""Keys, as WebDriver writes them."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not all(map(shutil.which, browsers.PROGRAMS)):
        cannot_run("chromium and chromedriver are not installed; scripts/chromium does it")
    with browsers.opened() as opened:
        yield opened


@pytest.fixture(scope="module")
def process_az(az: Az, tmp_path_factory: pytest.TempPathFactory) -> Az:
    return az.having(AZURE_CONFIG_DIR=str(tmp_path_factory.mktemp("ui-home")))


@pytest.fixture(
    scope="module", params=["process", pytest.param("docker", marks=pytest.mark.docker)]
)
def houses(
    request: pytest.FixtureRequest, az: Az, process_az: Az, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Az, str]]:
    """An endpoint with two deployments, and the az that has it; afterwards it is deleted."""
    if request.param == "docker":
        request.getfixturevalue("engine")
    chosen, name = process_az if request.param == "process" else az, f"it-{uuid4().hex[:12]}"
    file = described(tmp_path_factory.mktemp("ui"))
    command = f"ml endpoint create --local --runtime {request.param} -n {name} -f {file}"
    chosen(command, timeout=600)
    yield chosen, name
    chosen(f"ml endpoint delete --local -n {name} --yes")


def described(folder: Path) -> Path:
    project = Project(folder)
    made = [
        project.deployment(each, script=SCRIPT.format(name=each), environment=ENVIRONMENT)
        for each in ("blue", "green")
    ]
    return project.endpoint(*made, traffic={"blue": 100, "green": 0})


@pytest.fixture
def page(houses: tuple[Az, str]) -> Iterator[str]:
    """Its address. Afterwards Ctrl-C ends the command."""
    az, name = houses
    with az.running(f"ml endpoint ui --local -n {name}") as process:
        said = said_until(process, "The page is at ")
        yield said.partition("The page is at ")[2].split()[0]
        process.send_signal(signal.SIGINT)
        done = ended(process)
        assert (done.exit_code, done.stdout) == (0, ""), done


def visited(browser: Browser, page: str) -> None:
    """With a console that has no complaints about another page that has ended."""
    browser.open("about:blank")
    browser.complaints()
    browser.open(page)
    browser.until("document.querySelectorAll('.deployment .good').length === 2")


def test_an_endpoint_is_looked_at_and_worked_with(
    houses: tuple[Az, str], page: str, browser: Browser
) -> None:
    az, name = houses
    visited(browser, page)
    assert browser.text("#name") == name
    assert browser.text("#uri") == az(f"ml endpoint show --local -n {name}").json["scoring_uri"]

    # the form has a request that the deployment itself describes
    browser.until("document.querySelector('#body').value.includes('data')")
    assert json.loads(browser.value("document.querySelector('#body').value")) == {"data": [[1, 2]]}
    browser.click("#once")
    browser.until("document.querySelector('#answer .body')")
    assert json.loads(browser.text("#answer .body"))["prices"] == [3.0]
    assert browser.text("#answer .state") == "200" and "blue" in browser.text("#answer .row")
    browser.until("document.querySelector('#log').textContent.includes('scored 1 rows <img')")
    assert browser.value("document.querySelectorAll('#log img, #bold').length") == 0

    # traffic, by the keyboard
    browser.type("#share-1", HOME + RIGHT * 30)
    browser.until("document.querySelector('#history').textContent.includes('green 30 %')")
    shown = az(f"ml endpoint show --local -n {name}").json
    assert shown["traffic"] == {"blue": 70, "green": 30}
    assert browser.value("document.querySelector('#share-0').value") == "70"
    newest = az(f"ml endpoint history --local -n {name}").json[0]
    assert (newest["what"], newest["traffic"]) == ("ui", {"blue": 70, "green": 30})

    # many requests are drawn
    browser.click("#many")
    browser.until("document.querySelectorAll('#plot circle').length === 21")
    assert "21 requests · p50 " in browser.text("#figures")

    # a failure is told as invoke tells it
    browser.value("document.querySelector('#body').value = '{\"data\": []}'")
    browser.click("#once")
    browser.until("document.querySelector('#answer .bad')")
    assert "there is nothing to score" in browser.text("#answer")

    # what is changed elsewhere is seen here
    az(f"ml endpoint update --local -n {name} --traffic blue:100,green:0")
    browser.until("document.querySelector('#share-0').value === '100'")
    assert browser.complaints() == []


def test_an_endpoint_that_is_deleted_gives_its_place_to_no_other(
    houses: tuple[Az, str], page: str, browser: Browser, tmp_path: Path
) -> None:
    az, name = houses[0], f"it-{uuid4().hex[:12]}"
    (tmp_path / "endpoint.yml").write_text(f"name: {name}\ntype: online\nauth_mode: key\n")
    create = f"ml endpoint create --local --runtime process -f {tmp_path / 'endpoint.yml'}"
    az(create)
    visited(browser, page)
    browser.value(f"location.hash = '{name}'")
    browser.until(f"document.querySelector('#name').textContent === '{name}'")
    az(f"ml endpoint delete --local -n {name} --yes")
    browser.until("!document.querySelector('#gone').hidden")
    assert browser.text("#gone") == f"There is no endpoint {name} any more."
    assert browser.value("document.querySelector('#endpoint').hidden") is True
    az(create)
    browser.until("!document.querySelector('#endpoint').hidden")
    assert browser.text("#name") == name
    assert browser.value("document.querySelector('#gone').hidden") is True
    az(f"ml endpoint delete --local -n {name} --yes")


MODULE = "import(new URL('{module}', location)).then(({{{name}}}) => {expression})"
SPLITS = """
[[100], [70, 30], [0, 0], [33, 33, 34], [1, 1, 98], [0, 0, 100], [0, 0, 0, 0]].flatMap((split) =>
  [0, 1, 33, 50, 99, 100].map((value) => balanced(Object.fromEntries(split.entries()), "0", value)))
"""


def test_traffic_that_is_moved_always_adds_up(page: str, browser: Browser) -> None:
    visited(browser, page)
    splits = browser.value(MODULE.format(module="shares.js", name="balanced", expression=SPLITS))
    assert {sum(each.values()) for each in splits} == {100}
    assert all(share >= 0 for each in splits for share in each.values())
    kept = "balanced({a: 50, b: 30, c: 20}, 'a', 75)"
    moved = browser.value(MODULE.format(module="shares.js", name="balanced", expression=kept))
    assert moved == {"a": 75, "b": 15, "c": 10}


@pytest.mark.parametrize(
    "text",
    [
        '{"id": 12345678901234567890, "x": [1.0, 2e5, -3], "a\\"{": {}, "é,:": null}',
        json.dumps({"data": [[1.5] * 40, [2]], "text": '{[,:" ' * 20}),
        "[]",
        "no JSON",
        "{'a': 1}",
        "",
    ],
)
def test_json_is_laid_out_as_it_was_written(page: str, browser: Browser, text: str) -> None:
    visited(browser, page)
    shown = f"laidOut({json.dumps(text)})"
    laid = browser.value(MODULE.format(module="elements.js", name="laidOut", expression=shown))
    assert "".join(laid.split()) == "".join(text.split())


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (700, True), (400, False)])
def test_nothing_sticks_out(page: str, browser: Browser, width: int, dark: bool) -> None:
    browser.resize(width, 800)
    browser.look(dark=dark)
    visited(browser, page)
    assert browser.value("document.documentElement.scrollWidth - innerWidth") <= 0
    assert browser.complaints() == []


@pytest.fixture
def elsewhere(browser: Browser) -> Iterator[str]:
    """Another page of this machine, which the browser has opened."""
    with local_server() as other:
        other.headers["Content-Type"] = "text/html"
        other.body = b"<!doctype html><title>elsewhere</title>"
        browser.open(other.uri)
        yield other.uri


FOREIGN = """
window.came ??= (async () => {{
  const body = JSON.stringify({{blue: 0, green: 100}});
  const headers = {{"Content-Type": "application/json"}};
  const ask = (more) => fetch("{address}api/endpoints/{name}/traffic",
    {{method: "POST", body, ...more}}).then((answer) => answer.type, () => "refused");
  window.came = [await ask({{mode: "no-cors"}}), await ask({{headers}}),
    await fetch("{address}api/endpoints").then((answer) => answer.text(), () => "refused")];
}})(), Array.isArray(window.came) && window.came
"""


def test_another_page_in_the_same_browser_can_do_nothing(
    houses: tuple[Az, str], page: str, browser: Browser, elsewhere: str
) -> None:
    """It knows all of the address, which is more than it can know."""
    az, name = houses
    address = page.partition("#")[0]
    before = az(f"ml endpoint show --local -n {name}").json["traffic"]
    came = browser.until(FOREIGN.format(address=address, name=name).strip().replace("\n", " "))
    assert came == ["refused"] * 3
    assert az(f"ml endpoint show --local -n {name}").json["traffic"] == before


def test_no_other_page_frames_it(page: str, browser: Browser, elsewhere: str) -> None:
    browser.complaints()
    frame = f"Object.assign(document.createElement('iframe'), {{src: {page!r}}})"
    browser.value(f"window.framed = {frame}, 0")
    browser.value("window.framed.onload = () => { window.loaded = true; }, 0")
    browser.value("document.body.append(window.framed)")
    browser.until("window.loaded")
    assert browser.value("window.framed.contentDocument") is None
    assert any("frame-ancestors" in each for each in browser.complaints())


def test_a_foreign_host_or_origin_is_refused(page: str) -> None:
    address = page.partition("#")[0]
    host = address.split("/")[2]
    assert requests.get(address, timeout=60).ok
    for headers in (
        {"Host": "rebound.example"},
        {"Host": f"rebound.example:{host.partition(':')[2]}"},
        {"Origin": "http://rebound.example"},
    ):
        refused = requests.get(f"{address}api/endpoints", headers=headers, timeout=60)
        assert refused.status_code == 403
    assert requests.get(f"http://{host}/api/endpoints", timeout=60).status_code == 403
