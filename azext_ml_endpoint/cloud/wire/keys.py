"""Where each key of a deployment stands in ARM's body, and how it is spelled there.

Read and written through one table, so that what is shown, compared, exported and sent is the same
thing. A key that the service answers with null, with 0 or with no time at all says nothing: it
means that it was never sent.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from azext_ml_endpoint.cloud.contract import Json
from azext_ml_endpoint.cloud.wire import collector, values
from azext_ml_endpoint.document import quantities

Pointer: TypeAlias = tuple[str, ...]

_PROBE = {
    "initial_delay": "initialDelay",
    "period": "period",
    "timeout": "timeout",
    "success_threshold": "successThreshold",
    "failure_threshold": "failureThreshold",
}
_AUTH_MODES = {"key": "Key", "aml_token": "AMLToken", "aad_token": "AADToken"}
_TIMES = ("initial_delay", "period", "timeout")


@dataclass(frozen=True)
class Key:
    """``read`` raises ValueError for what no document can say; it is then carried along.

    fits: whether a value of ARM's is of the type that it should be; may raise ValueError for False.
    also: another place that is written, and read where the first one is empty.
    absent: what it means that the body does not say it, where that can be said.
    is_said: whether the service's value is one that was sent.
    """

    path: str
    place: Pointer
    read: Callable[[Any], Any]
    write: Callable[[Any], Any]
    fits: Callable[[Any], bool]
    also: Pointer | None = None
    absent: Any = None
    is_said: Callable[[Any], bool] = lambda raw: not is_nothing(raw)

    @property
    def places(self) -> tuple[Pointer, ...]:
        return (self.place, self.also) if self.also else (self.place,)

    def found(self, body: Json) -> Any:
        """Its value in the document's words; None where the body does not say it."""
        for place in self.places:
            raw = get(body, place)
            if self.is_said(raw):
                try:
                    return self.read(raw)
                except (TypeError, ValueError):
                    return None
        return self.absent

    def is_unsayable(self, body: Json) -> bool:
        """Whether it says what no document can, such as half a second."""
        said = any(self.is_said(get(body, place)) for place in self.places)
        return said and self.found(body) is None

    def put(self, body: Json, value: Any) -> None:
        """None removes it."""
        for place in self.places:
            set_at(body, place, None if value is None else self.write(value))


def of_endpoint(body: Json) -> dict[str, Any]:
    """What the body of an endpoint says: ``{"auth_mode": "key"}``."""
    said = {key.path: key.found(body) for key in ENDPOINT_TABLE}
    return {name: value for name, value in said.items() if value is not None}


def found(body: Json) -> dict[str, Any]:
    """What the body of a deployment says, by section: ``{"request_settings": {…}, …}``."""
    said: dict[str, Any] = {}
    for key in TABLE:
        if (value := key.found(body)) is not None:
            section, _, name = key.path.partition(".")
            if name:
                said.setdefault(section, {})[name] = value
            else:
                said[section] = value
    if said["scale_settings"]["scale_type"] == "auto":
        said["scale_settings"].pop("instance_count", None)  # how many there are just now
    return said


def shape() -> dict[str, Any]:
    """What bodies must look like where they say something, object by object."""
    found: dict[str, Any] = {}
    for key in (*ENDPOINT_TABLE, *TABLE):
        for *around, name in key.places:
            below = found
            for each in around:
                below = below.setdefault(each, {})
            below[name] = key.fits
    return found


def put(
    body: Json,
    wanted: Mapping[str, Any],
    dropped: frozenset[str],
    table: tuple[Key, ...] | None = None,
) -> None:
    """Changes only what differs: a spelling that means the same stays as it is.

    wanted: as :mod:`azext_ml_endpoint.plan.aspects` gives it. dropped: keys that go.
    table: a deployment's, unless another is given.
    """
    for key in table or TABLE:
        value = get(wanted, tuple(key.path.split(".")))
        if key.path in dropped:
            key.put(body, None)
        elif value is not None and value != key.found(body):
            key.put(body, value)


def is_nothing(raw: Any) -> bool:
    return is_empty(raw) or values.is_no_time(raw)


def is_empty(raw: Any) -> bool:
    """As :func:`is_nothing`, where any text is a text."""
    return raw is None or raw == "" or (raw == 0 and not isinstance(raw, bool))


def get(body: Any, place: Pointer) -> Any:
    for name in place:
        body = body.get(name) if isinstance(body, Mapping) else None
    return body


def set_at(body: Json, place: Pointer, value: Any) -> None:
    """None removes, and with it the objects around that are empty then."""
    first, *rest = place
    if rest:
        inner = dict(body.get(first) or {})
        set_at(inner, tuple(rest), value)
        value = inner or None
    if value is None:
        body.pop(first, None)
    else:
        body[first] = value


def _same(value: Any) -> Any:
    return value


def _scalar(value: Any) -> Any:
    if isinstance(value, (dict, list)):
        raise TypeError(f"{value!r} is no single value")
    return values.whole(value)


def _duration_of_seconds(value: float) -> str:
    return values.duration(round(1000 * value))


def _amount(read: Callable[[str], float]) -> Callable[[Any], bool]:
    return lambda raw: isinstance(raw, str) and read(raw) >= 0


def _gigabytes(value: float) -> str:
    return f"{value:.15g}Gi"


def _auth_mode(value: Any) -> str:
    """``key`` for one that nobody here knows."""
    spelled = {theirs.lower(): ours for ours, theirs in _AUTH_MODES.items()}
    return spelled.get(str(value).lower(), "key")


def _scale_type(value: Any) -> str:
    return "auto" if value == "TargetUtilization" else "manual"


_plain = functools.partial(Key, read=_scalar, write=_same, is_said=lambda raw: not is_empty(raw))
_text = functools.partial(_plain, fits=values.is_text)
_number = functools.partial(_plain, fits=values.is_number)
_flag = functools.partial(_plain, fits=values.is_flag)
_switch = functools.partial(Key, read=str.lower, write=str.capitalize, fits=values.is_text)
_seconds = functools.partial(
    Key, read=values.seconds, write=_duration_of_seconds, fits=values.is_duration
)
_milliseconds = functools.partial(
    Key, read=values.milliseconds, write=values.duration, fits=values.is_duration
)
_cores = functools.partial(
    Key, read=quantities.cores, write="{:.15g}".format, fits=_amount(quantities.cores)
)
_memory = functools.partial(
    Key, read=quantities.gigabytes, write=_gigabytes, fits=_amount(quantities.gigabytes)
)


def _own(*names: str) -> Pointer:
    return ("properties", *names)


def _requested(name: str) -> Pointer:
    return _own("containerResourceRequirements", "containerResourceRequests", name)


def _limited(name: str) -> Pointer:
    return _own("containerResourceRequirements", "containerResourceLimits", name)


def _probe(section: str, place: str) -> tuple[Key, ...]:
    return tuple(
        (_seconds if name in _TIMES else _number)(f"{section}.{name}", _own(place, theirs))
        for name, theirs in _PROBE.items()
    )


_REQUESTS = "request_settings"
_SCALE = "scale_settings"
_RESOURCES = "resource_requirements"

TABLE: tuple[Key, ...] = (
    _text("scoring_script", _own("codeConfiguration", "scoringScript")),
    _text("instance_type", _own("instanceType")),
    _text("description", _own("description")),
    _flag("app_insights_enabled", _own("appInsightsEnabled")),
    _text("model_mount_path", _own("modelMountPath")),
    Key(
        "data_collector",
        _own("dataCollector"),
        collector.read,
        collector.write,
        lambda raw: isinstance(raw, dict),
    ),
    _switch("egress_public_network_access", _own("egressPublicNetworkAccess")),
    _milliseconds(f"{_REQUESTS}.request_timeout_ms", _own("requestSettings", "requestTimeout")),
    _number(
        f"{_REQUESTS}.max_concurrent_requests_per_instance",
        _own("requestSettings", "maxConcurrentRequestsPerInstance"),
    ),
    _milliseconds(f"{_REQUESTS}.max_queue_wait_ms", _own("requestSettings", "maxQueueWait")),
    *_probe("liveness_probe", "livenessProbe"),
    *_probe("readiness_probe", "readinessProbe"),
    *_probe("startup_probe", "startupProbe"),
    Key(
        f"{_SCALE}.scale_type",
        _own("scaleSettings", "scaleType"),
        _scale_type,
        {"manual": "Default", "auto": "TargetUtilization"}.__getitem__,
        values.is_text,
        absent="manual",
    ),
    _number(f"{_SCALE}.instance_count", ("sku", "capacity")),
    _number(f"{_SCALE}.min_instances", _own("scaleSettings", "minInstances")),
    _number(f"{_SCALE}.max_instances", _own("scaleSettings", "maxInstances")),
    _seconds(f"{_SCALE}.polling_interval", _own("scaleSettings", "pollingInterval")),
    _number(
        f"{_SCALE}.target_utilization_percentage",
        _own("scaleSettings", "targetUtilizationPercentage"),
    ),
    _cores(f"{_RESOURCES}.cpu", _requested("cpu")),
    _memory(f"{_RESOURCES}.memory_in_gb", _requested("memory")),
    # Kubernetes wants the limit of GPUs to be what is requested.
    Key(f"{_RESOURCES}.gpu", _requested("gpu"), int, str, _amount(int), also=_limited("gpu")),
    _cores(f"{_RESOURCES}.cpu_cores_limit", _limited("cpu")),
    _memory(f"{_RESOURCES}.memory_in_gb_limit", _limited("memory")),
)
"""Of a deployment."""

ENDPOINT_TABLE: tuple[Key, ...] = (
    Key(
        "auth_mode",
        _own("authMode"),
        _auth_mode,
        _AUTH_MODES.__getitem__,
        values.is_text,
        absent="key",
    ),
    _switch("public_network_access", _own("publicNetworkAccess")),
    _text("description", _own("description")),
)
