"""Key by key: what the official format calls otherwise, has more, or means otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from azext_ml_endpoint.document import quantities
from azext_ml_endpoint.document.finding import Finding
from azext_ml_endpoint.document.node import Node, spell
from azext_ml_endpoint.document.spot import DocumentPath, Spot, shown

_ANSWERS = frozenset(
    {
        "$schema",
        "creation_context",
        "endpoint_name",
        "id",
        "intellectual_property",
        "job_name",
        "kind",
        "latest_version",
        "openapi_uri",
        "provisioning_state",
        "scoring_uri",
        "type",
        "utc_time_created",
    }
)
"""What the official tools print and do not read, or what says nothing here."""

_SAME = "this stays as it is where it is set already"
_UNSAID_OF_ENDPOINTS = {
    "mirror_traffic": _SAME,
    "public_network_access": f"{_SAME}. A new endpoint is open to the public network",
}
_UNSAID_OF_DEPLOYMENTS = {
    "data_collector": _SAME,
    "egress_public_network_access": f"{_SAME}. A new deployment reaches the public network",
    "private_network_connection": _SAME,
    "model_mount_path": "the model of a new deployment is in $AZUREML_MODEL_DIR",
}
_UNSAID_OF_MODELS = {
    "stage": "register the model, and name it: azureml:name:1",
    "system_metadata": "register the model, and name it: azureml:name:1",
    "default_deployment_template": "register the model, and name it: azureml:name:1",
    "allowed_deployment_templates": "register the model, and name it: azureml:name:1",
}
_NOT_PUBLIC = ("public_network_access", "egress_public_network_access")
_NO_STORE = "its files are uploaded to the default datastore of the workspace"
_RESOURCES: Mapping[tuple[str, str], tuple[str, Callable[[str], float]]] = {
    ("requests", "cpu"): ("cpu", quantities.cores),
    ("requests", "memory"): ("memory_in_gb", quantities.gigabytes),
    ("requests", "gpu"): ("gpu", int),
    ("requests", "nvidia.com/gpu"): ("gpu", int),
    ("limits", "cpu"): ("cpu_cores_limit", quantities.cores),
    ("limits", "memory"): ("memory_in_gb_limit", quantities.gigabytes),
    ("limits", "gpu"): ("gpu", int),
    ("limits", "nvidia.com/gpu"): ("gpu", int),
}

Converted = tuple[Node, list[Finding]]


def endpoint(node: Node) -> Converted:
    """The tree of an endpoint, and what is to be told of it."""
    tree = _Tree(node)
    if "deployments" in tree.children:
        tree.wrong("deployments", "the deployments are in the file already: nothing to convert")
    tree.leave_out(_UNSAID_OF_ENDPOINTS)
    return tree.done()


def deployment(node: Node) -> Converted:
    """The tree of a deployment, as for :func:`endpoint`."""
    tree = _Tree(node)
    tree.leave_out(_UNSAID_OF_DEPLOYMENTS)
    tree.change("model", _model)
    tree.change("environment", _environment)
    tree.change("scale_settings", _scale_settings)
    tree.change("resources", _resources, "resource_requirements")
    return tree.done()


@dataclass
class _Tree:
    """A mapping on its way from one format to the other."""

    node: Node
    path: DocumentPath = ()
    findings: list[Finding] = field(default_factory=list)
    children: dict[str, Node] = field(init=False)

    def __post_init__(self) -> None:
        value = self.node.value
        self.children = dict(value) if isinstance(value, dict) else {}

    def done(self) -> Converted:
        kept = {key: below for key, below in self.children.items() if key not in _ANSWERS}
        is_mapping = isinstance(self.node.value, dict)
        return (replace(self.node, value=kept) if is_mapping else self.node), self.findings

    def leave_out(self, unsaid: Mapping[str, str]) -> None:
        for key, consequence in unsaid.items():
            below = self.children.pop(key, None)
            if below is None or below.value is None or _is_usual(key, below):
                continue
            self.tell("warning", key, f"{key} is left out: this format cannot say it", consequence)

    def change(
        self, key: str, convert: Callable[[_Tree], Node | None], name: str | None = None
    ) -> None:
        """convert: gives None for what need not be said."""
        below = self.children.pop(key, None)
        if below is None:
            return
        tree = _Tree(below, (*self.path, key))
        converted = convert(tree)
        self.findings += tree.findings
        if converted is not None:
            self.children[name or key] = converted

    def tell(self, severity: Any, key: str, message: str, hint: str = "") -> None:
        """At the key, where it is written."""
        place = self.node.keys.get(key, self.node.place)
        sentence = f"{hint[0].upper()}{hint[1:]}." if hint else None
        self.findings.append(
            Finding(
                severity=severity,
                message=message,
                place=place,
                path=spell((*self.path, key)),
                hint=sentence,
            )
        )

    def wrong(self, key: str, message: str, hint: str = "") -> None:
        self.tell("error", key, message, hint)

    def mapping(self, values: Mapping[str, Any]) -> Node:
        """Of new values, at the place of the old ones."""
        made = {key: replace(self.node, value=value, keys={}) for key, value in values.items()}
        return replace(self.node, value=made, keys=dict.fromkeys(made, self.node.place))


def _is_usual(key: str, node: Node) -> bool:
    return key in _NOT_PUBLIC and str(node.value).lower() == "enabled"


def _latest(tree: _Tree) -> Node:
    """``azureml:name`` alone means the latest version."""
    text = tree.node.value
    name = str(text).removeprefix("azureml:")
    is_alone = str(text).startswith("azureml:") and not any(mark in name for mark in ":@/")
    return replace(tree.node, value=f"{text}@latest") if is_alone else tree.node


def _model(tree: _Tree) -> Node:
    if not isinstance(tree.node.value, dict):
        return _latest(tree)
    kind = Spot(tree.node).get("type")
    _without_datastore(tree)
    tree.leave_out(_UNSAID_OF_MODELS)
    if kind and kind.text == "mlflow_model" and "flavors" not in tree.children:
        tree.children["flavors"] = tree.mapping({"python_function": {}})
    if kind and kind.text == "triton_model":
        tree.wrong(
            "type",
            "a model of type triton_model cannot be described in this format",
            "register it with az ml model create of the extension ml, and name it: azureml:n:1",
        )
    return tree.done()[0]


def _environment(tree: _Tree) -> Node:
    if not isinstance(tree.node.value, dict):
        return _latest(tree)
    _without_datastore(tree)
    return tree.done()[0]


def _without_datastore(tree: _Tree) -> None:
    """There, the place to upload to; here, the place of a path."""
    if tree.children.pop("datastore", None):
        tree.tell(
            "warning", "datastore", "datastore is left out: this format knows none", _NO_STORE
        )


def _scale_settings(tree: _Tree) -> Node | None:
    kind = tree.children.pop("type", None)
    if kind and kind.value == "default":
        return None
    if kind and kind.value == "target_utilization":
        scale_type = replace(kind, value="auto")
        children = {"scale_type": scale_type, **tree.children}
        return replace(tree.node, value=children, keys={**tree.node.keys})
    if kind:
        tree.wrong("type", f"type must be 'default' or 'target_utilization', not {shown(kind)}")
    return None if kind else tree.node


def _resources(tree: _Tree) -> Node:
    values: dict[str, Node] = {}
    for part in ("requests", "limits"):
        amounts = _Tree(tree.children.pop(part, _nothing(tree)), (*tree.path, part))
        for key, below in amounts.children.items():
            values |= _amount(amounts, part, key, below)
        tree.findings += amounts.findings
    for key in tree.children:
        tree.wrong(key, f"'{key}' is neither requests nor limits")
    return replace(tree.node, value=values, keys={key: each.place for key, each in values.items()})


def _amount(tree: _Tree, part: str, key: str, below: Node) -> Iterable[tuple[str, Node]]:
    if (part, key) not in _RESOURCES:
        tree.wrong(key, f"'{key}' is no resource; there are cpu, memory and gpu")
        return ()
    name, parse = _RESOURCES[part, key]
    try:
        return ((name, replace(below, value=parse(str(below.value)))),)
    except ValueError:
        tree.wrong(key, f"{key} cannot be {shown(below)}", "write an amount such as 500m or 0.5Gi")
        return ()


def _nothing(tree: _Tree) -> Node:
    return replace(tree.node, value={}, keys={})
