"""What is there, changed by options: from plain data to what is wanted.

The data have the shape that ``az ml endpoint show`` prints, which is the document's own, with
what only an answer has. Only what was changed is judged: that the service has what this tool does
not know, or would refuse, is nobody's mistake here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

from azext_ml_endpoint import disk
from azext_ml_endpoint.document import complete, schemas, source, validate
from azext_ml_endpoint.document.finding import Finding, Place
from azext_ml_endpoint.document.model import Endpoint
from azext_ml_endpoint.document.node import Node
from azext_ml_endpoint.document.spot import Spot
from azext_ml_endpoint.document.variables import substitute

Data = dict[str, Any]

_THERE = Place("what is there")
_ABSENT = object()
_SETTLED = ("name", "type", "location", "target", "compute", "identity")
"""About an endpoint, from the day it is made."""
_NOT_KEPT = "tests are in files only, and no endpoint keeps them"


@dataclass(frozen=True)
class Revision:
    """``wanted`` has the deployments that were changed or added, and no others.

    Its traffic is None where that was not changed. ``only`` has the names of the deployments that
    were changed, added or removed.
    """

    wanted: Endpoint
    only: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class EditedDocument:
    """``there``, and what the options made of an :func:`editable` copy.

    options: how people know them, such as ``--set tags.team``; findings stand at this place.
    deployment: one from a file of its own; it replaces the one of its name, or is added.
    variables: for ``${VAR}`` in values that are new, such as os.environ.
    """

    there: Data
    edited: Data
    options: str
    deployment: Node | None = None
    variables: Mapping[str, str] = field(default_factory=dict)


def editable(there: Data) -> Data:
    """A copy with a null for all that could be said and is not, so that options find a place."""
    copy = _with_nulls(deepcopy(there), _inputs("endpoint"))
    copy["deployments"] = [
        _with_nulls(each, _inputs("deployment")) for each in copy["deployments"] or ()
    ]
    return copy


def read(edit: EditedDocument) -> tuple[Node | None, list[Finding]]:
    """The tree of all that is there and was changed. What stayed has a place of its own."""
    there, edited = _said(edit.there), _said(edit.edited)
    reader = _Reader(Place(edit.options), edit.variables)
    root = reader.node(edited, there)
    root, unread = source.with_files(root, edit.variables, {each.place for each in reader.findings})
    asked = (there, edited, reader.place)
    refused = list(_refused(*asked)) or list(_serving(*asked))
    if edit.deployment:
        root = _with_deployment(root, edit.deployment)
    return root, [*reader.findings, *unread, *refused]


def judged(edit: EditedDocument, root: Node) -> list[Finding]:
    """What is wrong with the changes. What was so before is not their fault: that a part is missing
    is told of the whole that lacks it, and that may have been changed elsewhere."""
    found = [each for each in validate.validate(root) if each.place != _THERE]
    there = _said(edit.there)
    before = validate.validate(_Reader(_THERE, {}).node(there, there)) if found else ()
    known = {(each.path, each.message) for each in before}
    return [each for each in found if (each.path, each.message) not in known]


def completed(edit: EditedDocument, root: Node) -> Revision:
    """Raises FileAccessError, as :func:`.complete.complete` does."""
    there, edited = _said(edit.there), _said(edit.edited)
    only = _changed(there, edited) | {each for each in [name(edit.deployment)] if each}
    keys = {"traffic": there.get("traffic") != edited.get("traffic"), "identity": False}
    kept = {key: below for key, below in _children(root).items() if keys.get(key, True)}
    chosen = [each.node for each in Spot(root).items("deployments") if name(each.node) in only]
    kept["deployments"] = Node(value=chosen, place=root.place, base=root.base)
    wanted = _marked(complete.complete(replace(root, value=kept)), name(edit.deployment))
    if keys["traffic"] and wanted.traffic is None:
        wanted = replace(wanted, traffic={})
    return Revision(wanted, frozenset(only))


def _marked(wanted: Endpoint, from_file: str | None) -> Endpoint:
    """As edited, but for the deployment that comes from a file."""
    deployments = [replace(each, edited=each.name != from_file) for each in wanted.deployments]
    return replace(wanted, edited=True, deployments=tuple(deployments))


@dataclass
class _Reader:
    """Makes nodes, and notes the variables that it could not resolve."""

    place: Place
    variables: Mapping[str, str]
    findings: list[Finding] = field(default_factory=list)

    def node(self, value: Any, before: Any) -> Node:
        """Mappings and lists have the place of the options where anything below was changed."""
        place = _THERE if value == before else self.place
        if isinstance(value, dict):
            below = {key: self.node(each, _below(before, key)) for key, each in value.items()}
            keys = {key: each.place for key, each in below.items()}
            return Node(value=below, place=place, base=disk.working_folder(), keys=keys)
        if isinstance(value, list):
            items = [self.node(each, _counterpart(each, before)) for each in value]
            return Node(value=items, place=place, base=disk.working_folder())
        if isinstance(value, str) and place is self.place:
            return self._text(value)
        return Node(value=value, place=place, base=disk.working_folder())

    def _text(self, text: str) -> Node:
        found = substitute(text, self.variables)
        self.findings += [
            Finding(severity="error", message=each.message, place=self.place, hint=each.hint)
            for each in found.problems
        ]
        return Node(
            value=found.text, place=self.place, base=disk.working_folder(), secret=found.secret
        )


def _below(before: Any, key: str) -> Any:
    return before.get(key, _ABSENT) if isinstance(before, dict) else _ABSENT


def _counterpart(item: Any, before: Any) -> Any:
    """The item of this name, or the same item, in the list as it was."""
    if not isinstance(before, list):
        return _ABSENT
    names = [each.get("name") if isinstance(each, dict) else _ABSENT for each in before]
    if isinstance(item, dict) and item.get("name") in names:
        return before[names.index(item.get("name"))]
    return item if item in before else _ABSENT


def _refused(there: Data, edited: Data, place: Place) -> Iterator[Finding]:
    answers = _answers("endpoint", there)
    for key in _differing(there, edited):
        if key in _SETTLED:
            yield _finding(f"the {key} of an endpoint is settled when it is made", place, key)
        elif key == "tests":
            yield _finding(_NOT_KEPT, place, key)
        elif key in answers:
            yield _finding(f"{key} is an answer only, and cannot be changed", place, key)
    for number, each in enumerate(_mappings(edited)):
        yield from _refused_below(each, there, place, f"deployments[{number}]")


def _refused_below(deployment: Data, there: Data, place: Place, path: str) -> Iterator[Finding]:
    before = _counterpart(deployment, there["deployments"])
    if not isinstance(before, dict):
        renamed = [
            {**each, "name": deployment.get("name")} == deployment for each in _mappings(there)
        ]
        if any(renamed):
            yield _finding("a deployment cannot be given another name", place, f"{path}.name")
        return
    for key in _differing(before, deployment):
        if key == "tests":
            yield _finding(_NOT_KEPT, place, f"{path}.{key}")
        elif key in _answers("deployment", before):
            message = f"{key} is an answer only, and cannot be changed"
            yield _finding(message, place, f"{path}.{key}")


def _serving(there: Data, edited: Data, place: Place) -> Iterator[Finding]:
    """Deployments that are removed while they receive traffic."""
    kept = [each.get("name") for each in _mappings(edited)]
    traffic = there.get("traffic") or {}
    for gone in (each["name"] for each in _mappings(there) if each["name"] not in kept):
        if traffic.get(gone) and traffic == edited.get("traffic"):
            message = f"deployment {gone} receives {traffic[gone]} % of the traffic"
            hint = "Say which deployments receive it instead: --traffic."
            yield Finding(severity="error", message=message, place=place, hint=hint)


def _finding(message: str, place: Place, path: str) -> Finding:
    return Finding(severity="error", message=message, place=place, path=path)


def _differing(there: Data, edited: Data) -> list[str]:
    return [
        key
        for key in dict.fromkeys([*there, *edited])
        if there.get(key) != edited.get(key) and key != "deployments"
    ]


def _changed(there: Data, edited: Data) -> set[str]:
    """The names of the deployments that differ, or are on one side only."""
    before = {each["name"]: each for each in _mappings(there)}
    after = {each["name"]: each for each in _mappings(edited) if each.get("name")}
    return {str(each) for each in {**before, **after} if before.get(each) != after.get(each)}


def _mappings(endpoint: Data) -> list[Data]:
    deployments = endpoint.get("deployments")
    return [each for each in _list(deployments) if isinstance(each, dict)]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _with_deployment(root: Node, deployment: Node) -> Node:
    """Shown and judged at its places in its file."""
    present = [each.node for each in Spot(root).items("deployments")]
    names = [name(each) for each in present]
    at = names.index(name(deployment)) if name(deployment) in names else len(names)
    items = [*present[:at], deployment, *present[at + 1 :]]
    deployments = Node(value=items, place=deployment.place, base=root.base)
    return replace(root, value={**_children(root), "deployments": deployments})


def _children(node: Node) -> dict[str, Node]:
    return node.value if isinstance(node.value, dict) else {}


def name(node: Node | None) -> str | None:
    """Of an endpoint or a deployment."""
    named = Spot(node).get("name") if node else None
    return named.text if named else None


def _said(endpoint: Data) -> Data:
    """Without what says nothing, in the endpoint and its deployments."""
    deployments = endpoint.get("deployments")
    if isinstance(deployments, list):
        deployments = [_present(each) if isinstance(each, dict) else each for each in deployments]
    return {**_present(endpoint), "deployments": deployments or []}


def _present(data: Data) -> Data:
    return {key: value for key, value in data.items() if value is not None}


def _with_nulls(data: Data, keys: Iterable[str]) -> Data:
    return {**dict.fromkeys(keys), **data}


def _inputs(kind: str) -> list[str]:
    return [key for key, schema in _properties(kind).items() if not _is_answer(schema)]


def _answers(kind: str, there: Data) -> set[str]:
    """Those that the schema knows, and all that is shown and cannot be written in a file."""
    known = _properties(kind)
    return {*(key for key in known if _is_answer(known[key])), *(set(there) - set(known))}


def _properties(kind: str) -> Mapping[str, Any]:
    endpoint = schemas.load("online-endpoint")
    schema = endpoint if kind == "endpoint" else endpoint["$defs"][kind]
    properties: Mapping[str, Any] = schema["properties"]
    return properties


def _is_answer(schema: Mapping[str, Any]) -> bool:
    return schema.get("$ref") in ("#/$defs/answer", "#/$defs/schemaAddress")
