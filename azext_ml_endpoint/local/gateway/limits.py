"""What Azure lets through to a deployment, and who waits for it: rules without any network.

A part of the gateway's program; it imports nothing but the standard library.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass

MOST_BYTES = 10 * 1024 * 1024
"""Of a request to a managed online endpoint. Believed: the pages of today give no figure, those
of 2021 gave 1.5 MB."""
_SCHEME = "bearer"
_UNAUTHORIZED, _FORBIDDEN = 401, 403


@dataclass(frozen=True)
class Limits:
    """Of one deployment. timeout: seconds for a request, its waiting included.

    running: requests that are answered side by side. queue: seconds that another one may wait.
    """

    timeout: float
    running: int
    queue: float

    @property
    def most(self) -> int:
        """As many may wait as run: "Troubleshoot online endpoints", status 429."""
        return 2 * self.running


@dataclass(frozen=True)
class Opener:
    """A key or a token, by its SHA-256. until: seconds since the epoch; None is for ever."""

    digest: str
    until: float | None = None


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def refused(
    openers: Sequence[Opener], authorization: str | None, now: float
) -> tuple[int, str] | None:
    """The status and the words with which Azure refuses it; None where one of them opens.

    authorization: the header's value; keys and tokens alike are bearers. Pasted answers of the
    service: a key that is none (azure-docs#98265), a client that sends no such header
    (learn.microsoft.com/answers/questions/2110416), somebody else's token (…/1295711). The last
    one's words are Envoy's, whose others are believed to be the service's too.
    """
    secret = _bearer(authorization)
    mine = digest(secret or "")
    found = [each for each in openers if secret and hmac.compare_digest(each.digest, mine)]
    if any(each.until is None or each.until > now for each in found):
        return None
    if all(each.until is None for each in openers):
        return _of_key(secret)
    return _of_token(secret, is_late=bool(found))


def _of_key(secret: str | None) -> tuple[int, str]:
    if secret is None:
        return _FORBIDDEN, "key_auth_bad_header_forbidden"
    return _UNAUTHORIZED, "key_auth_access_denied"


def _of_token(secret: str | None, *, is_late: bool) -> tuple[int, str]:
    if secret is None:
        return _UNAUTHORIZED, "Jwt is missing"
    return _UNAUTHORIZED, "Jwt is expired" if is_late else "Jwt issuer is not configured"


def _bearer(authorization: str | None) -> str | None:
    scheme, _, secret = (authorization or "").partition(" ")
    return secret.strip() or None if scheme.lower() == _SCHEME else None


@dataclass(eq=False)
class Ticket:
    """One request. served: whether its turn has come. until: when it has waited long enough."""

    until: float
    call: Callable[[], object]
    served: bool = False


class Gate:
    """Before one instance of a deployment. clock: seconds, from anywhere on."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._running = 0
        self._waiting: list[Ticket] = []

    @property
    def empty(self) -> bool:
        return not (self._running or self._waiting)

    def enter(self, limits: Limits, call: Callable[[], object]) -> Ticket | None:
        """None where too many are there. call: once its turn has come, if it has to wait."""
        ticket = Ticket(self._clock() + limits.queue, call)
        if self._running < limits.running:
            self._serve(ticket)
        elif self._running + len(self._waiting) < limits.most and limits.queue > 0:
            self._waiting.append(ticket)
        else:
            return None
        return ticket

    def leave(self, ticket: Ticket) -> None:
        """Whoever has waited longest is next, but for those who have waited too long."""
        if not ticket.served:
            self._waiting.remove(ticket)
            return
        self._running -= 1
        now = self._clock()
        following = next((each for each in self._waiting if each.until > now), None)
        if following:
            self._waiting.remove(following)
            self._serve(following)
            following.call()

    def _serve(self, ticket: Ticket) -> None:
        ticket.served = True
        self._running += 1
