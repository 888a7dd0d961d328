"""The proxies of this machine, for builds: what the network behind them needs. Pure.

Docker knows these build arguments without being told of them, hands them to every RUN, and keeps
them out of images and of the build cache (dockerfile reference, "Predefined ARGs").
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

_NAMES = ("http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy")


def build_arguments(environment: Mapping[str, str]) -> dict[str, str]:
    """In both spellings, which programs differ in. A proxy on this machine is left out: within a
    build its address is another machine's."""
    found: dict[str, str] = {}
    for name in _NAMES:
        value = environment.get(name) or environment.get(name.upper())
        if value and not (name != "no_proxy" and _is_here(value)):
            found |= {name: value, name.upper(): value}
    return found if set(found) - {"no_proxy", "NO_PROXY"} else {}


def _is_here(proxy: str) -> bool:
    host = urlsplit(proxy if "://" in proxy else f"//{proxy}").hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
