"""Why a scoring script does not find a module of its own, and the next step."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from azext_ml_endpoint.local.diagnosis import logs, missing_file
from azext_ml_endpoint.local.remembered import code_folder, recalled
from azext_ml_endpoint.local.runtime import Instance

_ALIKE = 0.8
"""From 0 to 1: packages have all kinds of names, and a wrong guess leads astray."""


def advice(trouble: Sequence[str], instance: Instance) -> str | None:
    """None where no module is missing, or the code's folder has none that could be meant."""
    found = next(filter(None, map(logs.MISSING_MODULE.search, logs.last_first(trouble))), None)
    code = code_folder(instance)
    if not (found and code):
        return None
    script = PurePosixPath(recalled(instance).scoring_script or "")
    return _step(found["module"], Path(code), Path(code) / script.parent)


def _step(name: str, code: Path, beside: Path) -> str | None:
    """beside: the script's folder, where Python looks first."""
    for file in (beside / f"{name}.py", beside / name):
        if missing_file.is_there(file):
            return missing_file.taken_over(code, file)
    known = {each.stem: each for each in _modules(beside)}
    for similar in difflib.get_close_matches(name, known, 1, _ALIKE):
        return (
            f"Is {similar} meant, which is {known[similar]}? Else add the package of {name} to the "
            "conda file."
        )
    return None


def _modules(folder: Path) -> list[Path]:
    try:
        there = sorted(folder.iterdir())
        return [each for each in there if each.suffix == ".py" or (each / "__init__.py").is_file()]
    except OSError:
        return []
