"""What opens a scoring URI: keys and Azure ML tokens."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from tests.simulator.message import Json
from tests.simulator.refusal import Refusal

LIFETIME, REFRESH = 24 * 3600, 12 * 3600


class Keys:
    """Credentials by endpoint id."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._keys: dict[str, dict[str, str]] = {}
        self._tokens: dict[str, tuple[str, float]] = {}

    def create(self, endpoint_id: str, chosen: Json) -> None:
        """chosen: ``primaryKey`` and ``secondaryKey`` that the client wants to have."""
        fresh = {name: secrets.token_urlsafe(32) for name in ("primaryKey", "secondaryKey")}
        self._keys[endpoint_id.lower()] = fresh | chosen

    def of(self, endpoint_id: str) -> dict[str, str]:
        return dict(self._keys[endpoint_id.lower()])

    def set(self, endpoint_id: str, name: str, value: str | None) -> None:
        """name: ``primaryKey`` or ``secondaryKey``. value: None for a fresh one."""
        self._keys[endpoint_id.lower()][name] = value or secrets.token_urlsafe(32)

    def remove(self, endpoint_id: str) -> None:
        self._keys.pop(endpoint_id.lower(), None)

    def token(self, endpoint_id: str) -> Json:
        """An Azure ML token, as the service gives it out."""
        now = self._clock()
        text = f"aml-{secrets.token_urlsafe(48)}"
        self._tokens[text] = (endpoint_id.lower(), now + LIFETIME)
        return {
            "accessToken": text,
            "tokenType": "Bearer",
            "expiryTimeUtc": int(now) + LIFETIME,
            "refreshAfterTimeUtc": int(now) + REFRESH,
        }

    def check_key(self, endpoint_id: str, key: str | None) -> None:
        """Raises what was pasted: 403 for who sends no ``Authorization: Bearer``
        (learn.microsoft.com/answers/questions/2110416), 401 for another key (azure-docs#98265).
        """
        if key is None:
            raise Refusal(403, "Forbidden", "key_auth_bad_header_forbidden")
        if key not in self._keys[endpoint_id.lower()].values():
            raise Refusal(401, "Unauthorized", "key_auth_access_denied")

    def check_token(self, endpoint_id: str, token: str | None) -> None:
        """Raises a 401. Pasted were the words for somebody else's token
        (learn.microsoft.com/answers/questions/1295711), which are Envoy's; its others are assumed.
        """
        endpoint, expires = self._tokens.get(token or "", ("", 0))
        if token is None:
            raise Refusal(401, "Unauthorized", "Jwt is missing")
        if endpoint != endpoint_id.lower():
            raise Refusal(401, "Unauthorized", "Jwt issuer is not configured")
        if expires <= self._clock():
            raise Refusal(401, "Unauthorized", "Jwt is expired")
