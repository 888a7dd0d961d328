"""What the gateway's own process adds where an endpoint simulates Azure, and what it mirrors."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import pytest
import requests

from azext_ml_endpoint.document.model import RequestSettings
from azext_ml_endpoint.local.gateway import control
from azext_ml_endpoint.local.gateway.limits import MOST_BYTES
from azext_ml_endpoint.scoring import DEPLOYMENT
from tests.fakes.interrupt import PATIENCE
from tests.integration.azure_like import Model, World


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With the environment, which is made but once."""
    return tmp_path_factory.mktemp("gateway")


@pytest.fixture
def world(home: Path) -> Iterator[World]:
    world = World(home)
    world.gateways.prepare("houses", world.see)
    yield world
    for each in world.models.values():
        each.stop()
    world.gateways.leave("houses")


@pytest.fixture
def blue(world: World) -> Model:
    """A deployment of an endpoint that simulates Azure."""
    blue = world.serve("blue")
    world.stand(simulate=True)
    return blue


# What opens it


def test_without_a_key_nobody_is_asked(world: World, blue: Model) -> None:
    for none in ("", "Basic x"):
        refused = world.ask(Authorization=none)
        assert (refused.status_code, refused.text) == (403, "key_auth_bad_header_forbidden")
        assert "ml-endpoint-gateway" not in refused.headers
    refused = world.ask(Authorization="Bearer wrong")
    assert (refused.status_code, refused.text) == (401, "key_auth_access_denied")
    assert refused.headers["WWW-Authenticate"] == "Bearer"
    assert "ml-endpoint-gateway" not in refused.headers
    assert blue.bodies == []
    assert world.ask().text == "blue"


def test_a_key_that_was_regenerated_opens_no_more(world: World, blue: Model) -> None:
    before = world.key()
    world.gateways.regenerate("houses", "primary")
    assert world.ask(Authorization=before).status_code == 401
    assert world.ask().status_code == 200
    assert len(blue.bodies) == 1


def test_tokens_open_where_keys_do_not(world: World, blue: Model) -> None:
    world.stand(auth_mode="aml_token")
    refused = world.ask(), world.ask(Authorization="")
    assert [each.status_code for each in refused] == [401, 401]
    assert [each.text for each in refused] == ["Jwt issuer is not configured", "Jwt is missing"]
    assert world.ask(Authorization=world.key("aml_token")).text == "blue"
    assert len(blue.bodies) == 1


def test_it_is_open_again_where_nothing_is_simulated(world: World, blue: Model) -> None:
    world.stand(simulate=False)
    answer = world.ask(b"500", Authorization="")
    assert (answer.status_code, answer.text) == (500, "blue")
    assert len(blue.bodies) == 1


def test_where_nobody_is_to_answer_azures_words_are_all_there_is(world: World, blue: Model) -> None:
    nobody = world.ask(**{DEPLOYMENT: "red"})
    assert nobody.status_code == 404
    assert nobody.text.startswith("No valid deployments to route to.")
    assert looks_like_azure(nobody.headers)
    assert blue.bodies == []


@pytest.mark.parametrize("coding", ["gzip, chunked", "deflate,chunked", "br, chunked"])
def test_a_coding_is_refused_without_a_sign_of_the_gateway(
    world: World, blue: Model, coding: str
) -> None:
    headers = {"Authorization": world.key(), "Transfer-Encoding": coding}
    with closing(HTTPConnection("127.0.0.1", world.stand().port, timeout=PATIENCE)) as client:
        client.request("POST", "/score", b"0\r\n\r\n", headers)
        refused = client.getresponse()
    assert refused.status == 501
    assert looks_like_azure(refused.headers)


@pytest.mark.parametrize("token", [b"schl\xfcssel", "schlüssel".encode(), b"\xff"])
def test_whoever_guesses_at_azs_token_is_a_client(world: World, blue: Model, token: bytes) -> None:
    assert world.ask(**{"ml-endpoint-gateway": token}).status_code == 200


# What is let through


def test_a_request_that_is_too_large_is_refused(world: World, blue: Model) -> None:
    assert world.ask(b"x" * MOST_BYTES).status_code == 200
    assert world.ask(b"x" * (MOST_BYTES + 1)).status_code == 413
    assert len(blue.bodies) == 1


def test_the_length_of_a_request_need_not_be_said(world: World, blue: Model) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(MOST_BYTES // 2**20 + 1):
            yield b"x" * 2**20

    uri = f"http://127.0.0.1:{world.stand().port}/score"
    answer = requests.post(
        uri, data=pieces(), headers={"Authorization": world.key()}, timeout=PATIENCE
    )
    assert answer.status_code == 413


def test_who_takes_too_long_is_a_408(world: World, blue: Model) -> None:
    world.settings = RequestSettings(request_timeout_ms=50)
    assert world.ask(b"wait").status_code == 408
    assert blue.bodies == [b"wait"]


def test_an_answer_that_has_begun_breaks_off(world: World, blue: Model) -> None:
    world.settings = RequestSettings(request_timeout_ms=200)
    with pytest.raises(requests.RequestException):
        world.ask(b"stuck halfway")
    assert len(blue.bodies) == 1


def looks_like_azure(headers: Any) -> bool:
    named = headers["Server"] == "azureml-frontdoor" and headers["x-request-id"]
    return bool(named) and "ml-endpoint-gateway" not in headers


@contextmanager
def busy(world: World, blue: Model, requests_: int = 1) -> Iterator[list[Future[Any]]]:
    """Requests that run until the end."""
    with ThreadPoolExecutor(requests_) as pool:
        running = [pool.submit(world.ask, b"wait") for _ in range(requests_)]
        for _ in running:
            blue.await_request()
        try:
            yield running
        finally:
            blue.go.set()


def test_who_waits_too_long_for_his_turn_is_a_429(world: World, blue: Model) -> None:
    world.settings = RequestSettings(request_timeout_ms=60_000, max_queue_wait_ms=50)
    with busy(world, blue) as running:
        refused = world.ask()
        assert refused.status_code == 429
        assert refused.headers["ms-azureml-model-error-reason"] == "too_many_pending_request"
    assert [each.result().status_code for each in running] == [200]
    assert world.ask().status_code == 200


def test_as_many_run_as_the_file_says(world: World, blue: Model) -> None:
    world.settings = RequestSettings(
        request_timeout_ms=60_000, max_concurrent_requests_per_instance=3, max_queue_wait_ms=0
    )
    with busy(world, blue, 3) as running:
        assert world.ask().status_code == 429
    assert [each.result().status_code for each in running] == [200] * 3


def test_who_waits_gets_his_turn(world: World, blue: Model) -> None:
    with ThreadPoolExecutor(1) as pool:
        with busy(world, blue):
            waiting = pool.submit(world.ask, b"next")
        assert waiting.result().text == "blue"
    assert blue.bodies == [b"wait", b"next"]


# What is answered


def test_another_status_than_200_is_the_models_error(world: World, blue: Model) -> None:
    for status in ("500", "404", "201"):
        failed = world.ask(status.encode())
        assert (failed.status_code, failed.text) == (424, "blue")
        assert failed.headers["ms-azureml-model-error-statuscode"] == status
        assert failed.headers["ms-azureml-model-error-reason"] == "model_error"
        assert failed.headers[DEPLOYMENT] == "blue"
    assert len(blue.bodies) == 3


@pytest.mark.parametrize("status", ["204", "304"])
def test_where_there_is_no_body_none_is_announced(world: World, blue: Model, status: str) -> None:
    """The model says how long a body would be, which a 424 would have."""
    failed = world.ask(status.encode())
    assert (failed.status_code, failed.content) == (424, b"")
    assert failed.headers["Content-Length"] == "0"
    assert failed.headers["ms-azureml-model-error-statuscode"] == status


def test_an_answer_has_azures_headers(world: World, blue: Model) -> None:
    answer = world.ask(**{"x-request-id": "mine"})
    assert answer.headers[DEPLOYMENT] == "blue"
    assert answer.headers["Server"] == "azureml-frontdoor"
    assert answer.headers["azureml-model-session"] == "blue-1"
    assert int(answer.headers["ms-azureml-model-time"]) >= 0
    assert "ms-azureml-model-error-statuscode" not in answer.headers
    (seen,) = blue.ids
    assert seen and seen != "mine"


# What is mirrored, whether Azure is simulated or not


@pytest.mark.parametrize("simulate", [True, False])
def test_a_mirrored_request_is_sent_and_never_answers(world: World, simulate: bool) -> None:
    blue, green = world.serve("blue"), world.serve("green")
    world.stand(mirror_traffic={"green": 100}, simulate=simulate)
    answer = world.ask(b"1,2")
    assert (answer.text, answer.headers[DEPLOYMENT]) == ("blue", "blue")
    green.await_request()
    assert green.bodies == blue.bodies == [b"1,2"]


def test_the_share_is_exact(world: World) -> None:
    blue, green = world.serve("blue"), world.serve("green")
    world.stand(mirror_traffic={"green": 10})
    with ThreadPoolExecutor(4) as pool:
        uri = f"http://127.0.0.1:{world.stand().port}/score"
        list(pool.map(lambda _: requests.post(uri, data=b"1,2", timeout=PATIENCE), range(500)))
    for _ in range(49):
        green.await_request()
    assert len(blue.bodies) == 500
    assert 49 <= len(green.bodies) <= 51


def test_a_mirror_that_hangs_or_fails_is_nobodys_business(world: World) -> None:
    world.serve("blue")
    green = world.serve("green")
    world.stand(mirror_traffic={"green": 100})
    assert world.ask(b"500").status_code == 500
    green.await_request()
    gateway = world.gateways._state("houses").remembered()
    assert gateway
    uri = f"http://127.0.0.1:{gateway.port}/score"
    world.models["blue"].go.set()
    assert requests.post(uri, data=b"wait", timeout=PATIENCE).text == "blue"
    green.await_request()
    assert control.under_way(gateway, "green-1", 0) == 1
    green.stop()
    assert world.ask(b"1,2").text == "blue"


def test_who_names_a_deployment_speaks_to_that_one_alone(world: World) -> None:
    world.serve("blue")
    green = world.serve("green")
    world.stand(mirror_traffic={"green": 100})
    assert world.ask(b"named", **{DEPLOYMENT: "blue"}).text == "blue"
    assert world.ask(b"split").text == "blue"
    green.await_request()
    assert green.bodies == [b"split"]


def test_large_requests_are_mirrored_within_bounds(world: World, home: Path) -> None:
    world.serve("blue")
    green = world.serve("green")
    world.stand(mirror_traffic={"green": 100})
    for size in (6, 9, 6):
        assert world.ask(b"x" * size * 1024 * 1024).text == "blue"
    green.await_request()
    green.await_request()
    assert {len(each) // 1024**2 for each in green.bodies} == {6}
    (gateway,) = (
        each
        for each in psutil.process_iter(["cmdline"])
        if str(home) in str(each.info["cmdline"]) and "supervisor" not in str(each.info["cmdline"])
    )
    assert gateway.memory_info().rss < 64 * 1024**2


# What is collected, whether Azure is simulated or not

PAYLOADS = {"collections": {name: {"enabled": True} for name in ("request", "response")}}
TEXT = {"Content-Type": "text/plain"}


def collected(world: World, collection: str, correlation: str) -> dict[str, Any]:
    """Once it is written: the answer does not wait for that."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        for file in (world.home / "modelDataCollector/houses/blue" / collection).rglob("*.jsonl"):
            for line in file.read_text().splitlines():
                if (said := json.loads(line))["correlationid"] == correlation:
                    return dict(said)
        time.sleep(0.02)
    raise AssertionError(f"{collection} has nothing of {correlation}")


@pytest.mark.parametrize(("simulate", "status"), [(True, "424"), (False, "500")])
def test_what_a_client_sees_is_collected(world: World, simulate: bool, status: str) -> None:
    world.collector = PAYLOADS
    blue = world.serve("blue")
    world.stand(simulate=simulate)
    assert world.ask(b"500", **TEXT, **{"x-request-id": "mine"}).status_code == int(status)
    (correlation,) = blue.ids
    assert correlation and (correlation == "mine") is not simulate
    asked = collected(world, "request", correlation)
    assert (asked["data"], asked["path"], asked["method"]) == ("500", "/score", "POST")
    answered = collected(world, "response", correlation)
    assert answered["statuscode"] == status


def test_what_does_not_fit_in_memory_passes_and_is_told(world: World) -> None:
    world.collector = PAYLOADS
    world.serve("blue")
    world.stand()
    known = {**TEXT, "x-request-id": f"large-{uuid4()}"}
    assert world.ask(b"x" * 20 * 1024**2, **known).text == "blue"
    assert collected(world, "response", known["x-request-id"])
    log = world.home / "gateways/houses.process/run/server.log"
    assert "POST /score is not collected whole" in log.read_text()
    small = {**TEXT, "x-request-id": f"small-{uuid4()}"}
    assert world.ask(b"x" * 15 * 1024**2, **small).text == "blue"
    assert collected(world, "request", small["x-request-id"])["datainblob"] == "true"
