"""What is there: resources by id, and how ARM writes them down."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone

from tests.simulator.message import Json

SERVICE = "Microsoft.MachineLearningServices"


@dataclass
class Resource:
    """One resource.

    body: as it was asked for, completed by the service. state: provisioningState.
    live: the body that the last successful operation made true; None before the first.
    operation: URL of the operation that runs or ran last, without a query.
    """

    id: str
    body: Json
    created: float
    modified: float
    state: str = "Succeeded"
    live: Json | None = None
    operation: str | None = None
    extras: Json = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.id.rpartition("/")[2]

    @property
    def type(self) -> str:
        """Such as ``Microsoft.MachineLearningServices/workspaces/onlineEndpoints``."""
        return type_of(self.id)

    @property
    def properties(self) -> Json:
        properties: Json = self.body["properties"]
        return properties

    def touch(self, now: float) -> None:
        self.modified = now

    def document(self) -> Json:
        """What every resource says about itself, around ``properties``."""
        return {
            "id": self.id,
            "name": self.name,
            "type": self.type,
            **self.body,
            "systemData": {
                "createdAt": timestamp(self.created),
                "createdBy": "A User",
                "createdByType": "User",
                "lastModifiedAt": timestamp(self.modified),
                "lastModifiedBy": "A User",
                "lastModifiedByType": "User",
            },
        }


class Resources:
    """Resources by id, whose case does not matter. In the order of their creation."""

    def __init__(self) -> None:
        self._resources: dict[str, Resource] = {}

    def find(self, resource_id: str) -> Resource | None:
        return self._resources.get(resource_id.lower())

    def __contains__(self, resource_id: str) -> bool:
        return resource_id.lower() in self._resources

    def add(self, resource: Resource) -> None:
        self._resources[resource.id.lower()] = resource

    def remove(self, resource_id: str) -> None:
        """Removes a resource with all that is below it."""
        root = resource_id.lower()
        for key in [key for key in self._resources if key == root or key.startswith(root + "/")]:
            del self._resources[key]

    def children(self, collection: str) -> list[Resource]:
        """The members of a collection, such as ``{endpoint id}/deployments``."""
        return [each for each in self if each.id.lower().rpartition("/")[0] == collection.lower()]

    def __iter__(self) -> Iterator[Resource]:
        return iter(list(self._resources.values()))


def type_of(resource_id: str) -> str:
    _, _, rest = resource_id.rpartition("/providers/")
    provider, *segments = rest.split("/")
    return "/".join([provider, *segments[::2]])


def timestamp(seconds: float) -> str:
    """Seconds since 1970 as the workspace's service writes a time (recorded 2025-02)."""
    moment = datetime.fromtimestamp(seconds, timezone.utc)
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}0+00:00"


def short_timestamp(seconds: float) -> str:
    """Likewise, as Azure Monitor and ARM itself write it."""
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat().replace("+00:00", "Z")
