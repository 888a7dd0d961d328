"""The commands that make an environment, for each tool that may be at hand.

Bytecode is left to Python, which compiles and keeps the modules that are really imported: to
compile all of them takes longer than to install them.
"""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_OTHER_PYTHON = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__")
_PIP_TO_UV = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
}
_UV_FILES = ("~/.config/uv/uv.toml", "/etc/uv/uv.toml")
_STRATEGY = {"UV_INDEX_STRATEGY": "unsafe-best-match"}
"""pip takes the best version from all indexes, and conda files are written for pip. uv by itself
takes the first index that has the package at all: an ``--extra-index-url`` would hide PyPI's."""

Command = list[str]


def user_environment() -> dict[str, str]:
    """The user's variables without those that tie Python programs to az's own Python."""
    return {name: value for name, value in os.environ.items() if name not in _OTHER_PYTHON}


@dataclass(frozen=True)
class Uv:
    path: str
    name = "uv"

    def make(self, python: str, target: Path) -> Command:
        """``python``: an interpreter's path, or a PEP 440 specifier that uv may download for."""
        return [self.path, "venv", "--quiet", "--no-project", "--python", python, str(target)]

    def install(self, target: Path, requirements: Path) -> Command:
        python = str(target / "bin" / "python")
        return [self.path, "pip", "install", "--python", python, "--requirement", str(requirements)]

    def variables(self) -> dict[str, str]:
        """uv does not read pip's settings; people who must use an index of their own set those."""
        files = [file for each in _UV_FILES if (file := Path(each).expanduser()).is_file()]
        indexes = {name for name in os.environ if name.startswith("UV_") and "INDEX" in name}
        decided = "UV_INDEX_STRATEGY" in indexes or any(map(_has_strategy, files))
        strategy = {} if decided else _STRATEGY
        if files or indexes - {"UV_INDEX_STRATEGY"}:
            return strategy
        return {**strategy, **as_uv_variables(_pip_settings())}


@dataclass(frozen=True)
class Pip:
    """az's own pip works on the new environment, which needs no pip: Debian's Python has none."""

    path: str = sys.executable
    name = "pip"

    def make(self, python: str, target: Path) -> Command:
        return [python, "-m", "venv", "--without-pip", str(target)]

    def install(self, target: Path, requirements: Path) -> Command:
        python = str(target / "bin" / "python")
        options = ["--no-input", "--no-compile", "--requirement", str(requirements)]
        return [self.path, "-m", "pip", "--python", python, "install", *options]

    def variables(self) -> dict[str, str]:
        return {}


@dataclass(frozen=True)
class Conda:
    """conda, mamba or micromamba."""

    path: str

    @property
    def name(self) -> str:
        return Path(self.path).name

    def create(self, target: Path, conda_file: Path) -> Command:
        verb = ["create"] if self.name == "micromamba" else ["env", "create"]
        return [self.path, *verb, "--prefix", str(target), "--file", str(conda_file)]

    def variables(self) -> dict[str, str]:
        """``--yes`` is not understood by ``env create`` of every version; these are."""
        return {"CONDA_ALWAYS_YES": "1", "MAMBA_ALWAYS_YES": "1"}


def find_installer() -> Uv | Pip:
    """uv, on PATH or installed beside az, or else az's own pip."""
    path = shutil.which("uv") or shutil.which(str(Path(sys.executable).with_name("uv")))
    return Uv(path) if path else Pip()


def find_conda() -> Conda | None:
    paths = map(shutil.which, ("micromamba", "mamba", "conda"))
    return next((Conda(path) for path in paths if path), None)


def as_uv_variables(pip_settings: Mapping[str, str]) -> dict[str, str]:
    given = {name: pip_settings[key] for key, name in _PIP_TO_UV.items() if pip_settings.get(key)}
    if "UV_INDEX" in given:
        given["UV_INDEX"] = " ".join(given["UV_INDEX"].split())
    if "UV_FIND_LINKS" in given:
        given["UV_FIND_LINKS"] = ",".join(given["UV_FIND_LINKS"].split())
    return given


def _has_strategy(file: Path) -> bool:
    try:
        return "index-strategy" in file.read_text("utf-8", errors="replace")
    except OSError:  # uv says more about it
        return False


def _pip_settings() -> dict[str, str]:
    """From ``global.index-url='…'`` and ``:env:.index-url='…'``; the latter come last and win."""
    listing = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"],
        capture_output=True,
        text=True,
        env=user_environment(),
        check=False,
    )
    return parse_pip_settings(listing.stdout)


def parse_pip_settings(listing: str) -> dict[str, str]:
    """What applies to ``pip install``: its own section, and the general ones."""
    settings: dict[str, str] = {}
    lines = [line for line in listing.splitlines() if line.partition("=")[2]]
    for scope in ("global.", "install.", ":env:."):
        for line in lines:
            key, _, value = line.partition("=")
            if key.startswith(scope):
                settings[key.removeprefix(scope)] = str(ast.literal_eval(value))
    return settings
