"""Why an instance is not ready, as far as its answers tell."""

from __future__ import annotations

import pytest

from azext_ml_endpoint.document.model import Route
from azext_ml_endpoint.local.diagnosis import unready
from azext_ml_endpoint.local.runtime import SERVER_PORT, Instance

LIVE, READY = Route(port=8080, path="/live"), Route(port=8081, path="/ready")
INSTANCE = Instance(
    id="blue-1",
    endpoint="houses",
    deployment="blue",
    promoted=False,
    state="running",
    ports={8080: 32001, 8081: 32002, SERVER_PORT: 32003},
)


def explain(ready: int | None, refused: bool = False, *routes: Route) -> tuple[str, str]:
    """The first of the routes is answered with 200 where there are several."""
    statuses = iter([200, ready] if len(routes) != 1 else [ready])
    return unready.explain(
        INSTANCE, routes or (LIVE, READY), lambda _: next(statuses), lambda _: refused
    )


@pytest.mark.parametrize("status", [404, 401, 405])
def test_a_route_that_is_refused_for_good_is_to_be_corrected(status: int) -> None:
    why, step = explain(status)
    assert why == f"http://127.0.0.1:32002/ready answers {status}."
    assert step == "Correct liveness_route and readiness_route of inference_config."


@pytest.mark.parametrize("status", [503, 500, 429])
def test_a_server_that_says_it_is_not_ready_may_need_time(status: int) -> None:
    why, step = explain(status)
    assert why == f"http://127.0.0.1:32002/ready answers {status}."
    assert step == "If init() needs longer, raise --timeout."


def test_the_routes_of_the_inference_server_are_right() -> None:
    assert "--timeout" in explain(404, False, Route(port=SERVER_PORT, path="/"))[1]


def test_a_port_at_which_nobody_listens_is_another_machines() -> None:
    why, step = explain(None, True)
    assert why == "Nothing listens at http://127.0.0.1:32002/ready, though its container runs."
    assert "docker run --network host" in step


@pytest.mark.parametrize(
    ("routes", "refused"),
    [((LIVE, READY), False), ((READY,), False), ((Route(port=1, path="/"),), True)],
)
def test_of_silence_nothing_is_known(routes: tuple[Route, ...], refused: bool) -> None:
    assert explain(None, refused, *routes) == ("", "If init() needs longer, raise --timeout.")
