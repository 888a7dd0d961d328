"""An endpoint or deployment document, read from its file to one tree of nodes.

The stages: the file's text, its tree with ``${VAR}`` resolved, ``--set`` and ``--name`` over
it, and the YAML files that ``file:`` references name in place of those references. Nothing
here raises for what the user wrote; all of it becomes findings.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from azext_ml_endpoint import disk
from azext_ml_endpoint.document import overrides
from azext_ml_endpoint.document.files import from_here, is_there
from azext_ml_endpoint.document.finding import Finding, Place
from azext_ml_endpoint.document.node import Node, spell
from azext_ml_endpoint.document.spot import DocumentPath, Spot, shown
from azext_ml_endpoint.document.text_file import TextFile, Unreadable
from azext_ml_endpoint.document.yaml_reader import Origin, parse

# Where the format takes a whole YAML file. Texts, such as conda_file, stay references.
_YAML_FILES: Sequence[tuple[str, ...]] = (("environment",), ("code_configuration", "code"))
_PREFIX = "file:"


@dataclass(frozen=True)
class Flag:
    """An option whose text, or mapping, is put at a place of the document, as it is."""

    option: str
    path: DocumentPath
    text: str | Mapping[str, int]

    @property
    def value(self) -> str | dict[str, Node]:
        if isinstance(self.text, str):
            return self.text
        place, here = Place(self.option), disk.working_folder()
        return {key: Node(value=each, place=place, base=here) for key, each in self.text.items()}


def read(
    path: str | Path | TextFile | None,
    *,
    variables: Mapping[str, str],
    settings: Sequence[str] = (),
    name: str | None = None,
    flags: Sequence[Flag] = (),
    itself: str | None = None,
) -> tuple[Node | None, list[Finding]]:
    """The tree, or None where the file holds none, and everything found wrong on the way.

    path: None for a document that the flags alone describe; a file that has been read already is
    not read again.
    variables: for ``${VAR}``, such as os.environ.
    settings: the values of ``--set``, each ``KEY=VALUE``; name: the value of ``--name``.
    They and the flags are without effect on a document that is not a mapping.
    itself: as in :func:`.overrides.read`.
    """
    named = () if name is None else (Flag("--name", ("name",), name),)
    root, findings = _document(path, disk.working_folder(), variables)
    root, wrong = changed(
        root,
        variables=variables,
        settings=settings,
        flags=(*flags, *named),
        broken={finding.place for finding in findings},
        itself=itself,
    )
    return root, each_once([*findings, *wrong])


def changed(
    root: Node | None,
    *,
    variables: Mapping[str, str],
    settings: Sequence[str] = (),
    flags: Sequence[Flag] = (),
    broken: Collection[Place] = (),
    itself: str | None = None,
) -> tuple[Node | None, list[Finding]]:
    """The tree with what options say, and with the files that are named in it.

    broken: places of values that could not be read.
    """
    here = disk.working_folder()
    chosen, findings = overrides.read(settings, base=here, variables=variables, itself=itself)
    for flag in flags:
        node = Node(value=flag.value, place=Place(flag.option), base=here)
        chosen.append(overrides.Setting(flag.path, node))
    if root is not None and isinstance(root.value, dict):
        root, refused = overrides.apply(root, chosen)
        findings += refused
        places = {*broken, *(finding.place for finding in findings)}
        root, unresolved = with_files(root, variables, places)
        findings += unresolved
    return root, findings


def agreed(document: Node, key: str, text: str, option: str) -> tuple[Node, list[Finding]]:
    """The document says what the option says: of itself, or because it is put there."""
    said = Spot(document).get(key)
    if said is None:
        given = Node(value=text, place=Place(option), base=document.base)
        is_mapping = isinstance(document.value, dict)
        return overrides.put(document, (key,), given) if is_mapping else document, []
    if said.text == text:
        return document, []
    return document, [said.finding(f"{key} is {shown(said.node)}, and {option} says {text!r}")]


def _document(
    path: str | Path | TextFile | None, here: Path, variables: Mapping[str, str]
) -> tuple[Node | None, list[Finding]]:
    if path is None:
        return Node(value={}, place=Place("the options"), base=here), []
    file = path if isinstance(path, TextFile) else TextFile.open(path)
    origin = Origin(file=file.name, base=disk.absolute(Path(file.name)).parent)
    return _tree("the file", file, origin, origin.place(1, 1), variables)


def _tree(
    subject: str, file: TextFile, origin: Origin, named_at: Place, variables: Mapping[str, str]
) -> tuple[Node | None, list[Finding]]:
    """``subject`` is what messages call the file, ``named_at`` where they place one that is bad."""
    try:
        text = file.text
    except Unreadable as why:
        finding = Finding(
            severity="error",
            message=f"{subject} {why.message}",
            place=origin.place(why.line, why.column) if why.line else named_at,
            path=spell(origin.path),
            hint=why.hint,
        )
        return None, [finding]
    return parse(text, origin, variables)


def with_files(
    root: Node, variables: Mapping[str, str], broken: Collection[Place]
) -> tuple[Node, list[Finding]]:
    """References at broken places, such as ``file:${UNSET}/env.yml``, stay as they are."""
    findings: list[Finding] = []
    for reference in list(_references(root)):
        if reference.node.place in broken or _is_code_folder(reference):
            continue
        content, wrong = _content(reference, variables)
        findings += wrong
        if content is not None:
            root = overrides.put(root, reference.path, content)
    return root, findings


def _references(root: Node) -> Iterator[Spot]:
    """Those of an endpoint's deployments, and of a deployment that has a file to itself."""
    document = Spot(root)
    for owner in (document, *document.items("deployments")):
        for field in _YAML_FILES:
            spot = owner.get(*field)
            if spot and _is_reference(spot.node):
                yield spot


def _is_reference(node: Node) -> bool:
    return isinstance(node.value, str) and node.value.startswith(_PREFIX)


def _is_code_folder(reference: Spot) -> bool:
    """``code: file:src`` means a folder, where it is one."""
    folder = _named_file(reference)
    return reference.path[-1] == "code" and is_there(folder, "folder")


def _named_file(reference: Spot) -> Path:
    return reference.node.base / str(reference.node.value).removeprefix(_PREFIX).strip()


def _content(reference: Spot, variables: Mapping[str, str]) -> tuple[Node | None, list[Finding]]:
    if reference.node.secret:
        return None, [reference.finding("the name of a file cannot be secret")]
    file = _named_file(reference)
    origin = Origin(
        file=from_here(Path(os.path.normpath(file))), base=file.parent, path=reference.path
    )
    text = TextFile.open(file)
    node, findings = _tree(f"'{origin.file}'", text, origin, reference.node.place, variables)
    if node is None or not _is_reference(node):
        return node, findings
    message = f"a file named by '{_PREFIX}' cannot name another file"
    return None, [*findings, reference.finding(message, place=node.place)]


def each_once(findings: Iterable[Finding]) -> list[Finding]:
    """Two deployments may name the same file, which is wrong in the same places."""
    return list({(finding.place, finding.message): finding for finding in findings}.values())
