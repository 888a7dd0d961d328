"""A file to what it describes, through all stages, with everything found wrong on the way.

The common arguments are those of :func:`.source.read`: ``variables`` for ``${VAR}``, the
``settings`` of ``--set``, and the ``name`` of ``--name``, which is put in place of the file's.
What completes a tree is imported where it is used: to check a file must be quick.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, ValuesView
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

from azext_ml_endpoint import disk
from azext_ml_endpoint.document import (
    official_keys,
    official_values,
    source,
    spelled,
    together,
    two_files,
    validate,
)
from azext_ml_endpoint.document.finding import Finding
from azext_ml_endpoint.document.model import Endpoint, Environment, Model
from azext_ml_endpoint.document.node import Node
from azext_ml_endpoint.document.spot import Spot
from azext_ml_endpoint.document.text_file import TextFile
from azext_ml_endpoint.document.together import Options, Together
from azext_ml_endpoint.document.variables import SecretsOnly
from azext_ml_endpoint.errors import DocumentError

if TYPE_CHECKING:
    from azext_ml_endpoint.document import live

Described = TypeVar("Described")
Read = tuple[Node | None, list[Finding]]
Paths: TypeAlias = str | Path | Sequence[str | Path]


@dataclass(frozen=True)
class Loaded(Generic[Described]):
    """``described`` is None where there are errors; warnings may stand beside it.

    root: its tree, None where the file holds none. scope: what of the endpoint it is about.
    documents: the files that ``--file`` means, each as it was read.
    """

    described: Described | None
    findings: tuple[Finding, ...]
    root: Node | None = None
    scope: validate.Scope = "whole"
    documents: tuple[TextFile, ...] = ()

    @property
    def hashes(self) -> dict[str, str]:
        """The absolute names of the documents, each with its SHA-256."""
        known = [(disk.absolute(Path(each.name)), each.digest) for each in self.documents]
        return {str(path): digest for path, digest in known if digest}

    @property
    def files(self) -> frozenset[Path]:
        """That were read for it, those that ``file:`` names among them."""
        return frozenset(_files(self.root)) if self.root else frozenset()

    def require(self) -> Described:
        """Raises DocumentError, with all findings, where there are errors."""
        if self.described is None:
            raise DocumentError(self.findings)
        return self.described


def load(
    path: Paths,
    *,
    variables: Mapping[str, str],
    settings: Sequence[str] = (),
    name: str | None = None,
    traffic: Mapping[str, int] | None = None,
    needs_endpoint: bool = True,
) -> Loaded[Endpoint]:
    """An endpoint with its deployments. Raises FileAccessError for files that vanish meanwhile.

    path: one file of both, or those of today's format; see :mod:`.together`.
    traffic: of ``--traffic``. needs_endpoint: whether files of deployments alone will not do. They
    make an endpoint of which only its name and these deployments are known.
    """
    from azext_ml_endpoint.document import complete

    options = Options(settings=settings, name=name, traffic=traffic)
    read = together.read(paths(path), variables=variables, options=options)
    loaded = _loaded((read.root, read.findings), _judge(read, needs_endpoint), complete.complete)
    return replace(loaded, scope=read.scope, documents=read.files)


def _judge(read: Together, needs_endpoint: bool) -> Callable[[Node], list[Finding]]:
    """What its findings are. A new endpoint has no deployments but those that files give it."""
    if read.scope == "deployments" and needs_endpoint:
        return lambda _: [validate.no_endpoint(read.parts[0])]
    scope: validate.Scope = "whole" if needs_endpoint else read.scope
    return lambda node: [*together.nameless(read)] or _judged(read, node, scope)


def _judged(read: Together, node: Node, scope: validate.Scope) -> list[Finding]:
    misnamed = together.misnamed(read)
    told = {each.place for each in misnamed}
    return [*misnamed, *(each for each in validate.validate(node, scope) if each.place not in told)]


def paths(given: Paths) -> list[str]:
    return [str(given)] if isinstance(given, str | Path) else list(map(str, given))


def read_deployment(
    path: str | Path,
    *,
    variables: Mapping[str, str],
    settings: Sequence[str] = (),
    name: str | None = None,
    endpoint_name: str | None = None,
) -> Loaded[Node]:
    """The tree of a deployment in a file of its own, to be put into its endpoint's.

    name and endpoint_name: of ``--deployment`` and ``--name``. What the file does not say is
    taken from them, and what it does say must agree.
    """
    file = TextFile.open(path)
    node, findings = source.read(file, variables=variables, settings=settings)
    is_todays = node is not None and two_files.kind(node) == "deployment"
    if is_todays:
        node, findings = source.read(file, variables=SecretsOnly(variables), settings=settings)
    node = official_values.worded(node, "deployment") if node else None
    for option, key, given in (
        ("--deployment", "name", name),
        ("--name", "endpoint_name", endpoint_name),
    ):
        if node and given:
            node, wrong = source.agreed(node, key, given, option)
            findings = [*findings, *wrong]
    if node and is_todays:
        node, told = official_keys.deployment(node)
        findings = [*findings, *told]
    loaded = _loaded((node, findings), validate.validate_deployment, lambda tree: tree)
    return replace(loaded, documents=(file,))


def read_one_of(
    path: Paths,
    deployment: str,
    *,
    variables: Mapping[str, str],
    settings: Sequence[str] = (),
    name: str | None = None,
) -> Loaded[tuple[str, Node]]:
    """The name of an endpoint, and the tree of one of its deployments."""
    from azext_ml_endpoint.document import live

    def judged(tree: Node) -> list[Finding]:
        missing = Spot(tree).finding(f"there is no deployment '{deployment}'")
        findings = [*together.nameless(read)] or _judged(read, tree, read.scope)
        return [*findings, *([] if chosen(tree) else [missing])]

    def chosen(tree: Node) -> list[Node]:
        every = Spot(tree).items("deployments")
        return [each.node for each in every if live.name(each.node) == deployment]

    options = Options(settings=settings, name=name)
    read = together.read(paths(path), variables=variables, options=options)
    found = (read.root, read.findings)
    loaded = _loaded(found, judged, lambda tree: (str(live.name(tree)), chosen(tree)[0]))
    return replace(loaded, documents=read.files)


def load_change(edit: live.EditedDocument) -> Loaded[live.Revision]:
    """What options made of what is there."""
    from azext_ml_endpoint.document import live

    def judged(tree: Node) -> list[Finding]:
        return live.judged(edit, tree)

    return _loaded(live.read(edit), judged, lambda node: live.completed(edit, node))


def load_model(
    path: str | Path | None,
    *,
    variables: Mapping[str, str],
    settings: Sequence[str] = (),
    name: str | None = None,
    flags: Sequence[source.Flag] = (),
) -> Loaded[Model]:
    """A model in a file of its own, or described by flags."""
    from azext_ml_endpoint.document import complete

    read = source.read(path, variables=variables, settings=settings, name=name, flags=flags)
    return _loaded(read, validate.validate_model, complete.complete_model)


def load_environment(
    path: str | Path | None,
    *,
    variables: Mapping[str, str],
    settings: Sequence[str] = (),
    name: str | None = None,
    flags: Sequence[source.Flag] = (),
) -> Loaded[Environment]:
    """An environment in a file of its own, or described by flags."""
    from azext_ml_endpoint.document import complete

    read = source.read(path, variables=variables, settings=settings, name=name, flags=flags)
    return _loaded(read, validate.validate_environment, complete.complete_environment)


def check(
    path: Paths,
    *,
    variables: Mapping[str, str],
    settings: Sequence[str] = (),
    name: str | None = None,
    traffic: Mapping[str, int] | None = None,
) -> list[Finding]:
    """All that is wrong with the files of an endpoint, or of deployments, whichever they are.

    traffic: as for :func:`load`.
    """
    options = Options(settings=settings, name=name, traffic=traffic)
    read = together.read(paths(path), variables=variables, options=options)
    remarks = [each for part in read.parts for each in spelled.remarks(part)]
    judged = _checked(read, alone=traffic is None)
    return [*remarks, *_findings((read.root, read.findings), judged)]


def _checked(read: Together, *, alone: bool) -> Callable[[Node], list[Finding]]:
    """One deployment alone need not say where it belongs: ``--deployment-file`` knows."""
    if alone and read.scope == "deployments" and len(read.parts) == 1:
        return lambda node: [*together.misnamed(read), *_judged_alone(node)]
    return _judge(read, needs_endpoint=False)


def _judged_alone(node: Node) -> list[Finding]:
    return validate.validate_deployment(next(Spot(node).items("deployments")).node)


def _loaded(
    read: Read,
    validated: Callable[[Node], list[Finding]],
    completed: Callable[[Node], Described],
) -> Loaded[Described]:
    node, _ = read
    findings = tuple(_findings(read, validated))
    is_wrong = any(finding.severity == "error" for finding in findings)
    return Loaded(None if is_wrong or node is None else completed(node), findings, node)


def _files(node: Node) -> Iterator[Path]:
    """The values' places say it: their files are named as somebody wrote it."""
    if node.place.line:
        yield node.base / Path(node.place.file).name
    children = node.value.values() if isinstance(node.value, dict) else node.value
    for child in children if isinstance(children, (list, ValuesView)) else ():
        yield from _files(child)


def _findings(read: Read, validated: Callable[[Node], list[Finding]]) -> list[Finding]:
    """A value that could not be read, such as ``${UNSET}``, is not also judged."""
    node, unread = read
    broken = {finding.place for finding in unread}
    judged = validated(node) if node else []
    return validate.in_order(
        [*unread, *(finding for finding in judged if finding.place not in broken)]
    )
