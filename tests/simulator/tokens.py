"""Access tokens of Microsoft Entra ID, as far as who asks with one can tell."""

from __future__ import annotations

import base64
import json
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass

from tests.simulator.refusal import Refusal
from tests.simulator.world import TENANT


@dataclass(frozen=True)
class Token:
    """``audience`` without a slash at its end; ``expires`` by the simulator's clock."""

    audience: str
    expires: float


class Tokens:
    """Hands out tokens and knows them again. They have a JWT's shape, as some clients look in."""

    def __init__(self, clock: Callable[[], float], lifetime: float = 3600) -> None:
        self.lifetime = lifetime
        self._clock = clock
        self._issued: dict[str, Token] = {}
        self._lock = threading.Lock()

    def issue(self, resource: str, lifetime: float | None = None) -> str:
        """A token for a resource or scope such as ``https://ml.azure.com/.default``."""
        audience = resource.removesuffix(".default").rstrip("/")
        expires = self._clock() + (self.lifetime if lifetime is None else lifetime)
        claims = {
            "aud": audience,
            "exp": int(expires),
            "iat": int(self._clock()),
            "nbf": int(self._clock()),
            "iss": f"https://sts.windows.net/{TENANT}/",
            "tid": TENANT,
            "oid": "00000000-0000-0000-0000-0000000000cc",
        }
        text = ".".join([_part({"alg": "none", "typ": "JWT"}), _part(claims), secrets.token_hex(8)])
        with self._lock:
            self._issued[text] = Token(audience, expires)
        return text

    def revoke(self) -> None:
        """Forgets every token: whoever comes with one must get another."""
        with self._lock:
            self._issued.clear()

    def check(self, token: str | None, *audiences: str) -> None:
        """Raises a 401 unless ``token`` is one for one of the audiences, and not expired."""
        if token is None:
            raise _unauthorized("AuthenticationFailed", "The 'Authorization' header is missing.")
        with self._lock:
            known = self._issued.get(token)
        if known is None:
            raise _unauthorized("InvalidAuthenticationToken", "The access token is invalid.")
        if known.audience not in audiences:
            raise _unauthorized(
                "InvalidAuthenticationTokenAudience",
                f"The access token has been obtained for wrong audience or resource "
                f"'{known.audience}'. It should exactly match with one of the allowed audiences "
                f"'{','.join(audiences)}'.",
            )
        if known.expires <= self._clock():
            raise _unauthorized("ExpiredAuthenticationToken", "The access token has expired.")


def _part(claims: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")


def _unauthorized(code: str, message: str) -> Refusal:
    challenge = (
        f'Bearer authorization_uri="https://login.microsoftonline.com/{TENANT}", '
        f'error="invalid_token", error_description="{message}"'
    )
    return Refusal(401, code, message, headers={"www-authenticate": challenge})
