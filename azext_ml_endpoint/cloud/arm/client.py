"""The only door to Azure Resource Manager: azure-core's pipeline, its errors made ours."""

from __future__ import annotations

import json
import logging
import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError
from azure.core.pipeline import Pipeline, PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import (
    HTTPPolicy,
    RequestIdPolicy,
    RetryPolicy,
    UserAgentPolicy,
)
from azure.core.pipeline.transport import (
    HttpRequest,
    HttpResponse,
    HttpTransport,
    RequestsTransport,
)
from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy

from azext_ml_endpoint._version import VERSION
from azext_ml_endpoint.bounded import MEGABYTE, BoundedSession
from azext_ml_endpoint.cloud import hosts
from azext_ml_endpoint.cloud.arm import errors
from azext_ml_endpoint.cloud.arm.body import Body, checked, items
from azext_ml_endpoint.cloud.contract import Client, Json, Response
from azext_ml_endpoint.cloud.guarded_logs import guard_logs
from azext_ml_endpoint.cloud.redaction import redact
from azext_ml_endpoint.cloud.workspace import Workspace
from azext_ml_endpoint.errors import (
    EndpointError,
    Interrupted,
    MissingResourceError,
    ServiceError,
)

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

API_VERSION = "2025-12-01"
"""The oldest stable one with every operation that is used; az config can name another."""

_CONNECT_SECONDS = 4.0
_READ_SECONDS = 90.0
"""ARM itself gives up on a resource provider after a minute."""
_PATIENCE_SECONDS = 300.0
"""A Retry-After above this is an error: nobody sits before a terminal for longer unasked."""
_LONG_SECONDS = 5.0
"""A silence of this length is explained."""
_MOST_BYTES = 32 * MEGABYTE
"""Of an answer. ARM's own are smaller than its limit for requests, 4 MB; logs may be longer."""
_MOST_PAGES = 10_000
_EVERY_METHOD = frozenset({"GET", "PUT", "PATCH", "DELETE", "POST"})
_ONCE = ("regenerateKeys",)
"""What must not be done twice: the answer of the first try may just have been lost."""

_logger = logging.getLogger(__name__)
_teller = logging.getLogger("cli.azext_ml_endpoint")
"""Below "cli", warnings are shown without --debug."""


class ArmClient:
    """:class:`~azext_ml_endpoint.cloud.contract.Arm`; see there.

    base_url: of the cloud's resource manager, such as ``https://management.azure.com``.
    scope: of its tokens; by default that of base_url.
    transport: azure-core's; tests bring their own.
    pause: waits so many seconds and answers whether the command has been cancelled.
    """

    def __init__(
        self,
        credential: TokenCredential,
        workspace: Workspace,
        *,
        base_url: str = "https://management.azure.com",
        scope: str | None = None,
        api_version: str = API_VERSION,
        verify: bool = True,
        transport: HttpTransport[HttpRequest, HttpResponse] | None = None,
        pause: Callable[[float], bool] | None = None,
    ) -> None:
        guard_logs()
        self._base_url = base_url.rstrip("/")
        self._host = urlsplit(base_url).netloc
        self._workspace = workspace
        self._api_version = api_version
        self._cancelled = threading.Event()
        self._transport = transport or _transport(verify)
        self._transport.open()
        self._credential, self._scope = credential, scope or f"{self._base_url}/.default"
        self._policies: list[Any] = [
            RequestIdPolicy(),
            UserAgentPolicy(f"az-ml-endpoint/{VERSION}"),
            _Retries(pause or self._cancelled.wait),
            ARMChallengeAuthenticationPolicy(credential, self._scope),
            _RequestLog(),
        ]  # redirects are not among them: bodies and tokens go where they were meant to go
        self._pipeline = Pipeline[HttpRequest, HttpResponse](self._transport, self._policies)

    @property
    def api_version(self) -> str:
        return self._api_version

    def get(self, path: str, query: Mapping[str, str] | None = None) -> Response:
        return self._send("GET", path, query=query)

    def find(self, path: str, query: Mapping[str, str] | None = None) -> Json | None:
        """Raises MissingResourceError too, where not even the workspace exists."""
        try:
            return self.get(path, query).body
        except MissingResourceError as error:
            if errors.workspace_is_missing(error):
                raise
            return None

    def pages(self, path: str, query: Mapping[str, str] | None = None) -> list[Json]:
        answer = self.get(path, query)
        found: list[Json] = [*items(answer.body, path)]
        followed: set[str] = set()
        while link := answer.body.get("nextLink"):
            self._require_new(link, followed)
            answer = self.get(link)
            found += items(answer.body, path)
        return found

    def put(self, path: str, body: Json) -> Response:
        return self._send("PUT", path, body)

    def patch(self, path: str, body: Json) -> Response:
        return self._send("PATCH", path, body)

    def post(self, path: str, body: Json | None = None) -> Response:
        return self._send("POST", path, body)

    def delete(self, path: str) -> Response:
        return self._send("DELETE", path)

    @contextmanager
    def library_client(self, kind: Callable[..., Client], path: str) -> Iterator[Client]:
        try:
            yield kind(
                self._credential,
                self._workspace.subscription,
                base_url=self._base_url,
                credential_scopes=[self._scope],
                policies=self._policies,
                transport=self._transport,
            )
        except AzureError as error:
            raise _ours(error, self._base_url, path) from error

    def cancel(self) -> None:
        """Running requests end at their next pause, and no other one starts."""
        self._cancelled.set()

    def _send(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        *,
        query: Mapping[str, str] | None = None,
    ) -> Response:
        if self._cancelled.is_set():
            raise Interrupted("Interrupted before Azure was asked for more.")
        request = HttpRequest(method, self._url(path, query))
        request.headers["Accept"] = "application/json"
        if body is not None:
            request.headers["Content-Type"] = "application/json"
            request.set_bytes_body(json.dumps(body, ensure_ascii=False).encode())
        elif method == "POST":
            request.headers["Content-Length"] = "0"
        return self._read(method, path, self._response(request))

    def _response(self, request: HttpRequest) -> HttpResponse:
        options: dict[str, Any] = {"retry_on_methods": _EVERY_METHOD}
        if urlsplit(request.url).path.endswith(_ONCE):
            options = {"retry_total": 0}
        try:
            return self._pipeline.run(request, **options).http_response
        except AzureError as error:
            raise _ours(error, request.url) from error

    def _read(self, method: str, path: str, response: HttpResponse) -> Response:
        status = int(response.status_code or 0)
        if status >= 300:
            raise _refusal(method, path, response)
        body = errors.parsed(response.body(), lambda data: Body(data, path))
        if isinstance(body, Body) or body is None:
            known = checked(body or Body({}, path), path)
            return Response(status=status, body=known, headers=_headers(response))
        raise errors.not_json(self._host, status, str(body))

    def _url(self, path: str, query: Mapping[str, str] | None) -> str:
        url = quote(self._absolute(path), safe="/:?&=%$,;@()+!*'~#")
        given = {name.lower() for name in parse_qs(urlsplit(url).query)}
        added = dict(query or {})
        if "api-version" not in given:
            added.setdefault("api-version", self._api_version)
        if not added:
            return url
        return f"{url}{'&' if given else '?'}{urlencode(added, quote_via=quote)}"

    def _absolute(self, path: str) -> str:
        if path.startswith("/"):
            return f"{self._base_url}{path}"
        if "://" not in path:
            return f"{self._base_url}{self._workspace.id}{'/' if path else ''}{path}"
        hosts.require_arm(path, self._host)  # a token is for ARM alone
        return path

    def _require_new(self, link: str, followed: set[str]) -> None:
        """Pages may be many, but lead on. Raises ServiceError."""
        if link in followed or len(followed) >= _MOST_PAGES:
            what = "in a circle" if link in followed else f"over more than {_MOST_PAGES} pages"
            raise ServiceError(
                f"Azure Resource Manager at {self._host} leads {what} of a list; it is left there.",
                code="EndlessList",
            )
        followed.add(link)


def _transport(verify: bool) -> HttpTransport[HttpRequest, HttpResponse]:
    transport: HttpTransport[HttpRequest, HttpResponse] = RequestsTransport(
        session=BoundedSession(_MOST_BYTES, ServiceError),
        session_owner=False,
        connection_timeout=_CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
        connection_verify=verify,
    )
    return transport


class _Retries(RetryPolicy[HttpRequest, HttpResponse]):
    """azure-core's rules of when to try again, but pauses that can be cut off."""

    def __init__(self, pause: Callable[[float], bool]) -> None:
        # Three connections of four seconds: who cannot reach ARM knows it after about 15 s.
        super().__init__(retry_connect=2, retry_read=2, retry_status=5)
        self._pause = pause

    def get_retry_after(self, response: PipelineResponse[Any, Any]) -> float | None:
        """None too for what is neither a number of seconds nor a date."""
        try:
            asked = super().get_retry_after(response)
        except (ValueError, TypeError, ArithmeticError):
            return None
        return asked if asked is not None and math.isfinite(asked) else None

    def is_retry(self, settings: dict[str, Any], response: PipelineResponse[Any, Any]) -> bool:
        """Not for 409, Retry-After or not: the driver says who is in the way, and waits."""
        if response.http_response.status_code == 409:
            return False
        if (self.get_retry_after(response) or 0) > _PATIENCE_SECONDS:
            return False
        return super().is_retry(settings, response)

    def sleep(
        self,
        settings: dict[str, Any],
        transport: object,  # noqa: ARG002 -- it would sleep and could not be woken
        response: PipelineResponse[Any, Any] | None = None,
    ) -> None:
        asked = self.get_retry_after(response) if response else None
        seconds = asked or self.get_backoff_time(settings)
        if seconds >= _LONG_SECONDS:
            _teller.warning("Azure is busy; asking again in %.0f s.", seconds)
        if self._pause(seconds):
            raise Interrupted("Interrupted while waiting for Azure to take the request.")


class _RequestLog(HTTPPolicy[HttpRequest, HttpResponse]):
    """One line at --debug for every try. No bodies: they hold keys and variables."""

    def send(
        self, request: PipelineRequest[HttpRequest]
    ) -> PipelineResponse[HttpRequest, HttpResponse]:
        began, outcome = time.perf_counter(), "no answer"
        try:
            response = self.next.send(request)
            headers = response.http_response.headers
            outcome = (
                f"{response.http_response.status_code}, correlation id"
                f" {headers.get('x-ms-correlation-request-id', '-')}"
            )
            return response
        finally:
            _logger.debug(
                "%s %s: %s, %.0f ms",
                request.http_request.method,
                redact(request.http_request.url),
                outcome,
                (time.perf_counter() - began) * 1000,
            )


def _ours(error: AzureError, url: str, path: str = "") -> EndpointError:
    """For one of azure-core's. path: what a library has PUT: refusals too are exceptions there."""
    host, told = urlsplit(url).netloc, redact(error.message)
    if isinstance(error, HttpResponseError) and error.response is not None:
        return _refusal("PUT", path, error.response)
    if isinstance(error, ClientAuthenticationError):
        return errors.no_token(told)
    if isinstance(error, HttpResponseError):
        return ServiceError(f"The answer of {host} broke off: {told}")
    return errors.unreachable(host, told)


def _refusal(method: str, path: str, response: Any) -> EndpointError:
    status, body = int(response.status_code or 0), errors.parsed(response.body())
    if status < 400:
        host = urlsplit(str(response.request.url)).netloc
        return errors.redirected(host, status, str(response.headers.get("location", "")))
    return errors.refused(method, path, status, body, _headers(response))


def _headers(response: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}
