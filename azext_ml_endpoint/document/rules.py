"""What a document of the right shape may still get wrong, rule by rule.

A rule is a function from a place in the document to findings. It skips what the schema has
already found wrong, so each cause is told once.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Literal

from azext_ml_endpoint.document import assets, checks, files, folders, mlflow, spelling
from azext_ml_endpoint.document.finding import Finding, Place
from azext_ml_endpoint.document.model import MLFLOW_FLAVORS, OWN_TAGS
from azext_ml_endpoint.document.spot import Spot, shown

Kind = Literal["managed", "kubernetes"]

_PAIRS = (
    ("scale_settings", "min_instances", "max_instances"),
    ("resource_requirements", "cpu", "cpu_cores_limit"),
    ("resource_requirements", "memory_in_gb", "memory_in_gb_limit"),
)
# Of managed deployments, by the reference of the later format, "CLI (v2) managed online deployment
# YAML schema", RequestSettings. Kubernetes allows what the schema does.
_LONGEST_REQUEST_MS = 180_000
_LONGEST_ANYWHERE_MS = 300_000
# Where scale_type is auto, in the reference for Kubernetes: TargetUtilizationScaleSettings.
_USUAL_BOUND = 1


def endpoint(
    endpoint: Spot,
    scope: Literal["whole", "endpoint", "deployments"] = "whole",
    there: Kind | None = None,
) -> Iterator[Finding]:
    """scope: as in :mod:`.validate`. What a document leaves to others, only they know: there is
    the kind of the endpoint that deployments alone are for."""
    targets = spelling.given(endpoint, spelling.TARGET)
    yield from assets.one_spelling(targets)
    for target in targets:
        yield from assets.registered(target, "compute")
    yield from _identity(endpoint)
    yield from _distinct_names(endpoint)
    yield from _others_tags(endpoint)
    names = _names(endpoint) if scope == "whole" else None
    yield from _traffic(endpoint, names)
    yield from _mirror(endpoint, names)
    yield from checks.findings(endpoint)
    own: Kind = "kubernetes" if targets else "managed"
    for each in endpoint.items("deployments"):
        yield from deployment(each, there if scope == "deployments" else own)


def deployment(deployment: Spot, kind: Kind | None = None) -> Iterator[Finding]:
    """``kind`` is the endpoint's; None, for a file that holds a deployment alone, allows both."""
    if not isinstance(deployment.node.value, dict):
        return
    yield from _parts(deployment)
    yield from _machines(deployment, kind)
    yield from _requests(deployment, kind)
    yield from _liveness(deployment)
    yield from _collected(deployment)
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
    by_user = "user_assigned" in kind.text.split(",")
    if by_user and count != 1:
        counted = f"not {count}" if users else "in 'user_assigned_identities'"
        message = f"type {kind.text} needs exactly one identity, {counted}"
        yield (users or identity).finding(message)
    elif not by_user and users and count:
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
            at = _at(first.node.place, name.node.place)
            same = "" if first.text == name.text else ", and capitals make no difference"
            yield name.finding(f"a deployment named {shown(first.node)} is on {at} already{same}")


def _at(first: Place, other: Place) -> str:
    """Where the first one is, for whoever looks at the other."""
    if first.file != other.file:
        return str(first)
    return f"line {first.line}" if first.line else "another place"


def _traffic(endpoint: Spot, names: list[str] | None) -> Iterator[Finding]:
    """What is said adds up to 100, or to 0: no deployment is to receive any, as in ``{}``.

    Traffic that is left out stays as it is. A new endpoint has none then, as in the step-by-step
    way to make one, where the traffic is set when the first deployment has been tried.
    names: the deployments'; None where they are not known.
    """
    traffic = endpoint.get("traffic")
    if traffic is None:
        return
    shares = dict(endpoint.entries("traffic"))
    yield from _known(endpoint, traffic, names)
    percents = [share.integer for share in shares.values()]
    sound = [percent for percent in percents if percent is not None and 0 <= percent <= 100]
    if len(sound) == len(shares) and sum(sound) not in (0, 100):
        yield traffic.finding(f"traffic adds up to {sum(sound)}, not to 100")


def _mirror(endpoint: Spot, names: list[str] | None) -> Iterator[Finding]:
    """One deployment gets copies. Source: the reference of today's endpoint files, and the SDK."""
    mirror = endpoint.get("mirror_traffic")
    if mirror is None:
        return
    yield from _known(endpoint, mirror, names)
    mirrored = [name for name, share in endpoint.entries("mirror_traffic") if share.integer]
    if len(mirrored) > 1:
        yield mirror.finding(f"requests are mirrored to one deployment, not to {len(mirrored)}")


def _known(endpoint: Spot, split: Spot, names: list[str] | None) -> Iterator[Finding]:
    """split: ``traffic`` or ``mirror_traffic``, whose deployments must be there."""
    for name, share in endpoint.entries(split.key):
        if names is not None and name not in names:
            place = split.node.keys.get(name, share.node.place)
            yield share.finding(_unknown_deployment(name, names, split.key), place=place)


def _names(endpoint: Spot) -> list[str] | None:
    """The deployments' names, or None where they are not known because of another finding."""
    deployments = endpoint.get("deployments")
    if deployments and not isinstance(deployments.node.value, list):
        return None
    named = [each.get("name") for each in endpoint.items("deployments")]
    names = [name.text for name in named if name and name.text and not name.node.secret]
    return names if len(names) == len(named) else None


def _unknown_deployment(name: str, names: list[str], key: str) -> str:
    similar = difflib.get_close_matches(name, names, n=1)
    meant = f"; did you mean '{similar[0]}'?" if similar else ""
    return f"{key} names '{name}', and there is no such deployment{meant}"


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
    yield from mlflow.check(deployment)


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
    if not (has_code or deployment.has("environment")):
        yield from _unknown_flavor(deployment)
    if not deployment.has("environment") and (has_code or not may_be_mlflow):
        hint = None if has_code or not _said_mlflow(model) else _why_code(model)
        yield deployment.finding("a deployment needs 'environment'", hint)


_ALONE = ("mlflow_model", "triton_model")
"""Types of models that Azure serves without a script of the user's."""


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
    if not isinstance(model.node.value, dict):
        return True
    kind, local = model.get("type"), spelling.local_path(model)
    path = spelling.absolute(local) if local else None
    if path is None or (kind and kind.text == "triton_model") or folders.is_mlflow(path):
        return True
    return not path.suffix and not files.is_there(path, "file or folder")  # that is told already


def _unknown_flavor(deployment: Spot) -> Iterator[Finding]:
    """Nobody has seen what is in a datastore, and it is registered as what the file calls it."""
    model = deployment.get("model")
    flavors = {flavor for flavor, _ in model.entries("flavors")} if model else set()
    kind = model.get("type") if model else None
    is_far = model and (spelling.datastore_path(model) or spelling.azure_uri(model))
    if model is None or not is_far or flavors & MLFLOW_FLAVORS or (kind and kind.text in _ALONE):
        return
    yield model.finding(
        "whether a model in a datastore is an MLflow model cannot be seen, and without"
        " 'code_configuration' and 'environment' it has to be one",
        "If it is, say so: flavors: {python_function: {}}.",
    )


def _machines(deployment: Spot, kind: Kind | None) -> Iterator[Finding]:
    requirements = deployment.get("resource_requirements")
    if kind == "managed" and not deployment.has("instance_type"):
        message = "a managed deployment needs 'instance_type', such as Standard_F2s_v2"
        yield deployment.finding(message, _meant_for_kubernetes(deployment))
    if kind == "managed" and requirements:
        yield requirements.finding(
            "resource_requirements are for Kubernetes, and the endpoint has no 'target'"
        )


def _requests(deployment: Spot, kind: Kind | None) -> Iterator[Finding]:
    timeout = deployment.get("request_settings", "request_timeout_ms")
    milliseconds = (timeout.integer if timeout else None) or 0
    if timeout is None or kind != "managed":
        return
    if _LONGEST_REQUEST_MS < milliseconds <= _LONGEST_ANYWHERE_MS:
        yield timeout.finding(
            f"request_timeout_ms {shown(timeout.node)} is more than the {_LONGEST_REQUEST_MS} "
            "that a managed deployment may have"
        )


def _liveness(deployment: Spot) -> Iterator[Finding]:
    """Fixed by the same reference, under ProbeSettings, and by Kubernetes itself."""
    threshold = deployment.get("liveness_probe", "success_threshold")
    if threshold and (threshold.integer or 0) > 1:
        yield threshold.finding(
            f"success_threshold of a liveness probe must be 1, not {shown(threshold.node)}"
        )


def _collected(deployment: Spot) -> Iterator[Finding]:
    """The data assets that collections name."""
    collector = deployment.get("data_collector")
    for _, each in collector.entries("collections") if collector else ():
        if data := each.get("data"):
            yield from assets.registered(data, "data")


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
    least, most = settings.get("min_instances"), settings.get("max_instances")
    if least and not most and (least.integer or 0) > _USUAL_BOUND:
        yield least.finding(
            f"min_instances {shown(least.node)} is more than max_instances, which is "
            f"{_USUAL_BOUND} where it is left out"
        )
    if spot := settings.get("instance_count"):
        yield spot.finding("instance_count is for scale_type 'manual'")


def _least_and_most(deployment: Spot) -> Iterator[Finding]:
    for section, least_key, most_key in _PAIRS:
        least, most = deployment.get(section, least_key), deployment.get(section, most_key)
        if least and most and least.number and most.number and least.number > most.number:
            message = f"{least_key} {shown(least.node)} is more than {most_key} {shown(most.node)}"
            yield least.finding(message)
