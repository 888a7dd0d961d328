"""How much there is to send."""

from __future__ import annotations

from pathlib import Path

from azext_ml_endpoint.content import hashing, reads_context, tree
from azext_ml_endpoint.document.model import Code, Data, Environment, Model


def upload_size(asset: Model | Code | Environment | Data) -> int:
    """Bytes of all its files; 0 for what is told in the request that registers it."""
    if isinstance(asset, Data):
        return 0
    if isinstance(asset, Environment):
        return _context_size(asset)
    return 0 if asset.datastore or asset.path is None else _size(asset.path)


def _context_size(environment: Environment) -> int:
    if environment.dockerfile is None:
        return 0
    inside = environment.context and hashing.dockerfile_path(environment)
    folder = environment.context if inside or reads_context(environment) else None
    alone = 0 if inside else len(environment.dockerfile.encode())
    return alone + (_size(folder) if folder else 0)


def _size(path: Path) -> int:
    return sum(each.size for each in tree.files(path))
