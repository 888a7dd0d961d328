"""Facts of files that others have published: what Azure/azureml-examples has below
``cli/endpoints/online`` and beside it, today's files and those of 2021.

Of each file its place, its keys and their values; where it stands in several versions, of one.
"""

from __future__ import annotations

from tests.fakes.public_examples.clusters import CLUSTERS
from tests.fakes.public_examples.clusters_2021 import CLUSTERS_2021
from tests.fakes.public_examples.containers import CONTAINERS
from tests.fakes.public_examples.example import Example
from tests.fakes.public_examples.managed import MANAGED
from tests.fakes.public_examples.models import MODELS
from tests.fakes.public_examples.one_file import ONE_FILE
from tests.fakes.public_examples.servers import SERVERS
from tests.fakes.public_examples.todays_endpoints import ENDPOINTS
from tests.fakes.public_examples.triton_2021 import TRITON

EXAMPLES: tuple[Example, ...] = (
    *ENDPOINTS,
    *MANAGED,
    *MODELS,
    *CONTAINERS,
    *SERVERS,
    *CLUSTERS,
    *ONE_FILE,
    *TRITON,
    *CLUSTERS_2021,
)

__all__ = ["EXAMPLES", "Example"]
