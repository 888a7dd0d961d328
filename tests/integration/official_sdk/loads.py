"""Whether azure-ai-ml, the official SDK, reads files, and whether two of them say the same to it.

Runs in the SDK's own environment: ``python loads.py ANSWERS QUESTIONS``. QUESTIONS is a JSON
list of ``{"name": …, "written": file, "original": file or null}``. ANSWERS is written: a JSON
object, the name -> what is wrong: why a file is not read, or where they do not say the same.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from azure.ai.ml import (  # type: ignore[import-not-found]
    load_online_deployment,
    load_online_endpoint,
)


def main(answers: Path, questions: Path) -> None:
    asked = json.loads(questions.read_text())
    found = {each["name"]: answer(each["written"], each["original"]) for each in asked}
    answers.write_text(json.dumps({name: wrong for name, wrong in found.items() if wrong}))


def answer(written: str, original: str | None) -> list[str]:
    made, *wrong = _tried(written)
    said, *refused = _tried(original) if original else [made]
    if wrong or refused:
        return [*(f"written: {each}" for each in wrong), *(f"original: {each}" for each in refused)]
    return list(_different(said, made, ""))


def _tried(file: str) -> list[Any]:
    """What it says; or nothing, and why it is not read."""
    try:
        return [_read(file)]
    except Exception as error:
        return [None, str(error)]


def _read(file: str) -> Any:
    is_endpoint = "\nauth_mode:" in Path(file).read_text()
    load = load_online_endpoint if is_endpoint else load_online_deployment
    said = load(source=file)._to_dict()
    return _settled(said, Path(file).parent)


def _settled(said: Any, folder: Path, at: str = "") -> Any:
    """Paths are those of files, wherever they are named from; variables are texts."""
    if isinstance(said, dict):
        below = {key: _settled(each, folder, key) for key, each in said.items()}
        is_texts = at == "environment_variables"
        return {key: str(each).lower() for key, each in below.items()} if is_texts else below
    if at in ("path", "code") and isinstance(said, str) and (folder / said).exists():
        return str((folder / said).resolve())
    return said


def _different(said: Any, made: Any, at: str) -> Iterator[str]:
    if isinstance(said, dict) and isinstance(made, dict):
        for key in sorted(said.keys() | made.keys()):
            yield from _different(said.get(key), made.get(key), f"{at}.{key}")
    elif said != made:
        yield f"{at}: {said!r} -> {made!r}"


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
