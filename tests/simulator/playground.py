"""Everything at once: the simulator behind real hosts' names, blobs, and what az needs for both."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from uuid import uuid4

from tests.simulator.assumptions import Assumptions
from tests.simulator.authority import Authority
from tests.simulator.azurite import ACCOUNT, SHARED_ACCOUNT, Azurite, AzuriteStorage
from tests.simulator.blob_front import BlobFront
from tests.simulator.identity import Identity
from tests.simulator.message import CUT
from tests.simulator.operations import Durations
from tests.simulator.proxy import Proxy, Route
from tests.simulator.server import Conversation
from tests.simulator.simulator import Simulator
from tests.simulator.world import World


class Playground:
    """Started when it is made; ``close`` ends all of it.

    ``simulator``: ARM and scoring, with its journal and faults. ``blobs``: the blob hosts, with
    their own. ``proxy``: latency, and what else clients wanted to reach. ``storage``: the account,
    from behind, and ``shared``, that of the registry. ``variables``: what points any program at
    this; ``write_profile`` logs an az in.

    direct: blob hosts are a tunnel to Azurite; ``blobs`` sees nothing then, and costs nothing.
    durations, assumptions, clock, world: the simulator's.
    """

    def __init__(
        self,
        *,
        direct: bool = False,
        durations: Durations | None = None,
        assumptions: Assumptions | None = None,
        clock: Callable[[], float] = time.time,
        world: World | None = None,
    ) -> None:
        self.world, self._durations, self._clock = world or World(), durations, clock
        self._assumptions = assumptions
        self._open = ExitStack()
        try:
            self._start(direct)
        except BaseException:
            self._open.close()
            raise

    def _start(self, direct: bool) -> None:
        self.folder = Path(self._open.enter_context(TemporaryDirectory(prefix="azure-")))
        self.authority = Authority(self.folder)
        names = ("127.0.0.1", *map(self.world.blob_host, (ACCOUNT, SHARED_ACCOUNT)))
        azurite = Azurite(self.folder / "blobs", *self.authority.files(*names))
        self._open.callback(azurite.close)
        self.storage = AzuriteStorage(azurite, self.authority.bundle)
        self._open.callback(self.storage.close)
        self.shared = AzuriteStorage(azurite, self.authority.bundle, SHARED_ACCOUNT)
        self._open.callback(self.shared.close)
        self.simulator = self._empty()
        self.identity = Identity(lambda: self.simulator.tokens)
        self._open.callback(self.identity.close)
        self.blobs = BlobFront(azurite.address, self.authority.bundle)
        self.proxy = Proxy(self.authority, self._routes(azurite.address if direct else self.blobs))
        self._open.callback(self.proxy.close)

    def renew(self) -> None:
        """As if it had just been started: no endpoint, asset, upload or fault; empty journals."""
        self.simulator = self._empty()
        self.blobs.clear()
        self.proxy.clear()

    def _empty(self) -> Simulator:
        """A simulator of its own, with a container of its own for uploads."""
        world = replace(self.world, container=f"azureml-blobstore-{uuid4()}")
        return Simulator(
            self.storage,
            shared=self.shared,
            clock=self._clock,
            durations=self._durations,
            assumptions=self._assumptions and replace(self._assumptions),
            world=world,
        )

    def _routes(self, blobs: Route) -> dict[str, Route]:
        scoring = re.escape(self.world.scoring_host("any")).replace("any", "[^.]+", 1)
        return {
            re.escape(self.world.management): self._simulate,
            scoring: self._simulate,
            f"[^.]+{re.escape('.' + self.world.registry_suffix)}": self._simulate,
            re.escape(self.world.provider_host): self._simulate,
            re.escape(self.world.blob_host(ACCOUNT)): blobs,
            re.escape(self.world.blob_host(SHARED_ACCOUNT)): blobs,
        }

    def _simulate(self, conversation: Conversation) -> None:
        reply = self.simulator.handle(conversation.received())
        if reply.status == CUT:
            conversation.reset()
        else:
            conversation.send(reply)

    @property
    def variables(self) -> dict[str, str]:
        """Environment variables for az, azure-ai-ml and other clients of Azure."""
        bundle = str(self.authority.bundle)
        proxies = {
            "https_proxy": self.proxy.url,
            "http_proxy": self.proxy.url,
            "no_proxy": "127.0.0.1,localhost",
        }
        return {
            # Programs differ in which of the two names they read, or read first.
            **proxies,
            **{name.upper(): value for name, value in proxies.items()},
            "REQUESTS_CA_BUNDLE": bundle,
            "SSL_CERT_FILE": bundle,
            **self.identity.variables,
        }

    def write_profile(self, configuration: Path, cloud: str = "AzureCloud") -> None:
        """Logs the az in whose AZURE_CONFIG_DIR this is.

        The file is az's own, as ``az login --identity`` leaves it. cloud: az's name for it.
        """
        subscription = {
            "id": self.world.subscription,
            "name": "Simulated",
            "state": "Enabled",
            "isDefault": True,
            "tenantId": self.world.tenant,
            "homeTenantId": self.world.tenant,
            "managedByTenants": [],
            "environmentName": cloud,
            "user": {
                "name": "systemAssignedIdentity",
                "type": "servicePrincipal",
                "assignedIdentityInfo": "MSI",
            },
        }
        configuration.mkdir(parents=True, exist_ok=True)
        profile = {"installationId": "", "subscriptions": [subscription]}
        (configuration / "azureProfile.json").write_text(json.dumps(profile), encoding="utf-8")

    @property
    def defaults(self) -> dict[str, str]:
        """az's defaults for the workspace, as environment variables."""
        return {
            "AZURE_DEFAULTS_GROUP": self.world.group,
            "AZURE_DEFAULTS_WORKSPACE": self.world.workspace,
        }

    def close(self) -> None:
        self._open.close()

    def __enter__(self) -> Playground:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
