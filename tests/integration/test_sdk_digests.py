"""A folder is the same content to the official SDK and to this extension, whatever is in it."""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from azext_ml_endpoint.content import hashing, tree
from azext_ml_endpoint.document.model import Environment
from azext_ml_endpoint.errors import FileAccessError
from tests.fakes.builders import OWN_ROUTES
from tests.integration.conftest import SDK_PYTHON, cannot_run

PROGRAM = Path(__file__).parent / "official_sdk" / "digests.py"

NAMES = ["a", "b.txt", "B c", "Ab", "é", "#h", "[x]", ".hid", "x.pyc", "sub", "data", "build", "z"]
PATTERNS = [
    *["*.pyc", "build/", "data", "sub/*", "/a", "**/z", "data/**", "/sub/", "z/", "*"],
    *["# data", "", "  b.txt  ", "b[!a]", "?", ".*", "é"],
]
AGAIN = ["!x.pyc", "!b.txt", "!data/b.txt", "!Ab"]


@pytest.fixture(scope="module")
def sdk() -> Any:
    if not SDK_PYTHON.exists():
        cannot_run(f"there is no {SDK_PYTHON}; scripts/test installs it")

    def ask(**questions: Any) -> Any:
        asked = json.dumps({"paths": [], "environments": [], **questions})
        command = [str(SDK_PYTHON), str(PROGRAM)]
        done = subprocess.run(command, input=asked, capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    return ask


def grown(folder: Path, luck: random.Random, depth: int = 0) -> None:
    """Files, folders and links with odd names, no two of which differ in capitals alone."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in luck.sample(NAMES, luck.randint(1, 6)):
        chance = luck.random()
        if depth < 3 and chance < 0.35:
            grown(folder / name, luck, depth + 1)
        elif chance < 0.95:
            (folder / name).write_bytes(luck.randbytes(luck.choice([0, 1, 3000])))
        else:
            (folder / name).mkdir()


def linked(folder: Path) -> None:
    """Links that no pattern matches: the SDK uploads what is behind others without hashing it."""
    (folder / "kept").mkdir()
    for kind in ("folder", "file.bin"):
        (folder / "kept" / f"link-{kind}").symlink_to(folder.parent / "shared" / kind)
    (folder / "link-twice").symlink_to(folder.parent / "shared/folder")


def trees(base: Path, patterns: list[str]) -> Iterator[Path]:
    (base / "shared/folder/deep").mkdir(parents=True)
    (base / "shared/folder/deep/x.txt").write_text("deep")
    (base / "shared/folder/x.pyc").write_text("cache")
    (base / "shared/file.bin").write_text("file")
    for seed in range(200):
        luck = random.Random(seed)
        folder = base / f"tree{seed}"
        grown(folder, luck)
        chosen = luck.sample(patterns, luck.randint(0, 4))
        if not {"?", "*", ".*"} & set(chosen):
            linked(folder)
        if luck.random() < 0.8:
            name = luck.choice([".amlignore", ".gitignore"])
            (folder / name).write_text("\n".join(chosen), "utf-8")
        yield folder


def ours(path: Path) -> list[Any] | None:
    """None for a folder without files."""
    try:
        files = [[file.path.as_posix(), file.relative] for file in tree.files(path)]
    except FileAccessError:
        return None
    return [hashing.object_hash(path), hashing.content_hash(path), files]


def test_random_folders_are_the_same_to_both(sdk: Any, tmp_path: Path) -> None:
    paths = list(trees(tmp_path, PATTERNS))
    answers = dict(zip(paths, sdk(paths=[str(each) for each in paths])["paths"], strict=True))
    mine = {path: ours(path) for path in paths}
    assert sum(each is not None for each in mine.values()) > 150
    for path, theirs in answers.items():
        assert mine[path] == (theirs if theirs[2] else None), (path / ".amlignore", path)


def test_what_is_asked_for_again_is_code_to_both(sdk: Any, tmp_path: Path) -> None:
    """As part of a model it is hashed here only: there the SDK uploads what it has not hashed."""
    paths = list(trees(tmp_path, [*PATTERNS, *AGAIN, *AGAIN]))
    answers = dict(zip(paths, sdk(paths=[str(each) for each in paths])["paths"], strict=True))
    for path, (_, digest, files) in answers.items():
        mine = ours(path)
        assert (mine[1:] if mine else None) == ([digest, files] if files else None), path


def test_environments_have_the_same_versions(sdk: Any, tmp_path: Path) -> None:
    conda = tmp_path / "conda.yml"
    conda.write_text("# c\nname: é\ndependencies: [python=3.10, pip: [numpy]]\nchannels: [a, b]\n")
    image = "mcr.microsoft.com/base:1"
    routes = {key: asdict(route) for key, route in OWN_ROUTES.routes.items()}
    versions = sdk(
        environments=[
            {"image": image},
            {"image": image, "conda_file": str(conda)},
            {"image": image, "inference_config": routes},
            {"image": image, "inference_config": routes, "conda_file": str(conda)},
        ]
    )["environments"]
    text = conda.read_text()
    mine = [
        Environment(image=image),
        Environment(image=image, conda_file=text),
        Environment(image=image, inference_config=OWN_ROUTES),
        Environment(image=image, inference_config=OWN_ROUTES, conda_file=text),
    ]
    assert versions == [hashing.anonymous_environment(each) for each in mine]
