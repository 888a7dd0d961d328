"""``data_collector`` of a deployment as ARM's ``DataCollector``, and back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from azext_ml_endpoint.cloud.contract import Json
from azext_ml_endpoint.cloud.wire import values

_DATA = re.compile(
    r"(azureml:)?/subscriptions/[^/]+/resourceGroups/[^/]+/providers"
    r"/Microsoft\.MachineLearningServices/workspaces/[^/]+/data/[^/]+/versions/[^/]+"
    r"|azureml:[A-Za-z0-9][\w.-]*:[A-Za-z0-9][\w.-]*",
    re.IGNORECASE | re.ASCII,
)
_USUAL: Mapping[str, Any] = {"sampling_rate": 1, "rolling_rate": "hour"}
"""Documented defaults. Whether the service shows them where nothing was sent, nobody has seen."""


def write(said: Mapping[str, Any]) -> Json:
    """The document has one share of requests, ARM one for each collection."""
    rate, logging = said.get("sampling_rate"), said.get("request_logging")
    return values.said(
        {
            "collections": {
                name: _collection(each, rate) for name, each in said["collections"].items()
            },
            "rollingRate": str(said["rolling_rate"]).capitalize()
            if "rolling_rate" in said
            else None,
            "requestLogging": logging and {"captureHeaders": list(logging["capture_headers"])},
        }
    )


def read(there: Mapping[str, Any]) -> dict[str, Any]:
    """Raises ValueError for shares that differ, or are none, and for data assets that no document
    can name."""
    collections = there.get("collections") or {}
    rates = {each.get("samplingRate") for each in collections.values()}
    if len(rates) > 1 or not all(rate is None or 0 <= rate <= 1 for rate in rates):
        raise ValueError(f"sampling rates {rates}")
    rolling, logging = there.get("rollingRate"), there.get("requestLogging") or {}
    headers = logging.get("captureHeaders")
    return values.said(
        {
            "collections": {name: _said(each) for name, each in collections.items()},
            "sampling_rate": next(iter(rates), None),
            "rolling_rate": rolling and rolling.lower(),
            "request_logging": {"capture_headers": list(headers)} if headers else None,
        }
    )


def of(there: Json | None) -> dict[str, Any]:
    """What the body of a deployment says. Nothing where no document could."""
    found = ((there or {}).get("properties") or {}).get("dataCollector")
    try:
        return read(found) if found else {}
    except (AttributeError, TypeError, ValueError):
        return {}


def beside(said: Mapping[str, Any], there: Mapping[str, Any]) -> dict[str, Any]:
    """What is said, with what the service may have filled in by itself.

    Both: as :func:`read` gives them.
    """
    filled = {key: there[key] for key, usual in _USUAL.items() if there.get(key) == usual}
    return {"collections": {}, **filled, **said}


def _collection(said: Mapping[str, Any], rate: float | None) -> Json:
    return values.said(
        {
            "dataCollectionMode": "Enabled" if said["enabled"] else "Disabled",
            "dataId": said.get("data"),
            "clientId": said.get("client_id"),
            "samplingRate": rate,
        }
    )


def _said(there: Mapping[str, Any]) -> dict[str, Any]:
    data = there.get("dataId")
    if data is not None and not _DATA.fullmatch(data):
        raise ValueError(f"data {data}")
    return values.said(
        {
            "enabled": str(there.get("dataCollectionMode")).lower() == "enabled",
            "data": data,
            "client_id": there.get("clientId"),
        }
    )
