"""The JSON schemas that ship with the package, for validation and for editors."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "schema"


@functools.cache
def load(name: str) -> Mapping[str, Any]:
    """The schema in ``<name>.json``. Raises FileNotFoundError where there is none."""
    schema: Mapping[str, Any] = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    return schema
