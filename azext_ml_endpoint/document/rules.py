"""What a document of the right shape may still get wrong, rule by rule.

A rule is a function from a place in the document to findings. It skips what the schema has
already found wrong, so each cause is told once.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Literal

from azext_ml_endpoint.document import assets, checks, files, spelling
from azext_ml_endpoint.document.finding import Finding
from azext_ml_endpoint.document.model import OWN_TAGS
from azext_ml_endpoint.document.spot import Spot, shown

Kind = Literal["managed", "kubernetes"]

_PAIRS = (
    ("scale_settings", "min_instances", "max_instances"),
    ("resource_requirements", "cpu", "cpu_cores_limit"),
    ("resource_requirements", "memory_in_gb", "memory_in_gb_limit"),
)


def endpoint(endpoint: Spot) -> Iterator[Finding]:
    targets = spelling.given(endpoint, spelling.TARGET)
    yield from assets.one_spelling(targets)
    for target in targets:
        yield from assets.registered(target, "compute")
    yield from _identity(endpoint)
    yield from _distinct_names(endpoint)
    yield from _others_tags(endpoint)
    yield from _traffic(endpoint)
    yield from checks.findings(endpoint)
    for each in endpoint.items("deployments"):
        yield from deployment(each, "kubernetes" if targets else "managed")


def deployment(deployment: Spot, kind: Kind | None = None) -> Iterator[Finding]:
    """``kind`` is the endpoint's; None, for a file that holds a deployment alone, allows both."""
    if not isinstance(deployment.node.value, dict):
        return
    yield from _parts(deployment)
    yield from _machines(deployment, kind)
    yield from _scale(deployment, kind)
    yield from _least_and_most(deployment)
    yield from checks.findings(deployment)


def _identity(endpoint: Spot) -> Iterator[Finding]:
    """A managed endpoint takes one user-assigned identity at most."""
    identity = endpoint.get("identity")
    kind = identity and identity.get("type")
    if identity is None or kind is None or not kind.text:
        return
    users = identity.get("user_assigned_identities")
    count = len(list(identity.items("user_assigned_identities")))
    if kind.text == "user_assigned" and count != 1:
        counted = f"not {count}" if users else "in 'user_assigned_identities'"
        message = f"type user_assigned needs exactly one identity, {counted}"
        yield (users or identity).finding(message)
    elif kind.text != "user_assigned" and users and count:
        yield users.finding(
            f"user_assigned_identities needs type 'user_assigned', not {shown(kind.node)}"
        )


def _others_tags(endpoint: Spot) -> Iterator[Finding]:
    for name, tag in endpoint.entries("tags"):
        if name.startswith(OWN_TAGS):
            hint = "Give the tag another name."
            yield tag.finding(f"tags that begin with {OWN_TAGS} are kept by this tool", hint)


def _distinct_names(endpoint: Spot) -> Iterator[Finding]:
    """Azure's names are the same in capitals and small letters."""
    names: dict[str, Spot] = {}
    for each in endpoint.items("deployments"):
        name = each.get("name")
        if name is None or not name.text:
            continue
        first = names.setdefault(name.text.lower(), name)
        if first is not name:
            at = f"line {first.node.place.line}" if first.node.place.line else "another place"
            same = "" if first.text == name.text else ", and capitals make no difference"
            yield name.finding(f"a deployment named {shown(first.node)} is on {at} already{same}")


def _traffic(endpoint: Spot) -> Iterator[Finding]:
    """The format's documentation wants 100, so all zeros are an error too.

    Traffic that is left out or empty is none at all, as in the step-by-step way to make an
    endpoint, where the traffic is set when the first deployment has been tried.
    """
    traffic = endpoint.get("traffic")
    if traffic is None:
        return
    shares = dict(endpoint.entries("traffic"))
    names = _names(endpoint)
    for name, share in shares.items():
        if names is not None and name not in names:
            place = traffic.node.keys.get(name, share.node.place)
            yield share.finding(_unknown_deployment(name, names), place=place)
    percents = [share.integer for share in shares.values()]
    sound = [percent for percent in percents if percent is not None and 0 <= percent <= 100]
    if shares and len(sound) == len(shares) and sum(sound) != 100:
        hint = None if any(sound) else "Leave traffic out while no deployment is to receive any."
        yield traffic.finding(f"traffic adds up to {sum(sound)}, not to 100", hint)


def _names(endpoint: Spot) -> list[str] | None:
    """The deployments' names, or None where they are not known because of another finding."""
    deployments = endpoint.get("deployments")
    if deployments and not isinstance(deployments.node.value, list):
        return None
    named = [each.get("name") for each in endpoint.items("deployments")]
    names = [name.text for name in named if name and name.text and not name.node.secret]
    return names if len(names) == len(named) else None


def _unknown_deployment(name: str, names: list[str]) -> str:
    similar = difflib.get_close_matches(name, names, n=1)
    meant = f"; did you mean '{similar[0]}'?" if similar else ""
    return f"traffic names '{name}', and there is no such deployment{meant}"


def _parts(deployment: Spot) -> Iterator[Finding]:
    model, environment = deployment.get("model"), deployment.get("environment")
    configuration = deployment.get("code_configuration")
    has_own_server = bool(environment and environment.has("inference_config"))
    if model:
        yield from assets.model(model)
    if configuration:
        yield from assets.code_configuration(configuration, has_own_server)
    if environment:
        yield from assets.environment(environment)
    yield from _missing_parts(deployment, has_own_server)


def _missing_parts(deployment: Spot, has_own_server: bool) -> Iterator[Finding]:
    """What a deployment can be without.

    A container that brings its server (``inference_config``) needs no code, and an MLflow model
    needs neither code nor environment: the service has both for it. What is registered or in a
    datastore cannot be looked into here, and may be either. A model may be in the image.
    """
    model, environment = deployment.get("model"), deployment.get("environment")
    has_code = deployment.has("code_configuration")
    may_be_mlflow = bool(model and _may_be_mlflow(model))
    may_have_server = has_own_server or bool(environment and environment.text)
    if not (has_code or may_be_mlflow or may_have_server):
        yield deployment.finding("a deployment needs 'code_configuration'", _why_code(model))
    if not deployment.has("environment") and (has_code or not may_be_mlflow):
        hint = None if has_code or not _said_mlflow(model) else _why_code(model)
        yield deployment.finding("a deployment needs 'environment'", hint)


def _why_code(model: Spot | None) -> str:
    """What keeps it from going without."""
    exceptions = "Only an MLflow model, or an environment with an inference_config, goes without"
    if model is None:
        return f"{exceptions}, and the deployment has no 'model'."
    local = spelling.local_path(model) if _said_mlflow(model) else None
    if local is None:
        return f"{exceptions}."
    return f"{exceptions}, and {shown(local.node)} has no file MLmodel, which makes it one."


def _said_mlflow(model: Spot | None) -> bool:
    """Whether the document calls it one, in either format's words."""
    if model is None or not isinstance(model.node.value, dict):
        return False
    kind = model.get("type")
    return bool(kind and "mlflow" in (kind.text or "").lower()) or model.has("flavors")


def _may_be_mlflow(model: Spot) -> bool:
    local = spelling.local_path(model) if isinstance(model.node.value, dict) else None
    folder = spelling.absolute(local) if local else None
    return folder is None or files.is_there(folder / "MLmodel", "file")


def _machines(deployment: Spot, kind: Kind | None) -> Iterator[Finding]:
    requirements = deployment.get("resource_requirements")
    if kind == "managed" and not deployment.has("instance_type"):
        message = "a managed deployment needs 'instance_type', such as Standard_F2s_v2"
        yield deployment.finding(message, _meant_for_kubernetes(deployment))
    if kind == "managed" and requirements:
        yield requirements.finding(
            "resource_requirements are for Kubernetes, and the endpoint has no 'target'"
        )


def _meant_for_kubernetes(deployment: Spot) -> str | None:
    """What a deployment has that a managed one cannot have means a cluster that is not named."""
    scale = deployment.get("scale_settings", "scale_type")
    kind = deployment.get("type")
    marks = {
        "resource_requirements": deployment.has("resource_requirements"),
        "resources": deployment.has("resources"),
        "scale_type 'auto'": bool(scale and (scale.text or "").lower() == "auto"),
        "type 'kubernetes'": bool(kind and (kind.text or "").lower() == "kubernetes"),
    }
    mark = next((name for name, is_there in marks.items() if is_there), None)
    if mark is None:
        return None
    return (
        f"It has {mark}: for a Kubernetes cluster, name the cluster in the endpoint, "
        "target: azureml:COMPUTE."
    )


def _scale(deployment: Spot, kind: Kind | None) -> Iterator[Finding]:
    settings = deployment.get("scale_settings")
    scale_type = settings and settings.get("scale_type")
    yield from assets.one_spelling(spelling.given(deployment, spelling.INSTANCE_COUNT))
    if settings is None or scale_type is None or not scale_type.text:
        return
    if scale_type.text.lower() == "manual":
        yield from _manual(settings, deployment.has("instance_count"))
    elif scale_type.text.lower() == "auto":
        yield from _auto(settings, scale_type, kind)


def _manual(settings: Spot, is_counted: bool) -> Iterator[Finding]:
    if not is_counted and not settings.has("instance_count"):
        yield settings.finding("manual scaling needs 'instance_count'")
    for key in ("polling_interval", "target_utilization_percentage"):
        if spot := settings.get(key):
            yield spot.finding(f"{key} is for scale_type 'auto'")


def _auto(settings: Spot, scale_type: Spot, kind: Kind | None) -> Iterator[Finding]:
    if kind == "managed":
        yield scale_type.finding(
            "scale_type 'auto' is for Kubernetes, and the endpoint has no 'target'",
            "Write manual and instance_count.",
        )
        return
    for key in ("min_instances", "max_instances"):
        if not settings.has(key):
            yield settings.finding(f"auto scaling needs '{key}'")
    if spot := settings.get("instance_count"):
        yield spot.finding("instance_count is for scale_type 'manual'")


def _least_and_most(deployment: Spot) -> Iterator[Finding]:
    for section, least_key, most_key in _PAIRS:
        least, most = deployment.get(section, least_key), deployment.get(section, most_key)
        if least and most and least.number and most.number and least.number > most.number:
            message = f"{least_key} {shown(least.node)} is more than {most_key} {shown(most.node)}"
            yield least.finding(message)
