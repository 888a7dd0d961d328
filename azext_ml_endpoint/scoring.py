"""Calling a scoring URI: one request, never repeated, the answer as it came."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, Protocol
from urllib.parse import urlsplit, urlunsplit

from azext_ml_endpoint import foreign_json
from azext_ml_endpoint.errors import BrokenAnswerError, ScoringError

if TYPE_CHECKING:
    import requests

_CONNECT_SECONDS = 5.0
_SHOWN = 2000
"""Characters of what is said of an error."""
_MOST_BYTES = 256 << 20
"""Of an answer."""
_CHUNK = 1 << 16
_SAME_SECONDS = 0.001
DEPLOYMENT = "azureml-model-deployment"
"""The header that asks for a deployment, and that says which one has answered."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """``headers`` beside the content type; ``body`` goes out as it is.

    path: in place of the scoring URI's.
    """

    body: bytes
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    method: Literal["GET", "POST"] = "POST"
    path: str | None = None

    @property
    def authorized(self) -> bool:
        """Whether it brings what opens the endpoint."""
        return any(name.lower() == "authorization" for name in self.headers)

    def uri(self, scoring_uri: str) -> str:
        """Where it goes."""
        if self.path is None:
            return scoring_uri
        return urlunsplit((*urlsplit(scoring_uri)[:2], self.path, "", ""))


DESCRIPTION = Request(body=b"", method="GET", path="/swagger.json")
"""Asks a deployment what requests it takes. In Azure too it is at this path."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """``headers`` with names in lower case. began: when it was asked, by ``time.perf_counter``.

    arrivals: how many bytes of the body had come, and when, by the same clock.
    """

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    began: float = 0.0
    arrivals: Sequence[tuple[int, float]] = ()

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

Read = Callable[[Answer, Iterator[bytes]], bytes]
"""Reads a body: gets the answer without it, and its pieces as they arrive. What it returns becomes
the answer's body."""

Call = Callable[[Read], Answer]
"""Sends one and the same request, each time it is called. Raises ScoringError likewise."""

Connect = Callable[[], contextlib.AbstractContextManager[Call]]
"""For whoever calls often: a connection of its own, which is kept alive. It is not shared."""


def whole(head: Answer, pieces: Iterable[bytes]) -> bytes:
    """As :data:`Read`. Raises ScoringError for more than 256 MB."""
    from azext_ml_endpoint import bounded

    del head  # whatever it says
    return bounded.joined(pieces, _MOST_BYTES, ScoringError)


class Score(Protocol):
    def __call__(self, uri: str, request: Request, *, timeout: float, read: Read = whole) -> Answer:
        """Sends once. A failed run must not run the user's code again, so there are no retries.

        timeout: seconds to wait for the answer, and for each piece of it.
        Raises ScoringError when there is no answer; an answer with an error status is an answer.
        """


@contextlib.contextmanager
def connected(*, proxies: bool = True, verify: bool = True) -> Iterator[Score]:
    """Keeps its connections alive; for one thread.

    proxies: whether the environment's proxies apply; never for a server on this machine.
    verify: whether certificates are verified.
    """
    with _session(proxies) as session:

        def score(uri: str, request: Request, *, timeout: float, read: Read = whole) -> Answer:
            began, uri = time.perf_counter(), request.uri(uri)
            with _translated(uri, timeout), _posted(session, uri, request, timeout, verify) as sent:
                return _read(sent, read, began)

        yield score


def _posted(
    session: requests.Session, uri: str, request: Request, timeout: float, verify: bool
) -> requests.Response:
    return session.request(
        request.method,
        uri,
        data=request.body,
        headers={"Content-Type": request.content_type, **request.headers},
        timeout=(_CONNECT_SECONDS, timeout),
        allow_redirects=False,
        verify=verify,
        stream=True,
    )


def _read(answer: requests.Response, read: Read, began: float) -> Answer:
    from azext_ml_endpoint import bounded

    headers = {name.lower(): value for name, value in answer.headers.items()}
    head = Answer(status=answer.status_code, body=b"", headers=headers, began=began)
    arrivals: list[tuple[int, float]] = []
    body = read(head, _noted(bounded.arriving(answer), arrivals))
    return replace(head, body=body, arrivals=arrivals)


def _noted(pieces: Iterable[bytes], arrivals: list[tuple[int, float]]) -> Iterator[bytes]:
    """Those of one millisecond are noted once, so that there are never many."""
    count = 0
    for piece in pieces:
        count, now = count + len(piece), time.perf_counter()
        if arrivals and now - arrivals[-1][1] < _SAME_SECONDS:
            now = arrivals.pop()[1]
        arrivals.append((count, now))
        yield piece


def probe(uri: str, *, timeout: float) -> int | None:
    """The status of a GET on this machine, or None when nobody answers within ``timeout``."""
    import requests

    silent = (requests.RequestException, ScoringError)
    with _session(False) as session, contextlib.suppress(*silent):
        answer = session.get(uri, timeout=timeout, allow_redirects=False, stream=True)
        with answer:
            whole(Answer(status=answer.status_code, body=b""), answer.iter_content(_CHUNK))
            return int(answer.status_code)
    return None


@contextlib.contextmanager
def _session(proxies: bool) -> Iterator[requests.Session]:
    """Without a memory: a cookie would bind the next request to who has answered this one."""
    from http.cookiejar import DefaultCookiePolicy

    import requests

    with requests.Session() as session:
        session.trust_env = proxies
        session.auth = _as_it_is
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
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
    except requests.exceptions.ChunkedEncodingError as error:  # of one with a length, too
        raise BrokenAnswerError(
            f"{uri} broke off its answer.",
            "What failed may be in the log of the deployment: see az ml endpoint get-logs. In "
            "Azure, and with --simulate, request_timeout_ms ends an answer that takes longer, too.",
        ) from error
    except requests.ConnectionError as error:
        if "Read timed out" in str(error):  # while the body was read
            raise ScoringError(
                f"{uri} sent no more of its answer for {timeout:g} s.",
                "The scoring script may still be busy; raise --timeout.",
            ) from error
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
