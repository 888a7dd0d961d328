"""Which files an endpoint is made of, and what it means when one of them is saved. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from azext_ml_endpoint import content
from azext_ml_endpoint.document import chosen
from azext_ml_endpoint.document.chosen import Listing
from azext_ml_endpoint.document.model import Code, Deployment, Endpoint, Environment, Model

_NOISE = re.compile(
    r"__pycache__|\.(?:git|hg|svn|venv|idea|tox|mypy_cache|pytest_cache|ruff_cache)|node_modules"
    r"|.*~|\.#.*|#.*#|\..*\.sw.|4913|.*\.py[cod]|\.DS_Store|.*___jb_(?:tmp|old)___"
)
"""Names of folders and files that tools make beside those that people save."""

Ignored = Callable[[Path, str], bool]
"""Whether the ignore rules of a folder cover a path below it, with ``/``."""


@dataclass(frozen=True)
class Sources:
    """All paths are absolute.

    files: of the document, of environments, and models that are one file. folders: the other
    models, and contexts of builds that read them. code: by its folder, the deployments' names.
    listings: where the document may get more files.
    """

    files: frozenset[Path] = frozenset()
    folders: frozenset[Path] = frozenset()
    code: Mapping[Path, frozenset[str]] = field(default_factory=dict)
    listings: frozenset[Listing] = frozenset()

    @property
    def places(self) -> frozenset[Path]:
        """The folders whose files are looked at, without what is in folders below them."""
        return frozenset(
            [each.parent for each in self.files] + [each.folder for each in self.listings]
        )

    @property
    def trees(self) -> frozenset[Path]:
        """The folders of which everything is looked at."""
        return self.folders | self.code.keys()


@dataclass(frozen=True)
class Saved:
    """What the saved files are for. anything: the document, an environment or a model is another.

    code: the deployments whose code alone is. files: those that count, in order.
    """

    anything: bool = False
    code: frozenset[str] = frozenset()
    files: tuple[Path, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.files)


def of(endpoint: Endpoint, documents: Iterable[Path], asked: Iterable[str] = ()) -> Sources:
    """documents: the files that say what the endpoint is. asked: how they were named."""
    files, folders = {each.resolve() for each in documents}, set[Path]()
    for path in (each.resolve() for one in endpoint.deployments for each in _paths(one)):
        (folders if path.is_dir() else files).add(path)
    listings = frozenset(filter(None, map(chosen.listing, asked)))
    return Sources(frozenset(files), frozenset(folders), _code(endpoint), listings)


def meaning(changed: Iterable[Path], sources: Sources, ignored: Ignored) -> Saved:
    """Of files that were saved, made or removed."""
    anything, code, files = False, set[str](), []
    for path in sorted(set(changed)):
        for_code = [
            names for folder, names in sources.code.items() if _counts(path, folder, ignored)
        ]
        rest = (
            path in sources.files
            or any(each.has(path) for each in sources.listings)
            or any(_counts(path, each, ignored) for each in sources.folders)
        )
        if rest or for_code:
            files.append(path)
        anything = anything or rest
        code |= {name for names in for_code for name in names}
    return Saved(anything, frozenset(code), tuple(files))


def _counts(path: Path, folder: Path, ignored: Ignored) -> bool:
    if not path.is_relative_to(folder):
        return False
    below = path.relative_to(folder)
    return not any(map(_NOISE.fullmatch, below.parts)) and not ignored(folder, below.as_posix())


def _paths(deployment: Deployment) -> Iterator[Path]:
    if isinstance(model := deployment.model, Model) and model.path:
        yield model.path
    if isinstance(environment := deployment.environment, Environment):
        context = environment.context if content.reads_context(environment) else None
        for each in (environment.conda_path, environment.dockerfile_path, context):
            if each:
                yield each


def _code(endpoint: Endpoint) -> dict[Path, frozenset[str]]:
    found: dict[Path, frozenset[str]] = {}
    for each in endpoint.deployments:
        if isinstance(each.code, Code) and not each.code.datastore:
            folder = each.code.path.resolve()
            found[folder] = found.get(folder, frozenset()) | {each.name}
    return found
