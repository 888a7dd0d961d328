"""Whom a token, a key or a file may be sent to: the hosts of Azure's own services.

Addresses come out of answers: of next pages, of operations, of datastores, of endpoints. Where one
leads elsewhere, nothing is sent there.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from azext_ml_endpoint.errors import EndpointError, ServiceError, UnsupportedError

PUBLIC_STORAGE = "core.windows.net"
_STORAGE = (
    PUBLIC_STORAGE,
    "core.chinacloudapi.cn",
    "core.usgovcloudapi.net",
    "core.cloudapi.de",
    "storage.azure.net",
)
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?")
"""No more than a name and a port: nothing that libraries might read in different ways."""
_END = re.compile(r"[/?#]")
_ACCOUNT = re.compile(r"[a-z0-9]{3,24}")
_CONTAINER = re.compile(r"\$?[a-z0-9-]{1,63}")


def is_below(url: str, parent: str) -> bool:
    """Whether it is https, to a host that is ``parent`` or below it."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    host = parts.netloc.lower()
    return (
        parts.scheme == "https"
        and _HOST.fullmatch(host) is not None
        and f".{host}".endswith(f".{parent.lower()}")
    )


def require_arm(url: str, arm: str) -> None:
    """arm: the host of the resource manager, whose regions have hosts below its own.

    Raises ServiceError.
    """
    if not is_below(url, arm):
        raise ServiceError(
            f"Azure Resource Manager at {arm} points at {_shown(url)}, which is not part of it; "
            "nothing was sent there.",
            code="UnexpectedHost",
        )


def require_storage(url: str, suffix: str) -> str:
    """The same URL. suffix: of this cloud's storage accounts. Raises ServiceError."""
    if not any(is_below(url, each) for each in (suffix, *_STORAGE)):
        raise ServiceError(
            f"Azure names {_shown(url)} as the place for an upload, which is no storage of "
            "Azure's; nothing was sent there.",
            code="UnexpectedHost",
        )
    return url


def container_url(datastore: str, account: str, container: str, endpoint: str, suffix: str) -> str:
    """Of a datastore's container. endpoint: where its accounts are, as it says itself.

    Raises ServiceError for what no storage account, container or cloud is called.
    """
    fits = _ACCOUNT.fullmatch(account) and _CONTAINER.fullmatch(container)
    if not fits or endpoint.lower() not in (suffix.lower(), *_STORAGE):
        raise ServiceError(
            f"Datastore {datastore} names container {_plain(container)} of storage account "
            f"{_plain(account)} at {_plain(endpoint)}, which cannot be in Azure; nothing was sent "
            "there.",
            "See how it is registered: az ml datastore show.",
            code="UnexpectedHost",
        )
    return f"https://{account}.blob.{endpoint}/{container}"


def require_https(datastore: str, protocol: str) -> None:
    if protocol.lower() != "https":
        raise UnsupportedError(
            f"Datastore {datastore} is registered with the protocol {_plain(protocol)}: what is "
            "uploaded, and what opens it, could be read on the way.",
            "Register it with https.",
        )


def require_scoring(endpoint: str, uri: str, parent: str, error: type[EndpointError]) -> None:
    """parent: what the hosts of this cloud's managed endpoints are below."""
    if not is_below(uri, parent):
        raise error(
            f"Endpoint {endpoint} has the scoring URI {_shown(uri)}, which is not https to a host "
            f"below {parent}, as those of managed endpoints are; its key or token was not sent.",
            f"See who has changed it: az ml endpoint show -n {endpoint}. If it is right, send the "
            f"request yourself, with what az ml endpoint get-credentials -n {endpoint} prints.",
        )


def _shown(url: str) -> str:
    """Scheme and host: the rest may hold a signature or a password."""
    scheme, sign, rest = url.partition("://")
    host = _END.split(rest, maxsplit=1)[0].rpartition("@")[2]
    return _plain(f"{scheme}{sign}{host}")


def _plain(text: str) -> str:
    """Of text that somebody else has chosen: its beginning, as it may be printed."""
    return text[:100].encode("unicode_escape").decode("ascii")
