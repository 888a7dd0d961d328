"""The keys that conversion is tested with are those of the official SDK, no more and no less."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.integration.conftest import REPOSITORY, cannot_run
from tests.unit.document import official_format as form

PYTHON = REPOSITORY / ".venv-sdk" / "bin" / "python"
PROGRAM = Path(__file__).parent / "official_sdk" / "schemas.py"


def spelled(sections: Mapping[form.Path, form.Section]) -> dict[str, list[str]]:
    return {".".join(map(str, path)): sorted(keys) for path, keys in sections.items()}


def test_the_official_schemas_have_the_keys_that_are_converted() -> None:
    if not PYTHON.exists():
        cannot_run(f"there is no {PYTHON}; scripts/test installs it")
    command = [str(PYTHON), str(PROGRAM)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    known = json.loads(printed)
    assert known["only managed"] == form.ONLY_MANAGED
    assert known["endpoint"] == spelled(form.ENDPOINT)
    assert known["deployment"] == spelled(form.DEPLOYMENT)
