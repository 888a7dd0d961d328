"""Key by key: what the official format calls otherwise, has more, or means otherwise.

No key is lost: what is taken from a tree here is converted, told of, or found to say nothing.
What is not taken stays, and the schema of this format knows it or refuses it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from azext_ml_endpoint.document import official_values, quantities, spelling
from azext_ml_endpoint.document.finding import Finding
from azext_ml_endpoint.document.node import Node
from azext_ml_endpoint.document.official_tree import Tree
from azext_ml_endpoint.document.spot import Spot, shown

PRIVATE_NETWORK, PRIVATE_PROPERTY = "private_network_connection", "private-network-connection"
"""A key of today's files, and the property of a deployment as which it is sent. Only api-version
2022-02-01-preview has a field for it; the official SDK (1.35) sends this property alone."""
_NO_STORE = "its files are uploaded to the default datastore of the workspace"
_REGISTER = "register the model, and name it: azureml:name:1"
UNSAID_OF_MODELS = {
    "allowed_deployment_templates": _REGISTER,
    "datastore": _NO_STORE,
    "default_deployment_template": _REGISTER,
    "system_metadata": _REGISTER,
}
UNSAID_OF_ENVIRONMENTS = {
    "auto_delete_setting": "Azure has no such thing: the extension ml sends nothing of it",
    "datastore": _NO_STORE,
}
UNSAID_OF_DATA = {
    "data_id": "the extension ml does not look at it; name what is registered: data: azureml:name:1"
}
"""Of what a collection of the data collector is registered as."""
MODELS = ("custom_model", "mlflow_model", "triton_model")
_FORMATS = tuple(each.removesuffix("_model") for each in MODELS)
_SCALES = tuple(spelling.WORDS.values())
_PARSERS: Mapping[str, Callable[[str], float]] = {
    "cpu": quantities.cores,
    "memory_in_gb": quantities.gigabytes,
    "gpu": int,
    "cpu_cores_limit": quantities.cores,
    "memory_in_gb_limit": quantities.gigabytes,
}
_RESOURCES = {now[1:]: then[-1] for then, now in spelling.RESOURCES}
_RESOURCES |= dict.fromkeys((("requests", "gpu"), ("limits", "gpu")), "gpu")
# As the studio shows ids, and as the official tools take them: with two slashes, or with none.
_WORKSPACE_ID = re.compile(
    r"azureml:(?://)?subscriptions/(?P<subscription>[^/]+)/resourcegroups/(?P<group>[^/]+)"
    r"/(?:providers/Microsoft\.MachineLearningServices/)?workspaces/(?P<workspace>[^/]+)/"
    r"(?P<rest>.+)",
    re.IGNORECASE,
)
_STORED = re.compile(r"datastores/(?P<store>[^/]+)/paths/(?P<path>.+)")

Converted = tuple[Node, list[Finding]]


def endpoint(node: Node) -> Converted:
    """The tree of an endpoint without its deployments, and what is to be told of it."""
    tree = Tree(node)
    for keys in spelling.TARGET:
        tree.change(keys[0], _id)
    settled, told = official_values.settled(tree.done(), "endpoint")
    return settled, tree.findings + told


def deployment(node: Node) -> Converted:
    """The tree of a deployment, as for :func:`endpoint`.

    Its type and the name of its endpoint are for the caller to compare with the endpoint.
    """
    tree = Tree(node)
    for key in ("type", "endpoint_name"):
        tree.children.pop(key, None)
    _private_network(tree)
    tree.change("data_collector", _data_collector)
    tree.change("model", _model)
    tree.change("environment", _environment)
    tree.change("code_configuration", _code_configuration)
    tree.change("scale_settings", _scale_settings)
    tree.change("resources", _resources, "resource_requirements")
    _without_fixed_count(tree)
    settled, told = official_values.settled(tree.done(), "deployment")
    return settled, tree.findings + told


def _private_network(deployment: Tree) -> None:
    """Put among the properties, as the official SDK sends it. False says nothing there either."""
    said = deployment.children.pop(PRIVATE_NETWORK, None)
    if said is None or said.value is None or official_values.boolean(said.value) is False:
        return
    if official_values.boolean(said.value) is not True:
        deployment.wrong(PRIVATE_NETWORK, f"{PRIVATE_NETWORK} is true or false, not {shown(said)}")
        return
    own = deployment.children.get("properties", replace(said, value={}, keys={}))
    if isinstance(own.value, dict):
        property_ = {PRIVATE_PROPERTY: replace(said, value="true", written=None)}
        deployment.children["properties"] = replace(own, value=property_ | own.value)
    message = f"{PRIVATE_NETWORK} is sent as the property {PRIVATE_PROPERTY} alone"
    hint = "what Azure has for it by now is egress_public_network_access: disabled"
    deployment.tell("warning", PRIVATE_NETWORK, message, hint)


def _data_collector(tree: Tree) -> Node:
    tree.change("collections", _collections)
    return tree.done()


def _collections(tree: Tree) -> Node:
    for name in tuple(tree.children):
        tree.change(name, _collection)
    return tree.done()


def _collection(tree: Tree) -> Node:
    tree.change("data", _data)
    return tree.done()


def _data(tree: Tree) -> Node:
    """Described where it is used, or an asset that is registered."""
    if not tree.is_mapping:
        return _asset(tree)
    tree.leave_out(UNSAID_OF_DATA)
    return tree.done()


def _id(tree: Tree) -> Node:
    """What is in a workspace has its ARM id; all else stays as it is."""
    found = _WORKSPACE_ID.fullmatch(tree.node.value) if isinstance(tree.node.value, str) else None
    if found is None:
        return tree.node
    scope = f"/subscriptions/{found['subscription']}/resourceGroups/{found['group']}"
    workspace = f"providers/Microsoft.MachineLearningServices/workspaces/{found['workspace']}"
    return replace(tree.node, value=f"azureml:{scope}/{workspace}/{found['rest']}")


def _asset(tree: Tree) -> Node:
    """``azureml:name`` alone means the latest version."""
    text = str(tree.node.value)
    name = text.removeprefix("azureml:")
    is_alone = text.startswith("azureml:") and not any(mark in name for mark in ":@/")
    return replace(tree.node, value=f"{text}@latest") if is_alone else _id(tree)


def _model(tree: Tree) -> Node:
    if not tree.is_mapping:
        return _asset(tree)
    tree.leave_out(UNSAID_OF_MODELS)
    _model_format(tree)
    _model_type(tree)
    _version(tree, "model")
    if tree.has("version") and not tree.has("name"):
        tree.wrong("version", "a model that has a version needs a name")
    _in_full(tree)
    return tree.done()


def _model_format(tree: Tree) -> None:
    """What ``type`` was called in the first months of two files, at the end of 2021."""
    said = tree.children.get("model_format")
    kind = official_values.one_of(said, _FORMATS) if said else None
    if said is None or kind is None or tree.has("type"):
        return
    del tree.children["model_format"]
    tree.children["type"] = replace(said, value=f"{kind}_model")
    message = "model_format is what type was called at first"
    tree.tell("warning", "model_format", message, f"write type: {kind}_model")


def _model_type(tree: Tree) -> None:
    """Here, what has flavors is a model of MLflow."""
    has_flavors = tree.has("flavors") and bool(tree.children["flavors"].value)
    is_said = tree.has("type")
    kind = tree.word("type", MODELS)
    if is_said and kind is None:
        return
    if kind == "triton_model":
        tree.children["type"] = tree.new(kind)
    if kind == "mlflow_model" and not has_flavors:
        tree.children["flavors"] = tree.new({"python_function": tree.new({})})
    elif kind != "mlflow_model" and has_flavors:
        message = "flavors are of a model of type mlflow_model only"
        tree.wrong("flavors", message, "write that type, or remove the flavors")


def _in_full(model: Tree) -> None:
    """With two slashes, as Azure itself says it."""
    path = model.children.get("path")
    found = _WORKSPACE_ID.fullmatch(str(path.value)) if path else None
    if path and found:
        scope = f"subscriptions/{found['subscription']}/resourcegroups/{found['group']}"
        uri = f"azureml://{scope}/workspaces/{found['workspace']}/{found['rest']}"
        model.children["path"] = replace(path, value=uri)


def _datastore(asset: Tree) -> None:
    """A path in this format is in the workspace that it is deployed to."""
    path = asset.children.get("path")
    found = _WORKSPACE_ID.fullmatch(str(path.value)) if path else None
    stored = _STORED.fullmatch(found["rest"]) if found else None
    if found and stored:
        same = f"azureml://datastores/{stored['store']}/paths/{stored['path']}"
        asset.wrong(
            "path",
            f"path is in the workspace '{found['workspace']}', and this format cannot name one",
            f"if that is where you deploy to, write {same}",
        )


def _environment(tree: Tree) -> Node:
    if not tree.is_mapping:
        return _asset(tree)
    tree.leave_out(UNSAID_OF_ENVIRONMENTS)
    _version(tree, "environment")
    if tree.has("version") and not tree.has("name"):
        message = "version is left out: an environment without a name has none"
        tree.tell("warning", "version", message)
        del tree.children["version"]
    return tree.done()


def _version(tree: Tree, kind: str) -> None:
    """There, the version is counted up; here, the file says which one is registered."""
    if tree.has("name") and not tree.has("version"):
        tree.children["version"] = tree.new(1)
        tree.tell(
            "warning",
            "name",
            f"this {kind} has no version: the extension ml takes the next one, and here it is "
            "version 1",
            "say a version, and raise it when the content changes",
        )


def _code_configuration(tree: Tree) -> Node:
    tree.change("code", _code)
    return tree.done()


def _code(tree: Tree) -> Node:
    _datastore(tree)
    return tree.done() if tree.is_mapping else _id(tree)


def _scale_settings(tree: Tree) -> Node | None:
    """In the words of this format, with a ``scale_type``, they stay as they are."""
    if not tree.is_mapping or (tree.has("scale_type") and "type" not in tree.children):
        return tree.done()
    if not tree.has("type"):
        tree.wrong("type", f"scale_settings need a type: {' or '.join(map(repr, _SCALES))}")
    kind = tree.word("type", _SCALES)
    if kind == "target_utilization":
        return replace(tree.node, value={"scale_type": tree.new("auto"), **tree.children})
    for key in tree.children if kind == "default" else ():
        message = f"'{key}' does not go with type 'default'"
        hint = "instance_count is a key of the deployment; all else needs type target_utilization"
        tree.wrong(key, message, hint)
    return None


def _without_fixed_count(deployment: Tree) -> None:
    settings = deployment.children.get("scale_settings")
    kind = Spot(settings).get("scale_type") if settings else None
    if kind and str(kind.node.value).lower() == "auto" and deployment.has("instance_count"):
        message = "instance_count is left out: it does not go with scaling by utilization"
        deployment.tell("warning", "instance_count", message, "the load says how many there are")
        del deployment.children["instance_count"]


def _resources(tree: Tree) -> Node | None:
    if not tree.is_mapping:
        return tree.node
    values: dict[str, Node] = {}
    for part in ("requests", "limits"):
        amounts = Tree(tree.children.pop(part, tree.new({})), (*tree.path, part))
        _amounts(amounts, part, values)
        tree.findings += amounts.findings
    for key in tree.children:
        tree.wrong(key, f"'{key}' is neither requests nor limits")
    keys = {key: each.place for key, each in values.items()}
    return replace(tree.node, value=values, keys=keys) if values else None


def _amounts(tree: Tree, part: str, values: dict[str, Node]) -> None:
    """Adds them to the values. Of devices, this format has one number for both parts."""
    if not tree.is_mapping and tree.node.value is not None:
        message = f"{part} must be a mapping, not {shown(tree.node)}"
        tree.findings.append(Spot(tree.node, tree.path).finding(message))
    for key in tree.children:
        name, amount = _amount(tree, part, key)
        if amount and values.setdefault(name, amount).value != amount.value:
            message = f"{key} is {shown(amount)} here and {shown(values[name])} before"
            tree.wrong(key, message, f"this format has one number for {name}")


def _amount(tree: Tree, part: str, key: str) -> tuple[str, Node | None]:
    if (part, key) not in _RESOURCES:
        tree.wrong(key, f"'{key}' is no resource; there are cpu, memory and gpu")
        return key, None
    name = _RESOURCES[part, key]
    below = tree.children[key]
    if below.value is None:
        return name, None
    try:
        return name, replace(below, value=_PARSERS[name](str(below.value)))
    except ValueError:
        tree.wrong(key, f"{key} cannot be {shown(below)}", "write an amount such as 500m or 0.5Gi")
        return name, None
