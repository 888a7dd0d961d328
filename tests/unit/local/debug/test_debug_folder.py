"""The folder by which a server waits for a debugger."""

from __future__ import annotations

import json
from pathlib import Path

from azext_ml_endpoint.local.debug import debug_folder
from azext_ml_endpoint.local.debug.debug_folder import ahead, kept_hook, put_hook, without


def test_it_says_where_to_listen_and_anybody_may_read_it(tmp_path: Path) -> None:
    folder = put_hook(tmp_path / "hook", "0.0.0.0", 5678)
    said = json.loads((folder / "debugger.json").read_text())
    assert said == {"host": "0.0.0.0", "port": 5678}
    modes = {each.name: each.stat().st_mode & 0o777 for each in (folder, *folder.iterdir())}
    assert modes == {
        "hook": 0o755,
        "packages": 0o755,
        "sitecustomize.py": 0o644,
        "debugger.json": 0o644,
    }


def test_one_that_stays_is_made_once(tmp_path: Path) -> None:
    """Containers have it mounted."""
    one = kept_hook(tmp_path / "hooks", "0.0.0.0", 5678)
    made = one.stat().st_ino
    assert kept_hook(tmp_path / "hooks", "0.0.0.0", 5678) == one and one.stat().st_ino == made
    assert (one / debug_folder.PACKAGES / debug_folder.DEBUGPY).is_dir()
    other = kept_hook(tmp_path / "hooks", "0.0.0.0", 5679)
    assert sorted((tmp_path / "hooks").iterdir()) == sorted([one, other])


def test_it_is_found_first_and_the_users_own_path_stays_theirs() -> None:
    assert ahead("/hook", {}) == {"PYTHONPATH": "/hook"}
    assert ahead("/hook", {"PYTHONPATH": "/a:/b"}) == {"PYTHONPATH": "/hook:/a:/b"}
    theirs = {"PYTHONPATH": "/a:/b", "KEY": "/hook:kept"}
    assert without("/hook", {**theirs, **ahead("/hook", theirs)}) == theirs
