"""Several files as one document: those of an endpoint and its deployments, as they are today.

There, an endpoint and each of its deployments have files of their own. They are put into one tree,
options go over it, and then each part is put into the words of this format. Everything keeps its
place in its file. One file that has it all, as in 2021, is read as it always was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from azext_ml_endpoint.document import (
    chosen,
    official_keys,
    official_values,
    shape,
    source,
    spelled,
    spelling,
    two_files,
)
from azext_ml_endpoint.document.finding import Finding, Place
from azext_ml_endpoint.document.node import Node
from azext_ml_endpoint.document.official_tree import no_word
from azext_ml_endpoint.document.spot import Spot, shown
from azext_ml_endpoint.document.text_file import TextFile
from azext_ml_endpoint.document.two_files import KINDS, Role
from azext_ml_endpoint.document.validate import Scope
from azext_ml_endpoint.document.variables import AS_WRITTEN, SecretsOnly

GIVE_BOTH = "Give one endpoint's file, and those of its deployments: endpoint.yml blue.yml …"


@dataclass(frozen=True, kw_only=True)
class Options:
    """What goes over the files: ``--set``, ``--name``, ``--traffic``."""

    settings: Sequence[str] = ()
    name: str | None = None
    traffic: Mapping[str, int] | None = None

    @property
    def flags(self) -> list[source.Flag]:
        named = [source.Flag("--name", ("name",), self.name)] if self.name is not None else []
        if self.traffic is None:
            return named
        return [*named, source.Flag("--traffic", ("traffic",), self.traffic)]


@dataclass(frozen=True, kw_only=True)
class Together:
    """``root``: None where the files do not make one document; the findings say why.

    files: all that were read. parts: the trees of those that are of it, as they were written.
    """

    root: Node | None
    findings: list[Finding]
    scope: Scope = "whole"
    files: tuple[TextFile, ...] = ()
    parts: tuple[Node, ...] = ()


@dataclass(frozen=True)
class _Part:
    file: TextFile
    node: Node
    role: Role | None


def read(
    asked: Sequence[str],
    *,
    variables: Mapping[str, str],
    options: Options = Options(),
    is_todays: bool = False,
) -> Together:
    """asked: files, folders, patterns; see :mod:`.chosen`. Raises nothing for what they hold.

    is_todays: one file alone is of today's format too, whatever is in it.

    Dollars are dollars in files of today's format: only secrets are taken from ``variables`` there.
    """
    chosen_files, findings = chosen.choose(asked)
    if findings:
        return Together(root=None, findings=findings)
    files = [TextFile.open(each.file) for each in chosen_files]
    if len(files) == 1 and chosen_files[0].named and not is_todays:
        alone = _alone(files[0], variables, options)
        if not alone.root or not _is_todays(alone.root):
            return alone
    parts: list[_Part] = []
    for each, file in zip(chosen_files, files, strict=True):
        part, wrong = _part(file, variables, named=each.named)
        findings += wrong
        parts += [part] if part else []
    findings += _misfits(asked, parts, findings)
    return replace(_gathered(parts, findings, variables, options), files=tuple(files))


def _alone(file: TextFile, variables: Mapping[str, str], options: Options) -> Together:
    """As in 2021; or something else, of which the schema says what is wrong with it."""
    root, findings = source.read(
        file,
        variables=variables,
        settings=options.settings,
        flags=options.flags,
        itself="endpoint",
    )
    root = official_values.worded(root, "endpoint") if root else None
    parts = (root,) if root else ()
    scope = _scope(root)
    return Together(root=root, findings=findings, scope=scope, files=(file,), parts=parts)


def _scope(root: Node | None) -> Scope:
    """A file that says nothing of deployments leaves them alone; an empty list is an answer."""
    is_silent = root and isinstance(root.value, dict) and "deployments" not in root.value
    return "endpoint" if is_silent else "whole"


def _part(
    file: TextFile, variables: Mapping[str, str], *, named: bool
) -> tuple[_Part | None, list[Finding]]:
    """named: as in :class:`.chosen.Chosen`."""
    node, findings = source.read(file, variables=variables)
    role = two_files.role(node) if node else None
    if node and role in ("endpoint", "deployment") and spelled.is_todays(node):
        todays = AS_WRITTEN if variables is AS_WRITTEN else SecretsOnly(variables)
        node, findings = source.read(file, variables=todays)
    if node is None:
        return None, findings
    is_other = role is None and not named
    return (None, []) if is_other else (_Part(file, node, role), findings)


def _is_todays(node: Node) -> bool:
    """Whether a file is one of several: today's, or of one deployment."""
    role = two_files.role(node)
    is_part = role == "deployment" or two_files.kind(node) is not None
    return is_part and role != "whole" and not two_files.is_batch(node)


def _misfits(
    asked: Sequence[str], parts: Sequence[_Part], unread: Sequence[Finding]
) -> Iterator[Finding]:
    """Why these files are not one endpoint."""
    if not parts and not unread:
        message, place = "no file of an endpoint or a deployment is there", Place(", ".join(asked))
        yield Finding(severity="error", message=message, place=place, hint=GIVE_BOTH)
    for each in parts:
        if two_files.is_batch(each.node):
            message = "this is of a batch endpoint, and this tool is for online endpoints only"
            yield Spot(each.node).finding(message)
        elif each.role is None:
            message = "this is no endpoint, and no deployment of one"
            yield Spot(each.node).finding(message, GIVE_BOTH)
        elif each.role == "whole" and len(parts) > 1:
            message = "this file has its deployments in it, and goes with no other"
            place = each.node.keys["deployments"]
            hint = f"Give it alone: -f {each.file.name}."
            yield Spot(each.node).finding(message, hint, place=place)
    endpoints = [each.node for each in parts if each.role == "endpoint"]
    for node in [each for each in endpoints if not two_files.is_batch(each)][1:]:
        yield Spot(node).finding("this is a second endpoint", GIVE_BOTH)


def _gathered(
    parts: Sequence[_Part],
    findings: list[Finding],
    variables: Mapping[str, str],
    options: Options,
) -> Together:
    trees = tuple(each.node for each in parts)
    endpoint = next((each.node for each in parts if each.role in ("endpoint", "whole")), None)
    deployments = [each.node for each in parts if each.role == "deployment"]
    if not any(each.severity == "error" for each in findings):
        findings += _strangers(endpoint, deployments, options)
    if any(each.severity == "error" for each in findings):
        return Together(root=None, findings=findings, parts=trees)
    scope: Scope = "whole" if endpoint and deployments else "endpoint"
    if endpoint is None:
        endpoint, scope = _implied(deployments[0]), "deployments"
    broken = {each.place for each in findings}
    root, wrong = source.changed(
        _joined(endpoint, deployments),
        variables=variables,
        settings=options.settings,
        flags=options.flags,
        broken=broken,
        itself="endpoint",
    )
    root, told = _in_our_words(root, scope) if root is not None and not wrong else (None, [])
    findings = source.each_once([*findings, *wrong, *told])
    return Together(root=root, findings=findings, scope=scope, parts=trees)


def _implied(deployment: Node) -> Node:
    """The endpoint of which only deployments are given."""
    said = Spot(deployment).get("endpoint_name")
    keys = {"name": deployment.keys.get("endpoint_name", deployment.place)} if said else {}
    return replace(deployment, value={"name": said.node} if said else {}, keys=keys)


def _joined(endpoint: Node, deployments: list[Node]) -> Node:
    if not deployments or not isinstance(endpoint.value, dict):
        return endpoint
    items = Node(value=deployments, place=endpoint.place, base=endpoint.base)
    return replace(endpoint, value={**endpoint.value, "deployments": items})


def _in_our_words(root: Node, scope: Scope) -> tuple[Node | None, list[Finding]]:
    """The endpoint and each deployment, converted key by key."""
    children = root.value if isinstance(root.value, dict) else {}
    deployments = [each.node for each in Spot(root).items("deployments")]
    alone = replace(root, value={k: v for k, v in children.items() if k != "deployments"})
    misplaced = [] if scope == "deployments" else list(_misplaced(alone, deployments))
    if misplaced:
        return None, misplaced
    return converted(alone, deployments)


def converted(endpoint: Node, deployments: Iterable[Node]) -> tuple[Node, list[Finding]]:
    """One tree in the words of this format, of what is in today's."""
    root, findings = official_keys.endpoint(endpoint)
    items: list[Node] = []
    for each in deployments:
        item, told = official_keys.deployment(each)
        items.append(item)
        findings += told
    return _joined(root, items), findings


def _strangers(
    endpoint: Node | None, deployments: Iterable[Node], options: Options
) -> Iterator[Finding]:
    """Deployments of other endpoints; ``--name`` goes before all that files say."""
    if options.name is not None:
        return
    named = Spot(endpoint).get("name") if endpoint else None
    for each in deployments:
        said = Spot(each).get("endpoint_name")
        named = named or said
        if said and named and str(said.node.value).lower() != str(named.node.value).lower():
            at = f", in {named.node.place}" if endpoint is None else ""
            other = f"the endpoint is {shown(named.node)}{at}"
            yield said.finding(f"endpoint_name is {shown(said.node)}, and {other}")


def nameless(read: Together) -> Iterator[Finding]:
    """Deployments alone that say nothing of their endpoint."""
    if read.scope == "deployments" and read.root and not Spot(read.root).get("name"):
        hint = "Write endpoint_name in it, or give --name."
        message = "this deployment does not say which endpoint it is of"
        yield Spot(read.parts[0]).finding(message, hint)


def misnamed(read: Together) -> list[Finding]:
    """Deployments alone of what no endpoint can be called, told at the key that says it."""
    named = Spot(read.root).get("name") if read.root and read.scope == "deployments" else None
    for part in read.parts if named else ():
        said = Spot(part).get("endpoint_name")
        if named and said and said.node.place == named.node.place:
            blue = replace(said.node, value="blue")
            alone = replace(part, value={"name": blue, "endpoint_name": said.node})
            return shape.check(Spot(alone), "online-deployment")[0]
    return []


def _misplaced(endpoint: Node, deployments: Iterable[Node]) -> Iterator[Finding]:
    """Where the files do not agree whether there is a cluster, nothing else can be judged."""
    has_compute = bool(spelling.given(Spot(endpoint), spelling.TARGET))
    for each in (endpoint, *deployments):
        said = None if each is endpoint else Spot(each).get("type")
        kind = official_values.one_of(said.node, KINDS) if said else _kind_of_schema(each)
        spot = said or Spot(each).get("$schema") or Spot(each)
        if said and kind is None:
            yield said.finding(no_word("type", said.node, KINDS))
        elif said and kind == "managed" and has_compute:
            yield said.finding("type is 'managed', and the endpoint has a compute: Kubernetes")
        elif kind == "kubernetes" and not has_compute:
            hint = "Write compute: azureml:<cluster> in the endpoint's file."
            yield spot.finding("this is for Kubernetes, and the endpoint has no 'compute'", hint)


def _kind_of_schema(node: Node) -> str | None:
    return "kubernetes" if two_files.schema(node).startswith("kubernetes") else None
