"""Errors of Azure as people have pasted them and as Microsoft's pages quote them.

Ids and names of people, subscriptions and resources are replaced. Where nobody has pasted one, and
the page quotes none, a sentence of the page's own words stands for it.
"""

from tests.unit.cloud.pasted.documents import Pasted
from tests.unit.cloud.pasted.kubernetes import KUBERNETES
from tests.unit.cloud.pasted.quota import QUOTA
from tests.unit.cloud.pasted.resource_manager import RESOURCE_MANAGER
from tests.unit.cloud.pasted.service import SERVICE
from tests.unit.cloud.pasted.subscriptions import SUBSCRIPTIONS

PASTED: list[Pasted] = [*QUOTA, *SERVICE, *KUBERNETES, *SUBSCRIPTIONS, *RESOURCE_MANAGER]
