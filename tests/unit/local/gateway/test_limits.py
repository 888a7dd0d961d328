"""Who is let through to a deployment, who waits, and who is sent away."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from azext_ml_endpoint.local.gateway.limits import Gate, Limits, Opener, Ticket, digest, refused

ONE = Limits(timeout=5.0, running=1, queue=0.5)
TWO = Limits(timeout=5.0, running=2, queue=0.5)


@dataclass
class World:
    """A gate whose clock stands until somebody moves it."""

    now: float = 100.0
    called: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.gate = Gate(lambda: self.now)

    def enter(self, name: str, limits: Limits = ONE) -> Ticket | None:
        return self.gate.enter(limits, lambda: self.called.append(name))

    def let_in(self, name: str, limits: Limits = ONE) -> Ticket:
        ticket = self.enter(name, limits)
        assert ticket is not None
        return ticket


@pytest.fixture
def world() -> World:
    return World()


def test_as_many_as_may_run_side_by_side_are_served_at_once(world: World) -> None:
    assert [world.let_in(name, TWO).served for name in "abc"] == [True, True, False]
    assert world.called == []


def test_as_many_may_wait_and_no_more(world: World) -> None:
    assert [world.enter(name, TWO) is not None for name in "abcde"] == [True] * 4 + [False]


def test_the_first_who_waits_is_next(world: World) -> None:
    first, _ = world.let_in("a", TWO), world.let_in("b", TWO)
    third, fourth = world.let_in("c", TWO), world.let_in("d", TWO)
    world.gate.leave(first)
    assert (third.served, fourth.served, world.called) == (True, False, ["c"])
    world.gate.leave(third)
    assert (fourth.served, world.called) == (True, ["c", "d"])


def test_who_has_waited_too_long_is_passed_over(world: World) -> None:
    first, second = world.let_in("a", TWO), world.let_in("b", TWO)
    late = world.let_in("c", TWO)
    world.now += 0.4
    patient = world.let_in("d", TWO)
    world.now += 0.2
    world.gate.leave(first)
    assert (late.served, patient.served) == (False, True)
    world.gate.leave(late)
    world.gate.leave(second)
    world.gate.leave(patient)
    assert world.gate.empty


def test_who_gives_up_makes_room_for_another_one(world: World) -> None:
    running, waiting = world.let_in("a"), world.let_in("b")
    assert world.enter("c") is None
    world.gate.leave(waiting)
    assert world.enter("d") is not None
    world.gate.leave(running)
    assert world.called == ["d"]


def test_without_a_queue_nobody_waits(world: World) -> None:
    at_once = Limits(timeout=5.0, running=1, queue=0.0)
    assert world.enter("a", at_once) is not None
    assert world.enter("b", at_once) is None


def test_a_gate_that_all_have_left_is_empty(world: World) -> None:
    ticket = world.let_in("a")
    assert not world.gate.empty
    world.gate.leave(ticket)
    assert world.gate.empty


# What opens an endpoint

KEYS = (Opener(digest("key")), Opener(digest("other key")))
TOKENS = (Opener(digest("late"), until=900.0), Opener(digest("token"), until=1000.0))
NO_KEY = (403, "key_auth_bad_header_forbidden")
WRONG_KEY = (401, "key_auth_access_denied")
NO_TOKEN = (401, "Jwt is missing")
WRONG_TOKEN = (401, "Jwt issuer is not configured")
LATE_TOKEN = (401, "Jwt is expired")


@pytest.mark.parametrize(
    ("authorization", "wanted"),
    [
        ("Bearer key", None),
        ("bearer key", None),
        ("Bearer  other key ", None),
        ("Bearer token", WRONG_KEY),
        ("Bearer Key", WRONG_KEY),
        ("Bearer k\udcffey", WRONG_KEY),
        ("Bearer ", NO_KEY),
        ("Basic key", NO_KEY),
        ("key", NO_KEY),
        ("", NO_KEY),
        (None, NO_KEY),
    ],
)
def test_a_key_opens_as_a_bearer_and_for_ever(
    authorization: str | None, wanted: tuple[int, str] | None
) -> None:
    assert [refused(KEYS, authorization, now) for now in (0.0, 1e12)] == [wanted, wanted]


@pytest.mark.parametrize(
    ("authorization", "now", "wanted"),
    [
        ("Bearer token", 999.0, None),
        ("Bearer late", 899.0, None),
        ("Bearer late", 900.0, LATE_TOKEN),
        ("Bearer token", 1000.0, LATE_TOKEN),
        ("Bearer key", 0.0, WRONG_TOKEN),
        ("Basic token", 0.0, NO_TOKEN),
        (None, 0.0, NO_TOKEN),
    ],
)
def test_a_token_opens_for_its_time(
    authorization: str | None, now: float, wanted: tuple[int, str] | None
) -> None:
    assert refused(TOKENS, authorization, now) == wanted


def test_nothing_opens_what_nothing_opens() -> None:
    assert refused([], "Bearer key", 0.0) == WRONG_KEY
    assert refused([], None, 0.0) == NO_KEY
