"""The type of one YAML scalar, as ``yaml.safe_load`` gives it (YAML 1.1); a timestamp is text."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import yaml
from yaml.constructor import SafeConstructor
from yaml.resolver import Resolver

from azext_ml_endpoint.document.node import Scalar

TAG = "tag:yaml.org,2002:"

_CONSTRUCTORS: Mapping[str, Callable[[SafeConstructor, yaml.ScalarNode], Scalar]] = {
    f"{TAG}null": lambda _, __: None,
    f"{TAG}bool": SafeConstructor.construct_yaml_bool,
    f"{TAG}int": SafeConstructor.construct_yaml_int,
    f"{TAG}float": SafeConstructor.construct_yaml_float,
    f"{TAG}str": lambda _, node: str(node.value),
    f"{TAG}timestamp": lambda _, node: str(node.value),
}
_CONSTRUCTOR = SafeConstructor()
_RESOLVER = Resolver()
_LONGEST_NUMBER = 64
_NUMBERS = (f"{TAG}int", f"{TAG}float")


def plain(text: str) -> Scalar:
    """The value of unquoted text. ``0x_`` looks like a number to YAML, and is none: it is text."""
    if len(text) > _LONGEST_NUMBER:
        return text
    tag: str = _RESOLVER.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
    try:
        return tagged(tag, text)
    except ValueError:
        return text


def tagged(tag: str, text: str) -> Scalar:
    """The value of text with a full tag. Raises ValueError where the two do not go together.

    PyYAML looks at the first character of a number before it has seen that there is one.
    """
    if tag in _NUMBERS and len(text) > _LONGEST_NUMBER:
        raise ValueError("nobody writes such a number")
    try:
        return _CONSTRUCTORS[tag](_CONSTRUCTOR, yaml.ScalarNode(tag, text))
    except (LookupError, ArithmeticError):  # no such tag, no such bool, or no digit
        raise ValueError(f"{tag} does not suit the value") from None
