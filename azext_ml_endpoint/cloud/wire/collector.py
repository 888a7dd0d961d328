"""``data_collector`` of a deployment as ARM's ``DataCollector``, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azext_ml_endpoint.cloud.contract import Json
from azext_ml_endpoint.cloud.wire import values


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
    """Raises ValueError for shares that differ, or are none: no document can say them."""
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
    return values.said(
        {
            "enabled": str(there.get("dataCollectionMode")).lower() == "enabled",
            "data": there.get("dataId"),
            "client_id": there.get("clientId"),
        }
    )
