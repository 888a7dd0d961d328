"""The real az against the simulated Azure."""

from __future__ import annotations

from dataclasses import dataclass

from tests.integration.az import Az
from tests.simulator.blob_front import BlobFront
from tests.simulator.playground import Playground
from tests.simulator.simulator import Simulator

AZ_VERSIONS = "azcliprod.blob.core.windows.net:443"
"""Where an az with new settings looks for newer versions of itself, and can do without."""


@dataclass(frozen=True)
class Azure:
    """A workspace of the test's own, and the az that is logged in there.

    ``azure.az("ml endpoint list")`` needs no ``-g`` and ``-w``: they are az's defaults.
    """

    az: Az
    playground: Playground

    @property
    def simulator(self) -> Simulator:
        return self.playground.simulator

    @property
    def blobs(self) -> BlobFront:
        return self.playground.blobs


def logged_in(az: Az, playground: Playground, cloud: str = "AzureCloud") -> Azure:
    """The same az with the playground as its Azure, a login there, and settings of its own.

    cloud: az's name for where the playground's world is.
    """
    configuration = playground.folder / "az"
    playground.write_profile(configuration, cloud)
    own = {"AZURE_CONFIG_DIR": str(configuration), "AZURE_CLOUD_NAME": cloud}
    return Azure(az.having(**playground.variables, **playground.defaults, **own), playground)
