"""From a sound tree to the frozen dataclasses: other spellings settled, paths absolute, texts read.

The trees have passed :mod:`.validate`; what these functions do with others is undefined.
Defaults are those of the dataclasses in :mod:`.model`, and stand nowhere else, but for the name
of a model that has none: it is the deployment's.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from azext_ml_endpoint.document import checks, reference, spelling, texts
from azext_ml_endpoint.document.model import (
    ENDPOINT_PLAIN,
    ENDPOINT_TEXTS,
    PLAIN,
    SECTIONS,
    TEXTS,
    Code,
    Deployment,
    Endpoint,
    Environment,
    Identity,
    InferenceConfig,
    Model,
    Reference,
    Route,
)
from azext_ml_endpoint.document.node import Node, plain
from azext_ml_endpoint.document.spot import Spot
from azext_ml_endpoint.document.text_file import Unreadable
from azext_ml_endpoint.errors import FileAccessError

Asset = TypeVar("Asset")
_BOUNDS = ("min_instances", "max_instances")


def complete(node: Node) -> Endpoint:
    """Raises FileAccessError for a file that is gone since it was validated."""
    endpoint = Spot(texts.as_written(node))
    target = spelling.first(endpoint, spelling.TARGET)
    return Endpoint(
        name=_text(endpoint, "name"),
        kind="kubernetes" if target else "managed",
        traffic=_traffic(endpoint, "traffic"),
        mirror_traffic=_traffic(endpoint, "mirror_traffic"),
        target=_named(str(target.text), "compute") if target else None,
        identity=_identity(endpoint.get("identity")),
        deployments=tuple(_deployment(each) for each in endpoint.items("deployments")),
        tests=checks.complete(endpoint),
        **_given(endpoint, *ENDPOINT_PLAIN, "location"),
        **_texts(endpoint, *ENDPOINT_TEXTS),
    )


def complete_model(node: Node) -> Model:
    return _model(Spot(texts.as_written(node)), "")


def complete_environment(node: Node) -> Environment:
    """Raises FileAccessError, as :func:`complete` does."""
    return _environment(Spot(texts.as_written(node)))


def _deployment(deployment: Spot) -> Deployment:
    name = _text(deployment, "name")
    configuration = deployment.get("code_configuration") or deployment
    variables = deployment.entries("environment_variables")
    return Deployment(
        name=name,
        model=_asset(deployment.get("model"), "model", lambda spot: _model(spot, name)),
        code=_asset(deployment.get("code_configuration", "code"), "code", _code),
        environment=_asset(deployment.get("environment"), "environment", _environment),
        secrets=frozenset(key for key, value in variables if value.node.secret),
        tests=checks.complete(deployment),
        **_sections(deployment),
        **{
            **_given(deployment, *PLAIN),
            **_given(configuration, "scoring_script"),
            **_collector(deployment.get("data_collector")),
        },
        **_texts(deployment, *TEXTS),
    )


def _collector(collector: Spot | None) -> dict[str, Any]:
    """``enabled`` may be a text: the official tools take it as one."""
    if collector is None:
        return {}
    said = plain(collector.node)
    for name, each in collector.entries("collections"):
        collection = said["collections"][name]
        collection["enabled"] = str(collection["enabled"]).lower() == "true"
        if version := each.get("data", "version"):
            collection["data"]["version"] = version.node.written or str(version.node.value)
    return {"data_collector": said}


def _asset(
    spot: Spot | None, kind: reference.Kind, described: Callable[[Spot], Asset]
) -> Asset | Reference | None:
    if spot is None:
        return None
    if spot.text and reference.is_reference(spot.text):
        return _named(spot.text, kind)
    return described(spot)


def _named(text: str, kind: reference.Kind) -> Reference:
    """Files are judged before; what is malformed here is there already."""
    try:
        return reference.parse(text, kind)
    except reference.Malformed:
        return reference.unknown(text)


def _model(model: Spot, default_name: str) -> Model:
    local = spelling.local_path(model)
    uri = spelling.azure_uri(model)
    store, path = (None if uri else spelling.datastore_path(model)) or (None, None)
    flavors = model.get("flavors")
    return Model(
        path=_path(local),
        datastore=store,
        datastore_path=path,
        uri=uri,
        anonymous=model.get("name") is None,
        flavors=plain(flavors.node) if flavors else {},
        **{"name": default_name, **_texts_of(model, "name", "version")},
        **_given(model, "description", "type", "stage"),
        **_texts(model, "tags", "properties"),
    )


def _code(code: Spot) -> Code:
    store, path = spelling.datastore_path(code) or (None, "")
    return Code(
        path=_path(spelling.local_path(code)) or Path(path),
        datastore=store,
        **_texts_of(code, "name", "version"),
        **_given(code, "description"),
        **_texts(code, "tags"),
    )


def _environment(environment: Spot) -> Environment:
    image = spelling.first(environment, spelling.IMAGE)
    conda, dockerfile = spelling.conda(environment), spelling.dockerfile(environment)
    return Environment(
        image=image.text if image else None,
        conda_file=_content(conda),
        conda_path=conda.file if conda else None,
        dockerfile=_content(dockerfile),
        dockerfile_path=dockerfile.file if dockerfile else None,
        context=_context(environment, dockerfile),
        inference_config=_inference_config(environment),
        **_texts_of(environment, "name", "version"),
        **_given(environment, "os_type", "description"),
        **_texts(environment, "tags"),
    )


def _content(text: spelling.Text | None) -> str | None:
    try:
        return text.read() if text else None
    except Unreadable as why:
        raise FileAccessError(f"{text.file if text else ''} {why.message}", why.hint) from None


def _context(environment: Spot, dockerfile: spelling.Text | None) -> Path | None:
    """The folder that is named, or else the Dockerfile's own."""
    if dockerfile is None:
        return None
    named = _path(spelling.context(environment))
    own = dockerfile.file.parent if dockerfile.file else dockerfile.spot.node.base
    return named or own


def _inference_config(environment: Spot) -> InferenceConfig | None:
    routes = dict(environment.entries("inference_config"))
    if not routes:
        return None
    return InferenceConfig(**{key: Route(**plain(route.node)) for key, route in routes.items()})


def _sections(deployment: Spot) -> dict[str, Any]:
    """They have the same keys in the document and in the model."""
    given = {key: plain(spot.node) for key in SECTIONS if (spot := deployment.get(key))}
    if scale := _scale(deployment, given.get("scale_settings") or {}):
        given["scale_settings"] = scale
    return {key: SECTIONS[key](**said) for key, said in given.items() if said}


def _scale(deployment: Spot, given: dict[str, Any]) -> dict[str, Any]:
    """Who says how many instances there are scales by hand.

    Files of 2021 have bounds beside that number, as their samples did; Azure has no place for them.
    """
    count = spelling.first(deployment, spelling.INSTANCE_COUNT)
    if count:
        given = {**given, "instance_count": count.integer}
    scale_type = given.get("scale_type", "manual").lower()
    if scale_type == "manual":
        given = {key: each for key, each in given.items() if key not in _BOUNDS}
    return {**given, "scale_type": scale_type} if given else {}


def _identity(identity: Spot | None) -> Identity | None:
    if identity is None:
        return None
    users = [_text(user, "resource_id") for user in identity.items("user_assigned_identities")]
    return Identity(**_given(identity, "type"), user_assigned_identities=tuple(users))


def _traffic(endpoint: Spot, key: str) -> dict[str, int] | None:
    """Empty where the document says ``{}``, None where it says nothing."""
    traffic = endpoint.get(key)
    return plain(traffic.node) if traffic else None


def _path(spot: Spot | None) -> Path | None:
    return spelling.absolute(spot) if spot else None


def _text(spot: Spot, key: str) -> str:
    below = spot.get(key)
    return below.text or "" if below else ""


def _given(spot: Spot, *keys: str) -> dict[str, Any]:
    """Scalars that the document has, as they are; the rest is left to the defaults."""
    return {key: below.node.value for key in keys if (below := spot.get(key))}


def _texts_of(spot: Spot, *keys: str) -> dict[str, Any]:
    """Scalars that the document has, as texts."""
    return {key: _scalar(below.node) for key in keys if (below := spot.get(key))}


def _texts(spot: Spot, *keys: str) -> dict[str, Any]:
    """Mappings of texts."""
    return {
        key: {name: _scalar(value.node) for name, value in spot.entries(key)}
        for key in keys
        if spot.get(key)
    }


def _scalar(node: Node) -> str:
    """Of what no file has, but an option: ``true`` and ``false`` as in YAML, not as in Python."""
    return str(node.value).lower() if isinstance(node.value, bool) else str(node.value)
