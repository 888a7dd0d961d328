"""Calling a scoring URI: one request, never repeated, the answer as it came."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from azext_ml_endpoint import foreign_json
from azext_ml_endpoint.errors import ScoringError

if TYPE_CHECKING:
    import requests

_CONNECT_SECONDS = 5.0
_SHOWN = 2000
"""Characters of what is said of an error."""
_MOST_BYTES = 256 << 20
"""Of an answer."""
DEPLOYMENT = "azureml-model-deployment"
"""The header that asks for a deployment, and that says which one has answered."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """``headers`` beside the content type; ``body`` goes out as it is."""

    body: bytes
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """``headers`` with names in lower case."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def deployment(self) -> str | None:
        """Who has answered, where that is said."""
        return self.headers.get(DEPLOYMENT)

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", errors="replace").strip()

    @property
    def message(self) -> str:
        """What the inference server says of an error (``{"message": …}``), else all it says.

        Of a page, such as a gateway's, its title.
        """
        try:
            data = foreign_json.loads(self.body)
        except ValueError:
            return _cut(_title(self.text) or self.text)
        told = data["message"] if isinstance(data, dict) and "message" in data else self.text
        return _cut(str(told))

    @property
    def script_failed(self) -> bool:
        """The inference server's word for an exception in run(), whose traceback it has logged."""
        return self.headers.get("x-ms-run-function-failed", "").lower() == "true"


def _title(text: str) -> str:
    _, page, rest = text.partition("<title>")
    return " ".join(rest.partition("</title>")[0].split()) if page else ""


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


Ask = Callable[[str | None, Request], Answer]
"""Calls a deployment by name, or with None whichever the traffic leads to. Raises ScoringError
where there is no answer; one with an error status is an answer."""


def score(
    uri: str, request: Request, *, timeout: float, proxies: bool = True, verify: bool = True
) -> Answer:
    """POSTs once. A failed run must not run the user's code again, so there are no retries.

    timeout: seconds to wait for the answer.
    proxies: whether the environment's proxies apply; never for a server on this machine.
    verify: whether certificates are verified.
    Raises ScoringError when there is no answer; an answer with an error status is an answer.
    """
    with _session(proxies) as session, _translated(uri, timeout):
        answer = session.post(
            uri,
            data=request.body,
            headers={"Content-Type": request.content_type, **request.headers},
            timeout=(_CONNECT_SECONDS, timeout),
            allow_redirects=False,
            verify=verify,
        )
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return Answer(status=answer.status_code, body=answer.content, headers=headers)


def probe(uri: str, *, timeout: float) -> int | None:
    """The status of a GET on this machine, or None when nobody answers within ``timeout``."""
    import requests

    silent = (requests.RequestException, ScoringError)
    with _session(False) as session, contextlib.suppress(*silent):
        return int(session.get(uri, timeout=timeout, allow_redirects=False).status_code)
    return None


@contextlib.contextmanager
def _session(proxies: bool) -> Iterator[requests.Session]:
    from azext_ml_endpoint.bounded import BoundedSession

    with BoundedSession(_MOST_BYTES, ScoringError) as session:
        session.trust_env = proxies
        session.auth = _as_it_is
        yield session


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keeps requests from putting what ~/.netrc says in the place of the key."""
    return request


@contextlib.contextmanager
def _translated(uri: str, timeout: float) -> Iterator[None]:
    import requests

    try:
        yield
    except requests.ConnectTimeout as error:
        raise ScoringError(f"{uri} cannot be reached.", "Is the endpoint running?") from error
    except requests.Timeout as error:
        raise ScoringError(
            f"{uri} gave no answer within {timeout:g} s.",
            "The scoring script may still be busy; raise --timeout.",
        ) from error
    except requests.exceptions.SSLError as error:
        raise ScoringError(
            f"{uri} shows a certificate that is not trusted.",
            "Behind a proxy that inspects TLS, name its CA in REQUESTS_CA_BUNDLE.",
        ) from error
    except requests.exceptions.ProxyError as error:
        raise ScoringError(
            f"{uri} cannot be reached through the proxy.", "Check HTTPS_PROXY and NO_PROXY."
        ) from error
    except requests.ConnectionError as error:
        if "NameResolution" in str(error):
            raise ScoringError(
                f"{uri} cannot be reached: nobody knows its host.",
                "Check the network. A host behind a private endpoint is known in its network only.",
            ) from error
        raise ScoringError(
            f"{uri} closed the connection or refused it.",
            "The scoring server may have crashed: see az ml endpoint get-logs.",
        ) from error
    except (requests.RequestException, UnicodeError) as error:  # a header may be no latin-1
        raise ScoringError(f"{uri}: {error}") from error
