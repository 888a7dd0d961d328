"""Files of the samples that tests use, from the folder of the fixture ``samples``."""

from __future__ import annotations

from pathlib import Path

MANAGED = "endpoints/online/managed"
FLOW = f"{MANAGED}/simple-flow"
STEPS = f"{MANAGED}/canary-imperative-flow"
BLUE = f"{FLOW}/1-create-endpoint-with-blue.yml"
BLUE_GREEN = f"{MANAGED}/blue-green/endpoint.yml"
BLUE_FILE, GREEN_FILE = f"{STEPS}/2-create-blue.yml", f"{STEPS}/3-create-green.yml"
SCRIPT = Path("endpoints/online/model-1/onlinescoring/score.py")
USERS_IDENTITY = f"{MANAGED}/managed-identity/user-assigned.yml"
KUBERNETES = "endpoints/online/kubernetes/1-create-endpoint-with-blue.yml"
CONTAINER = "endpoints/online/custom-container/endpoint.yml"
