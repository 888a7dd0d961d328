"""The data assets of a data collector: each collection of a deployment is registered as one.

As with the official SDK: a collection that does not say which is one of its own name, in the
default datastore, and one that is there is used as it is. What is there already and names none, or
another, stays so where the file does not speak of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from azext_ml_endpoint.cloud.assets import bodies
from azext_ml_endpoint.cloud.assets.references import References
from azext_ml_endpoint.cloud.contract import Arm, Json
from azext_ml_endpoint.cloud.wire import collector, values
from azext_ml_endpoint.cloud.workspace import Workspace
from azext_ml_endpoint.document import reference
from azext_ml_endpoint.document.model import Data, Deployment, Endpoint, Reference
from azext_ml_endpoint.errors import ConflictError

_DATA: Literal["data"] = "data"
_FOLDER = f"azureml://datastores/{bodies.WORKSPACE_STORE}/paths/modelDataCollector"
_ONLY_READ: frozenset[str] = frozenset()


class Collected:
    """Those of one workspace."""

    def __init__(self, arm: Arm, workspace: Workspace) -> None:
        self._arm, self._workspace = arm, workspace
        self._references = References(arm, workspace)

    def settled(self, endpoint: Endpoint, there: Mapping[str, Json]) -> Endpoint:
        """With ids in the place of names, and what of them is to be made.

        there: ARM's bodies, by the names of deployments.
        Raises MissingResourceError, and ConflictError for a version with another path.
        """
        return replace(
            endpoint,
            deployments=tuple(
                self._deployment(endpoint.name, each, there.get(each.name))
                if each.data_collector
                else each
                for each in endpoint.deployments
            ),
        )

    def _deployment(self, endpoint: str, wanted: Deployment, there: Json | None) -> Deployment:
        found = collector.of(there)
        said = collector.beside(wanted.data_collector or {}, found)
        known, made = found.get("collections", {}), list[Data]()
        collections: dict[str, Any] = {}
        for name, each in said["collections"].items():
            path = f"{endpoint}/{wanted.name}/{name}"
            data = self._of_collection(path, each, known.get(name), made)
            collections[name] = values.said({**each, _DATA: data})
        settled = {**said, "collections": collections}
        return replace(wanted, data_collector=settled, collected=tuple(made))

    def _of_collection(
        self, path: str, said: Json, known: Json | None, made: list[Data]
    ) -> str | None:
        """An id. path: ``endpoint/deployment/collection``. known: the same one, as it is there.
        made: gets what is not there yet."""
        named, there = said.get(_DATA), (known or {}).get(_DATA)
        is_settled = there or (known and known["enabled"]) or not said["enabled"]
        if named is None and is_settled:
            return there
        asked = self._named(named) if isinstance(named, str) else self._own(path, named or {}, made)
        return there if there and there.lower() == asked.lower() else asked

    def _own(self, path: str, said: Json, made: list[Data]) -> str:
        data = _described(path, said)
        found = self._workspace.asset(_DATA, data.name, data.version)
        if not self._is_there(found, data, is_said="path" in said):
            made.append(data)
        return found

    def _named(self, text: str) -> str:
        try:
            asked: Reference = reference.parse(text, _DATA)
        except reference.Malformed:  # it is there already: nobody else writes such
            return text
        return self._references.resolve(asked, _DATA, _ONLY_READ).text

    def _is_there(self, found: str, data: Data, *, is_said: bool) -> bool:
        """is_said: whether the file says where it is to be."""
        there = self._arm.find(found)
        if there and is_said and not bodies.is_same_data(there, data, self._workspace):
            raise ConflictError(
                f"The data asset {data.name}:{data.version} is registered with another path.",
                "Give it a higher version in the file. To use what is registered, write"
                f" data: azureml:{data.name}:{data.version} instead.",
            )
        return there is not None


def _described(path: str, said: Mapping[str, Any]) -> Data:
    usual = {"name": path.replace("/", "-"), "path": f"{_FOLDER}/{path}"}
    return Data(**{**usual, **said})
