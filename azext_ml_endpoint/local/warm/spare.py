"""A spare: a server of a deployment that waits for its code.

It runs in the same environment, with the same variables and the same model, and has imported the
packages that the scoring script imports. With new code, and nothing else that is new, it becomes
the deployment's next candidate. It serves once: the next candidate has another.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from azext_ml_endpoint.local import remembered
from azext_ml_endpoint.local.runtime import InstanceSpec
from azext_ml_endpoint.local.warm import spare_hook

if TYPE_CHECKING:
    from azext_ml_endpoint.local.warm.imports import Imports

READ_BEFORE = ("gunicorn.conf.py", "logging.json", "config.json")
"""What a server reads in the folder of its scoring script before it comes to the script."""
_READ_FROM_CODE = ("PYTHONPATH", "AZUREML_CONFIG_FILE", "GUNICORN_CMD_ARGS")
"""Variables that make more of the code folder, or of Python, count before the script does."""
_EACH_SHELLS = ("_", "SHLVL", "PWD", "OLDPWD")
"""Variables that differ between two commands and make no difference to a server."""
_PATIENCE = spare_hook.IDLE_SECONDS - 60


class Refusal(Exception):
    """Why there can be no spare."""

    def __init__(self, why: str) -> None:
        super().__init__(f"no server waits for its next code, because {why}")


@dataclass(frozen=True, kw_only=True)
class Fit:
    """What a spare can become. of: salted digest of all but the code, whose values are secrets.

    born: seconds since the epoch.
    """

    salt: str
    of: str
    imports: tuple[str, ...]
    born: float

    @classmethod
    def new(cls, spec: InstanceSpec, around: Mapping[str, str]) -> Fit:
        """around: the variables that it has besides. Raises Refusal."""
        _require_plain(spec, around)
        salt = secrets.token_hex(16)
        names = tuple(sorted(_imports(spec).names))
        return cls(salt=salt, of=_digest(salt, spec, around), imports=names, born=time.time())

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> Fit:
        """Raises LookupError, TypeError, ValueError for what is none."""
        return cls(
            salt=str(said["salt"]),
            of=str(said["of"]),
            imports=tuple(map(str, said["imports"])),
            born=float(said["born"]),
        )

    def plain(self) -> dict[str, Any]:
        return asdict(self)

    def refusal(self, spec: InstanceSpec, around: Mapping[str, str]) -> str:
        """Why a server that starts anew could behave differently; nothing where it cannot."""
        if time.time() - self.born > _PATIENCE:
            return "its spare has waited for too long"
        if self.of != _digest(self.salt, spec, around):
            return "more than its code has changed"
        wanted = _imports(spec)
        gone = sorted(set(self.imports) - wanted.names)
        return (wanted.kept_back or f"it imports {_name(gone[0])} no more") if gone else ""


def put_hook(folder: Path, fit: Fit) -> None:
    """What a server, whoever it runs as, must find on ``PYTHONPATH`` to wait. Raises OSError."""
    folder.mkdir(parents=True)
    shutil.copyfile(spare_hook.__file__, folder / "sitecustomize.py")
    (folder / "imports.json").write_text(json.dumps(fit.imports), encoding="utf-8")
    (folder / "wait").touch()
    for each in (folder, *folder.iterdir()):
        each.chmod(0o755 if each.is_dir() else 0o644)


def let_go(folder: Path) -> None:
    """It goes on. Raises OSError."""
    (folder / "wait").unlink()


def put_code(spec: InstanceSpec, place: Path) -> None:
    """The code at this place, of which the settings may be there. Raises OSError."""
    # Not a link to the folder: the server resolves links, and tracebacks would name another place.
    shutil.copytree(spec.code or "", place, copy_function=_link_or_copy, dirs_exist_ok=True)


def put_settings(spec: InstanceSpec, place: Path) -> None:
    """What of the code a server reads while it waits for the rest. Raises OSError."""
    target = place / PurePosixPath(spec.entry_script or "").parent
    target.mkdir(parents=True)
    for each in _settings(spec):
        if each.is_file():
            _link_or_copy(str(each), str(target / each.name))


def _link_or_copy(source: str, target: str) -> None:
    if os.path.lexists(target):  # it was read before the code came, and is the same
        return
    try:
        os.link(os.path.realpath(source), target)
    except OSError:  # another file system, or somebody else's file
        shutil.copy2(source, target)


def kept_back(spec: InstanceSpec) -> str:
    """Why its packages are not imported ahead; nothing where they are."""
    why = _imports(spec).kept_back
    return f"its packages are not imported ahead, because {why}" if why else ""


def _require_plain(spec: InstanceSpec, around: Mapping[str, str]) -> None:
    if spec.code is None or spec.entry_script is None or spec.environment.inference_config:
        raise Refusal("it has a server of its own")
    if clash := sorted({*_READ_FROM_CODE} & {*spec.variables, *around}):
        raise Refusal(f"it has a variable {clash[0]}")


def _imports(spec: InstanceSpec) -> Imports:
    """Of its script, and of its model where that may be ahead of the script too."""
    from azext_ml_endpoint.local.warm import imports

    of_script = imports.of_script(Path(spec.code or ""), spec.entry_script or "")
    if of_script.kept_back or not (spec.model and spec.model.path):
        return of_script
    return imports.Imports(of_script.names | imports.of_model(spec.model.path))


def _digest(salt: str, spec: InstanceSpec, around: Mapping[str, str]) -> str:
    bare = remembered.plain(replace(spec, code=None, record={}, variables={}))
    lasting = {name: around[name] for name in around if name not in _EACH_SHELLS}
    variables = sorted(spec.variables.items()), sorted(lasting.items())
    settings = list(map(_content, _settings(spec)))
    parts = repr((salt, json.dumps(bare, sort_keys=True), variables, settings))
    return hashlib.sha256(parts.encode("utf-8", "surrogateescape")).hexdigest()


def _settings(spec: InstanceSpec) -> list[Path]:
    folder = Path(spec.code or "") / PurePosixPath(spec.entry_script or "").parent
    return [folder / name for name in READ_BEFORE]


def _content(file: Path) -> bytes | None:
    return file.read_bytes() if file.is_file() else None


def _name(imported: str) -> str:
    module, _, member = imported.partition(":")
    return f"{member} of {module}" if member else module
