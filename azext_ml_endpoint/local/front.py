"""What the driver asks of whatever stands before an endpoint's deployments, at one address."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from azext_ml_endpoint.errors import UnsupportedError
from azext_ml_endpoint.local.gateway.credentials import Credentials
from azext_ml_endpoint.local.runtime import EndpointRecord, Instance

_SWAGGER = "/swagger.json"
OWN_ANSWER = "ml-endpoint-gateway"
"""The header of an answer that no deployment gave; its value says why."""

See: TypeAlias = Callable[[], tuple[EndpointRecord, Sequence[Instance]]]
"""An endpoint and its promoted instances, as they are at the moment."""


@dataclass(frozen=True)
class Address:
    """Of an endpoint. port: on 127.0.0.1; path: where it scores."""

    port: int
    path: str

    @property
    def scoring_uri(self) -> str:
        return f"http://127.0.0.1:{self.port}{self.path}"

    @property
    def swagger_uri(self) -> str:
        """As in Azure; whether there is anything is the deployment's affair."""
        return f"http://127.0.0.1:{self.port}{_SWAGGER}"


class Front(Protocol):
    """What it cannot do is a warning: the deployments serve by themselves, each at its own port.

    Called from several threads, from commands that change the endpoint and from others.
    """

    def require(self, endpoint: str) -> None:
        """Before anything changes, where a port or more was asked for: refuses what cannot be.

        Raises ConflictError, EnvironmentBuildError, FileAccessError, Interrupted.
        """

    def prepare(self, endpoint: str, see: See) -> None:
        """While something else takes its time. Raises Interrupted."""

    def stand(self, endpoint: str, see: See) -> Address | None:
        """From the next request on it does what is seen; it is started where it does not run.

        None where nothing has been prepared, or nothing can be.
        """

    def standing(self, record: EndpointRecord, instances: Sequence[Instance]) -> Address | None:
        """Where it stands, if it does what was just seen already; nothing is changed.

        None also where that is not sure: then it is to be told.
        """

    def drain(self, instance: Instance) -> None:
        """Waits, for so long and no longer, until the instance answers nobody any more.

        It is no longer among what is seen.
        """

    def credentials(self, endpoint: str) -> Credentials:
        """What opens it where it simulates Azure: always the same, but for tokens.

        Raises FileAccessError.
        """

    def regenerate(self, endpoint: str, key_type: str) -> None:
        """Another key, ``primary`` or ``secondary``; it holds once the front stands again.

        Raises FileAccessError.
        """

    def leave(self, endpoint: str) -> None:
        """Ends it and forgets it; no error where there is none."""

    def cancel(self) -> None:
        """Ends all waiting soon. Called from any thread."""


class NoFront:
    """A :class:`Front` where nothing can stand: each deployment is at its own port."""

    def require(self, endpoint: str) -> None:
        pass

    def prepare(self, endpoint: str, see: See) -> None:
        pass

    def stand(self, endpoint: str, see: See) -> Address | None:  # pylint: disable=useless-return
        del endpoint, see
        return None

    def standing(  # pylint: disable=useless-return
        self, record: EndpointRecord, instances: Sequence[Instance]
    ) -> Address | None:
        del record, instances
        return None

    def drain(self, instance: Instance) -> None:
        pass

    def credentials(self, endpoint: str) -> Credentials:
        del endpoint
        raise no_gateway()

    def regenerate(self, endpoint: str, key_type: str) -> None:
        del endpoint, key_type
        raise no_gateway()

    def leave(self, endpoint: str) -> None:
        pass

    def cancel(self) -> None:
        pass


def no_gateway() -> UnsupportedError:
    return UnsupportedError(
        "Without a gateway nothing can stand before a local endpoint.",
        "Leave --simulate out, or run this command in WSL.",
    )
