"""The Azure Machine Learning workspace that a command works in, and the ids of what is in it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """``subscription`` is a subscription id; the other two are names."""

    subscription: str
    resource_group: str
    name: str

    @property
    def id(self) -> str:
        """The ARM id, without a slash at its end."""
        return (
            f"/subscriptions/{self.subscription}/resourceGroups/{self.resource_group}"
            f"/providers/Microsoft.MachineLearningServices/workspaces/{self.name}"
        )

    def asset(self, collection: str, name: str, version: str) -> str:
        """The ARM id of an asset. collection: ``models``, ``codes`` or ``environments``."""
        return f"{self.id}/{collection}/{name}/versions/{version}"
