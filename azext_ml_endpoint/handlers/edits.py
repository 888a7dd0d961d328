"""``--set``, ``--add`` and ``--remove`` without a file: az's generic update, on plain data.

The work is done by az's own functions, so that paths, filters (``deployments[name=blue]``) and
values mean here what they mean in every other command of az. Deployments may be named besides, as
where there is a file: ``deployments[blue]``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from azext_ml_endpoint.errors import UsageError

Data = dict[str, Any]
Edit = tuple[str, list[str]]
"""An option and its values, in the order of the command line."""

_AT = re.compile(r"(?P<list>.+)\[(?P<item>[^\[\]]+)\]")
_NAMED = re.compile(r"^(?:endpoint\.)?deployments\[(?P<name>[A-Za-z][\w-]*)\]", re.ASCII)
_OF_ENDPOINT = re.compile(r"^endpoint\.")
# As documents have it (document/texts.py): az would make 1.1 of 1.10.
_TEXT = re.compile(r"(.+\.)?((environment_variables|tags|properties)\.[^.]+|version)")
_HINT = "What can be named is what az ml endpoint show prints, as in deployments[0].tags.team=x."
# What az appends is in camelCase, which is not how keys are written here.
_VALUE = re.compile(r"(?s)^((?:[^=\[]|\[[^\]]*\])*)=.*$")
_OPTIONS = re.compile(r" Available options: \[.*", re.DOTALL)


def apply(data: Data, edits: Iterable[Edit], *, force_string: bool) -> Data:
    """The data as they are afterwards, as JSON could carry them. ``data`` itself is changed.

    Raises UsageError, which names the edit that does not work.
    """
    from knack.util import CLIError

    for edit in _one_by_one(edits):
        try:
            _apply(data, edit, force_string)
        except CLIError as error:
            raise UsageError(f"{name(edit)}: {_OPTIONS.sub('', str(error))}", _HINT) from error
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise UsageError(f"{name(edit)}: there is no such place.", _HINT) from error
    return dict(json.loads(json.dumps(data, default=str)))


def name(edit: Edit) -> str:
    """What is changed, without the value: it may be secret."""
    option, values = edit
    return f"{option} {' '.join(map(_key, values if option == '--set' else values[:1]))}"


def _one_by_one(edits: Iterable[Edit]) -> Iterator[Edit]:
    """``--set`` takes several."""
    for option, values in edits:
        each_alone = [[value] for value in values] if option == "--set" else [values]
        yield from ((option, alone) for alone in each_alone)


def _apply(data: Data, edit: Edit, force_string: bool) -> None:
    from azure.cli.core.commands import arm

    option, values = edit
    values = [_by_position(data, values[0]), *values[1:]]
    if option == "--set":
        arm.set_properties(data, values[0], force_string or _is_text(values[0]))
    elif option == "--add":
        arm.add_properties(data, values, force_string)
    else:
        arm.remove_properties(data, _item(data, values))


def _by_position(data: Data, expression: str) -> str:
    """Azure's names are the same in capitals and small letters."""
    match = _NAMED.match(expression)
    if match is None:
        return _OF_ENDPOINT.sub("", expression)
    names = [str(each.get("name")).lower() for each in data["deployments"]]
    position = names.index(match["name"].lower())
    return f"deployments[{position}]{expression[match.end() :]}"


def _is_text(expression: str) -> bool:
    """One in quotes is taken out of them, as az does it."""
    key = _key(expression)
    is_quoted = expression[len(key) + 1 :][:1] in ('"', "'")
    return bool(_TEXT.fullmatch(key)) and not is_quoted


def _item(data: Data, values: list[str]) -> list[str]:
    """``deployments[1]`` and ``deployments[name=blue]`` as az wants it: ``deployments 1``."""
    match = _AT.fullmatch(values[0])
    if len(values) > 1 or match is None:
        return values
    key, equals, wanted = match["item"].partition("=")
    if not equals:
        return [match["list"], match["item"]]
    items = data[match["list"]]
    return [match["list"], str([str(each.get(key)) for each in items].index(wanted))]


def _key(expression: str) -> str:
    """What is before the first ``=`` that is not in brackets."""
    return _VALUE.sub(r"\1", expression)
