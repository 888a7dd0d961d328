"""The keys and tokens that open a local endpoint which simulates Azure.

They are made once, and kept beside what the gateway knows, for their owner only; the gateway is
told their digests.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from azext_ml_endpoint import disk, foreign_json
from azext_ml_endpoint.local.gateway.limits import Opener, digest

FILE = "credentials.json"
LIFETIME, REFRESH = 24 * 3600, 12 * 3600
"""Seconds that an Azure ML token opens an endpoint, and after which another one is given out."""
_BYTES = 24


@dataclass(frozen=True)
class Token:
    """expires: seconds since the epoch."""

    text: str
    expires: int

    @classmethod
    def new(cls, now: float) -> Token:
        return cls(secrets.token_urlsafe(2 * _BYTES), int(now) + LIFETIME)

    @property
    def refresh(self) -> int:
        return self.expires - LIFETIME + REFRESH


@dataclass(frozen=True)
class Credentials:
    primary: str
    secondary: str
    tokens: tuple[Token, ...] = ()

    @classmethod
    def new(cls) -> Credentials:
        return cls(secrets.token_urlsafe(_BYTES), secrets.token_urlsafe(_BYTES))

    def openers(self, auth_mode: str) -> tuple[Opener, ...]:
        if auth_mode == "key":
            return tuple(Opener(digest(each)) for each in (self.primary, self.secondary))
        return tuple(Opener(digest(each.text), float(each.expires)) for each in self.tokens)

    def with_token(self, now: float) -> Credentials:
        """The newest token, last, is good for some time; those that have expired are gone."""
        left = tuple(each for each in self.tokens if each.expires > now)
        if left and left[-1].refresh > now:
            return replace(self, tokens=left)
        return replace(self, tokens=(*left, Token.new(now)))

    def regenerated(self, key_type: str) -> Credentials:
        """key_type: ``primary`` or ``secondary``."""
        fresh = secrets.token_urlsafe(_BYTES)
        if key_type == "primary":
            return replace(self, primary=fresh)
        return replace(self, secondary=fresh)

    def shown(self, auth_mode: str) -> dict[str, Any]:
        """As Azure answers. There is a token, where tokens open."""
        if auth_mode == "key":
            return {"primaryKey": self.primary, "secondaryKey": self.secondary}
        token = self.tokens[-1]
        return {
            "accessToken": token.text,
            "tokenType": "Bearer",
            "expiryTimeUtc": token.expires,
            "refreshAfterTimeUtc": token.refresh,
        }

    def bearer(self, auth_mode: str) -> str:
        return self.primary if auth_mode == "key" else self.tokens[-1].text


def kept(folder: Path, now: float) -> Credentials:
    """Those of an endpoint, with a token. They are made where there are none, or none to be read.

    Raises FileAccessError.
    """
    before = _read(folder / FILE)
    after = (before or Credentials.new()).with_token(now)
    if after != before:
        keep(folder, after)
    return after


def keep(folder: Path, credentials: Credentials) -> None:
    """Raises FileAccessError."""
    disk.put(folder / FILE, json.dumps(asdict(credentials)))


def _read(file: Path) -> Credentials | None:
    try:
        said = foreign_json.loads(disk.read_own(file))
        tokens = tuple(map(_token, said["tokens"]))
        return Credentials(_text(said["primary"]), _text(said["secondary"]), tokens)
    except (OSError, ValueError, LookupError, TypeError):
        return None


def _token(said: Mapping[str, Any]) -> Token:
    return Token(_text(said["text"]), int(said["expires"]))


def _text(value: object) -> str:
    """Raises ValueError."""
    if not isinstance(value, str) or not value:
        raise ValueError(value)
    return value
