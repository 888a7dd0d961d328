"""What a document names instead of describing it, as the full id of something that exists."""

from __future__ import annotations

from dataclasses import replace

from azext_ml_endpoint.cloud.arm.body import items
from azext_ml_endpoint.cloud.contract import Arm
from azext_ml_endpoint.cloud.workspace import Workspace
from azext_ml_endpoint.document.model import Reference
from azext_ml_endpoint.errors import MissingResourceError

_LATEST = "latest"


class References:
    """Of one command: what it asks the service, it asks once."""

    def __init__(self, arm: Arm, workspace: Workspace) -> None:
        self._arm, self._workspace = arm, workspace

    def resolve(self, reference: Reference, collection: str, used: frozenset[str]) -> Reference:
        """The same with its id for a text, and its version.

        collection: ``models``, ``codes`` or ``environments``. used: lower-case ids that live
        deployments refer to, which need not be looked up. Ids of ARM and of registries are left
        as they are: what they name may be where this account cannot look, but the service can.
        Raises MissingResourceError.
        """
        if reference.text.startswith(("/", "azureml://")):
            return reference
        for spelled in (reference.text, f"azureml:{reference.text}"):
            if spelled.lower() in used:  # as the service itself says it, in a form of its own
                return replace(reference, text=spelled)
        label = _LATEST if reference.version == _LATEST else reference.label
        version = self._labelled(reference.name, label, collection) if label else reference.version
        found = self._workspace.asset(collection, reference.name, version or "")
        if not label and found.lower() not in used and self._arm.find(found) is None:
            raise _missing(f"{_one(collection)} {reference.name}:{version}", collection)
        return replace(reference, text=found, version=version, label=None)

    def latest(self, name: str, collection: str) -> str:
        """The version that was registered last. Raises MissingResourceError."""
        newest = {"$orderBy": "createdtime desc", "$top": "1"}
        path = f"{collection}/{name}/versions"
        try:
            found = items(self._arm.get(path, newest).body, path)
        except MissingResourceError:
            found = []
        if not found:
            raise _missing(f"{_one(collection)} {name}", collection)
        return str(found[0]["name"])

    def _labelled(self, name: str, label: str, collection: str) -> str:
        if label == _LATEST:
            return self.latest(name, collection)
        raise _missing(f"{_one(collection)} {name}@{label}", collection)


def _missing(what: str, collection: str) -> MissingResourceError:
    return MissingResourceError(
        f"There is no {what} in this workspace.",
        f"Correct the name, or see what is there: az ml {_one(collection)} list",
    )


def _one(collection: str) -> str:
    return collection.removesuffix("s")
