"""Spares as containers: each with a folder of this machine, in which its code comes to be.

    <home>/spares/<endpoint>.<deployment>.<random>/
        code/         is mounted where the code folder is to be
        ahead/        what it waits by: see :mod:`..warm.spare_hook`
        record.json   what it has become

A container's labels cannot be changed, and one of them says what it runs on. Of a container that
was a spare the file does; whoever does not know that reads what it was made for, and starts it
anew when it is to be changed. The label ``spare`` has the folder, and what it can become.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azext_ml_endpoint import disk, foreign_json
from azext_ml_endpoint.local.docker import container
from azext_ml_endpoint.local.docker.container import RECORD_LABEL, SPARE_LABEL
from azext_ml_endpoint.local.docker.contract import Facts
from azext_ml_endpoint.local.lock import file_name
from azext_ml_endpoint.local.runtime import InstanceSpec
from azext_ml_endpoint.local.warm import spare
from azext_ml_endpoint.local.warm.spare import Fit

_CODE, _HOOK, _RECORD = "code", "ahead", "record.json"


@dataclass(frozen=True)
class SpareFolder:
    path: Path
    fit: Fit

    def waiting(self, config: Facts) -> Facts:
        """The body of a request for the container, made of one for a container that serves."""
        label = json.dumps({"folder": str(self.path), "fit": self.fit.plain()})
        return container.waiting(config, self.path / _HOOK, self.path / _CODE, label)

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)


class SpareFolders:
    """Below a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def make(self, spec: InstanceSpec, image: Facts) -> SpareFolder:
        """Raises Refusal, OSError."""
        fit = Fit.new(spec, _around(image))
        names = (spec.endpoint, spec.deployment, secrets.token_hex(6))
        path = self._folder / ".".join(map(file_name, names))
        disk.make_folder(path)
        spare.put_hook(path / _HOOK, fit)
        spare.put_settings(spec, path / _CODE)
        (path / _CODE).chmod(0o755)  # whoever it runs as
        return SpareFolder(path, fit)

    def sweep(self, endpoint: str, deployment: str | None, containers: Iterable[Facts]) -> None:
        """Folders of containers that somebody else has removed. containers: in brief.

        Only of the deployment, where one is named: another may be making its own.
        """
        used = {_folder_of(each["Labels"]) for each in containers}
        whose = ".".join(map(file_name, [endpoint, *([deployment] if deployment else [])]))
        for each in self._folder.glob(f"{whose}.*"):
            if each not in used:
                shutil.rmtree(each, ignore_errors=True)


def refusal(waiting: Facts, spec: InstanceSpec, image: Facts) -> str:
    """Why it cannot become this; nothing where it can."""
    said = _said(waiting["Config"]["Labels"])
    if waiting["State"].get("Status") != "running" or said is None:
        return "its spare has ended"
    return Fit.read(said["fit"]).refusal(spec, _around(image))


def let_go(waiting: Facts, spec: InstanceSpec) -> None:
    """It goes on with this code. Raises OSError."""
    folder = _folder(waiting) or Path()
    spare.put_code(spec, folder / _CODE)
    disk.put(folder / _RECORD, json.dumps(spec.record))
    spare.let_go(folder / _HOOK)


def as_it_became(facts: Facts) -> Facts:
    """A container in full, with what it runs on in its label, whatever it was made for."""
    folder = _folder(facts)
    record = _text(folder / _RECORD) if folder else None
    if record is None:
        return facts
    config = facts["Config"]
    return {**facts, "Config": {**config, "Labels": {**config["Labels"], RECORD_LABEL: record}}}


def forget(facts: Facts) -> None:
    """The folder of a container that is gone."""
    if folder := _folder(facts):
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def file_access() -> Iterator[None]:
    """Says which file of ours could not be written, and why."""
    try:
        yield
    except OSError as error:
        raise disk.failure(error, Path("A file"), "Make room on the disk.") from error


def _around(image: Facts) -> dict[str, str]:
    """The image's own variables, and which one it is."""
    own = (image.get("Config") or {}).get("Env") or ()
    return {
        "image": str(image.get("Id")),
        **dict(each.split("=", 1) for each in own if "=" in each),
    }


def _folder(facts: Facts) -> Path | None:
    return _folder_of(facts["Config"]["Labels"])


def _folder_of(labels: Mapping[str, str]) -> Path | None:
    said = _said(labels)
    return Path(said["folder"]) if said else None


def _said(labels: Mapping[str, str]) -> Mapping[str, Any] | None:
    """None where it is no spare, and was none."""
    try:
        said = foreign_json.loads(labels[SPARE_LABEL])
        Fit.read(said["fit"])
        return {"folder": str(said["folder"]), "fit": said["fit"]}
    except (LookupError, TypeError, ValueError):
        return None


def _text(file: Path) -> str | None:
    try:
        return disk.read_own(file).decode()
    except (OSError, ValueError):
        return None
