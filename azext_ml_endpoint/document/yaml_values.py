"""The values of a YAML text whose places nobody asks for: packages, from a file or the service.

The official SDK computes digests of such texts, so values and spelling are PyYAML's own. What may
be read is what :mod:`yaml_reader` takes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from azext_ml_endpoint.document import yaml_reader

_ORIGIN = yaml_reader.Origin(file="it", base=Path())
# PyYAML checks the form of a value, and lets Python say what is wrong with the value itself, such
# as a 13th month.
_NO_SUCH_VALUE = (ValueError, ArithmeticError, LookupError, TypeError, AttributeError)


class Unusable(ValueError):
    """The text is no YAML, or more than is taken. The message says where and what."""


def load(text: str) -> Any:
    """What ``yaml.safe_load`` gives. Raises Unusable, also for a text without values."""
    return _load(text, yaml.SafeLoader)


def texts(text: str) -> Any:
    """As :func:`load`, with every scalar as it was written: ``1.10`` is not 1.1."""
    return _load(text, yaml.BaseLoader)


def _load(text: str, loader: type[yaml.SafeLoader] | type[yaml.BaseLoader]) -> Any:
    tree, findings = yaml_reader.parse(text, _ORIGIN, {})
    if tree is None:
        found = findings[-1]
        raise Unusable(found.message + _at(found.place.line, found.place.column))
    try:
        return yaml.load(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        raise Unusable(_said(error)) from error
    except _NO_SUCH_VALUE as error:
        raise Unusable(f"it has a value that YAML does not know: {error}") from error


def dump(values: Any) -> str:
    """What ``yaml.safe_dump`` gives: in block style, keys sorted."""
    return str(yaml.safe_dump(values, sort_keys=True))


def _said(error: yaml.MarkedYAMLError) -> str:
    words = ", ".join(filter(None, (error.context, error.problem)))
    mark = error.problem_mark
    return f"it is not YAML: {words}" + (_at(mark.line + 1, mark.column + 1) if mark else "")


def _at(line: int, column: int) -> str:
    return f" (line {line}, column {column})" if line else ""
