"""What is wanted, as frozen data: the completed form of an endpoint document.

Every path is absolute, and every file named by the document exists. None is what the document
does not say: it is not sent, not compared, and stays as it is where an endpoint is there already.
Nothing here knows YAML, Docker or ARM.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

Access = Literal["enabled", "disabled"]
AuthMode = Literal["key", "aml_token", "aad_token"]

TEMPLATE_OVERRIDE = "azureml.deploymentTemplateOverride"
"""The user's property of a deployment that names another deployment template than its model's."""
MLFLOW_FLAVORS = frozenset({"python_function", "mlflow"})
"""A model with one of these is an MLflow model, wherever it is."""
HIDDEN = "********"
"""Stands for the value of a secret: where it is shown, and where what was shown comes back."""
OWN_TAGS = "ml-endpoint."
"""How the names of tags begin that the tool itself keeps on endpoints."""


@dataclass(frozen=True, kw_only=True)
class Reference:
    """An asset that is registered in a workspace: ``azureml:name:version`` or a full ARM id.

    ``text`` is what the document said, without the ``azureml:`` prefix. ``version`` is None for
    ``name@label`` (then ``label`` is set) and for assets without versions, such as computes.
    """

    text: str
    name: str
    version: str | None = None
    label: str | None = None


@dataclass(frozen=True, kw_only=True)
class Model:
    """A model file or folder on this machine, a path in a datastore, or a ``uri`` in Azure: of a
    run or a job, of another workspace's datastore, of a blob.

    ``digest`` is the content's identity, filled by :mod:`azext_ml_endpoint.content`.
    ``anonymous``: the document gives it no name; ``name`` is then that of its deployment.
    """

    name: str
    version: str = "1"
    anonymous: bool = False
    path: Path | None = None
    datastore: str | None = None
    datastore_path: str | None = None
    uri: str | None = None
    type: str | None = None
    stage: str | None = None
    description: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)
    flavors: Mapping[str, object] = field(default_factory=dict)
    digest: str = ""


@dataclass(frozen=True, kw_only=True)
class Data:
    """A data asset: a folder in a datastore, to which a collection of the data collector goes.

    path: ``azureml://datastores/<name>/paths/<path>``.
    """

    name: str
    version: str = "1"
    path: str

    @property
    def digest(self) -> str:
        """What tells it from others: nobody looks at what is in it."""
        return f"{self.name}:{self.version}"


@dataclass(frozen=True, kw_only=True)
class Code:
    """A folder of Python source on this machine, or in ``datastore`` where that is said."""

    path: Path
    datastore: str | None = None
    name: str | None = None
    version: str | None = None
    description: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    digest: str = ""


@dataclass(frozen=True, kw_only=True)
class Route:
    """An HTTP GET or POST target inside a container."""

    port: int
    path: str


@dataclass(frozen=True, kw_only=True)
class InferenceConfig:
    """Ports and routes of a container that brings its own server."""

    liveness_route: Route
    readiness_route: Route
    scoring_route: Route
    startup_route: Route | None = None

    @property
    def routes(self) -> dict[str, Route]:
        """Those that are said, by their keys."""
        said = {each.name: getattr(self, each.name) for each in fields(self)}
        return {key: route for key, route in said.items() if route is not None}


@dataclass(frozen=True, kw_only=True)
class Environment:
    """What the model runs in: an image, with conda packages on top, or a Dockerfile.

    ``conda_file`` and ``dockerfile`` are texts, not paths; ``conda_path`` and ``dockerfile_path``
    say where a text came from, for messages. ``context`` is the build context of the Dockerfile.
    ``digest`` and ``context_digest`` are filled by :mod:`azext_ml_endpoint.content`.
    """

    name: str | None = None
    version: str | None = None
    image: str | None = None
    conda_file: str | None = None
    conda_path: Path | None = None
    dockerfile: str | None = None
    dockerfile_path: Path | None = None
    context: Path | None = None
    inference_config: InferenceConfig | None = None
    os_type: Literal["linux", "windows"] = "linux"
    description: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    digest: str = ""
    context_digest: str = ""


@dataclass(frozen=True, kw_only=True)
class ScaleSettings:
    """How many instances. ``polling_interval`` is in seconds."""

    scale_type: Literal["manual", "auto"] | None = None
    instance_count: int | None = None
    min_instances: int | None = None
    max_instances: int | None = None
    polling_interval: int | None = None
    target_utilization_percentage: int | None = None


@dataclass(frozen=True, kw_only=True)
class RequestSettings:
    """Where the document is silent, the service has values of its own: 5000, 1, and 500 or 0."""

    request_timeout_ms: int | None = None
    max_concurrent_requests_per_instance: int | None = None
    max_queue_wait_ms: int | None = None


@dataclass(frozen=True, kw_only=True)
class Probe:
    """``initial_delay``, ``period`` and ``timeout`` are seconds, the thresholds are counts."""

    initial_delay: int | None = None
    period: int | None = None
    timeout: int | None = None
    success_threshold: int | None = None
    failure_threshold: int | None = None


@dataclass(frozen=True, kw_only=True)
class ResourceRequirements:
    """Kubernetes only. ``cpu`` in cores, ``memory_in_gb`` in GB, ``gpu`` in devices."""

    cpu: float | None = None
    memory_in_gb: float | None = None
    gpu: int | None = None
    cpu_cores_limit: float | None = None
    memory_in_gb_limit: float | None = None


@dataclass(frozen=True, kw_only=True)
class Identity:
    """``user_assigned_identities`` are ARM ids."""

    type: Literal["system_assigned", "user_assigned", "system_assigned,user_assigned", "none"]
    user_assigned_identities: tuple[str, ...] = ()


Sign = Literal["==", "!=", "<", "<=", ">", ">=", "approx", "contains", "length", "exists"]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What a part of an answer must be like.

    ``path`` is JMESPath, as in az's ``--query``; in a comparison of the whole text it is "".
    ``value`` is plain JSON: for ``length`` a count, for ``exists`` true or false.
    ``tolerance`` is for ``approx``; None is a millionth of the value.
    """

    path: str
    sign: Sign
    value: Any
    tolerance: float | None = None


@dataclass(frozen=True, kw_only=True)
class Check:
    """A request and what its answer must be like. The body is in ``request_file`` or in ``body``.

    It is about the document only: no place keeps it, and nothing there is compared with it.
    """

    name: str
    request_file: Path | None = None
    body: bytes = b""
    content_type: str = "application/json"
    status: int = 200
    json: tuple[Comparison, ...] = ()
    text: tuple[Comparison, ...] = ()
    max_latency_ms: int | None = None
    first_token_ms: int | None = None


# Kinds of keys. What is done with each key of a kind is derived from here, so that a new key is a
# field of its kind, a line of the schema, and a line of :mod:`azext_ml_endpoint.cloud.wire.keys`.

_KIND = "kind"
_ASSET = {_KIND: "asset"}
"""A model, code or environment."""
_PLAIN = {_KIND: "plain"}
"""A text, a number, true or false; or a mapping that is compared as a whole."""
_TEXTS = {_KIND: "texts"}
"""A mapping of texts."""


def _section(of: type[Any]) -> dict[str, Any]:
    """A mapping whose keys are the fields of ``of``."""
    return {_KIND: of}


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """One version of a model behind an endpoint.

    ``environment_variables`` are the whole truth: one that is not among them is not wanted.
    ``data_collector`` has the keys of the file, with true and false for ``enabled``; in Azure its
    collections name their data assets by id, and ``collected`` are those that are to be made.
    ``secrets`` names those whose values came from ``${secret:…}``; these values are handed to the
    container and shown to nobody. ``edited``: made of what is there, so that what it does not say
    was taken away. ``dropped``: keys that go back to the service's default, as
    :mod:`azext_ml_endpoint.plan.memory` finds them.
    """

    name: str
    model: Model | Reference | None = field(default=None, metadata=_ASSET)
    code: Code | Reference | None = field(default=None, metadata=_ASSET)
    scoring_script: str | None = field(default=None, metadata=_PLAIN)
    environment: Environment | Reference | None = field(default=None, metadata=_ASSET)
    environment_variables: Mapping[str, str] = field(default_factory=dict, metadata=_TEXTS)
    instance_type: str | None = field(default=None, metadata=_PLAIN)
    scale_settings: ScaleSettings | None = field(default=None, metadata=_section(ScaleSettings))
    request_settings: RequestSettings | None = field(
        default=None, metadata=_section(RequestSettings)
    )
    liveness_probe: Probe | None = field(default=None, metadata=_section(Probe))
    readiness_probe: Probe | None = field(default=None, metadata=_section(Probe))
    startup_probe: Probe | None = field(default=None, metadata=_section(Probe))
    resource_requirements: ResourceRequirements | None = field(
        default=None, metadata=_section(ResourceRequirements)
    )
    app_insights_enabled: bool | None = field(default=None, metadata=_PLAIN)
    model_mount_path: str | None = field(default=None, metadata=_PLAIN)
    data_collector: Mapping[str, Any] | None = field(default=None, metadata=_PLAIN)
    egress_public_network_access: Access | None = field(default=None, metadata=_PLAIN)
    description: str | None = field(default=None, metadata=_PLAIN)
    tags: Mapping[str, str] = field(default_factory=dict, metadata=_TEXTS)
    properties: Mapping[str, str] = field(default_factory=dict, metadata=_TEXTS)
    secrets: frozenset[str] = frozenset()
    tests: tuple[Check, ...] = ()
    collected: tuple[Data, ...] = ()
    edited: bool = False
    dropped: frozenset[str] = frozenset()


def _named(kind: str, of: type[Any] = Deployment) -> tuple[str, ...]:
    return tuple(each.name for each in fields(of) if each.metadata.get(_KIND) == kind)


KEYS: tuple[str, ...] = tuple(each.name for each in fields(Deployment) if _KIND in each.metadata)
"""The keys of a deployment that make it what it is, each of one of the four kinds above."""
ASSETS, PLAIN, TEXTS = _named("asset"), _named("plain"), _named("texts")
SECTIONS: Mapping[str, type[Any]] = {
    each.name: each.metadata[_KIND]
    for each in fields(Deployment)
    if isinstance(each.metadata.get(_KIND), type)
}
"""With what they are made of."""


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """A scoring endpoint. Fields that have a kind are keys that can change while it exists.

    ``edited`` and ``dropped`` are as in :class:`Deployment`. ``simulate``: whether it is to behave
    as in Azure, on this machine; no document says it.
    """

    name: str
    kind: Literal["managed", "kubernetes"] = "managed"
    auth_mode: AuthMode | None = field(default=None, metadata=_PLAIN)
    public_network_access: Access | None = field(default=None, metadata=_PLAIN)
    description: str | None = field(default=None, metadata=_PLAIN)
    tags: Mapping[str, str] = field(default_factory=dict, metadata=_TEXTS)
    properties: Mapping[str, str] = field(default_factory=dict, metadata=_TEXTS)
    traffic: Mapping[str, int] | None = None
    mirror_traffic: Mapping[str, int] | None = None
    location: str | None = None
    target: Reference | None = None
    identity: Identity | None = None
    deployments: tuple[Deployment, ...] = ()
    tests: tuple[Check, ...] = ()
    simulate: bool | None = None
    edited: bool = False
    dropped: frozenset[str] = frozenset()


ENDPOINT_PLAIN, ENDPOINT_TEXTS = _named("plain", Endpoint), _named("texts", Endpoint)
ENDPOINT_KEYS = (*ENDPOINT_PLAIN, *ENDPOINT_TEXTS)
