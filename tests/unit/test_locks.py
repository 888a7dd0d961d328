"""What scripts/lock has put down is what scripts/requirements asks for. If not: scripts/lock."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REQUIREMENTS = Path(__file__).parents[2] / "scripts" / "requirements"
AZURITE = REQUIREMENTS / "azurite"
PYTHONS = ["3.10.0", "3.11.7", "3.12.1", "3.13.0"]
SETS = {
    "az": ["az"],
    "test": ["az", "test"],
    "sdk": ["sdk"],
    "azdev": ["azdev"],
    "peers": ["peers"],
    "uv": ["uv"],
}
"""Set of requirements -> the locks that are installed for it."""


@dataclass(frozen=True)
class Pin:
    """One line of a lock. asked_by: the files of requirements that name it themselves."""

    requirement: Requirement
    hashes: list[str]
    asked_by: list[str]

    @property
    def name(self) -> str:
        return canonicalize_name(self.requirement.name)

    @property
    def version(self) -> str:
        return str(self.requirement.specifier).removeprefix("==")

    def counts(self, python: str) -> bool:
        marker = self.requirement.marker
        return marker is None or marker.evaluate(
            {"python_version": python.rpartition(".")[0], "python_full_version": python}
        )


def pins(lock: str) -> list[Pin]:
    entries = re.split(r"\n(?=[A-Za-z0-9])", re.sub(r" \\\n", " ", lock))
    return [_pin(entry) for entry in entries if "==" in entry.partition("\n")[0]]


def _pin(entry: str) -> Pin:
    line, _, comments = entry.partition("\n")
    requirement, *hashes = line.split(" --hash=")
    return Pin(Requirement(requirement), hashes, re.findall(r"-r (\S+)\.txt", comments))


def faults(name: str, asked: str, lock: str, python: str) -> Iterator[str]:
    """Where the lock is not of these requirements, in its file named NAME.txt."""
    locked = [pin for pin in pins(lock) if pin.counts(python)]
    wanted = [Requirement(line) for line in asked.splitlines() if line and line[0] != "#"]
    for each in wanted:
        versions = [pin.version for pin in locked if pin.name == canonicalize_name(each.name)]
        if [each.specifier.contains(version, prereleases=True) for version in versions] != [True]:
            yield f"{each} is locked as {', '.join(versions) or 'nothing'}"
    names = {canonicalize_name(each.name) for each in wanted}
    for pin in locked:
        if name in pin.asked_by and pin.name not in names:
            yield f"{pin.name} is locked, and nobody asks for it"
        if not pin.hashes:
            yield f"{pin.name} has no hash"


def lock_of(name: str) -> str:
    return "\n".join((REQUIREMENTS / f"{each}.lock").read_text() for each in SETS[name])


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("name", SETS)
def test_a_lock_fits_its_requirements(name: str, python: str) -> None:
    asked = (REQUIREMENTS / f"{name}.txt").read_text()
    assert list(faults(name, asked, lock_of(name), python)) == []


def test_every_file_is_looked_at() -> None:
    for kind in ("txt", "lock"):
        assert {file.stem for file in REQUIREMENTS.glob(f"*.{kind}")} == set(SETS)


LOCK = """\
# made by a tool
a==1.5 \\
    --hash=sha256:01 \\
    --hash=sha256:02
    # via
    #   -r x.txt
    #   b
b_c==2.0 ; python_full_version < '3.11' \\
    --hash=sha256:03
    # via -r x.txt
b_c==3.0 ; python_full_version >= '3.11' \\
    --hash=sha256:04
    # via -r x.txt
d==4.0 \\
    --hash=sha256:05
    # via a
"""


@pytest.mark.parametrize(
    ("asked", "lock", "found"),
    [
        ("# why\na>=1,<2\nB.c>=2,<4\n", LOCK, []),
        ("a>=1,<2\nb-c\nd>=4\n", LOCK, []),
        ("a\nb-c\ne<5\n", LOCK, ["e<5 is locked as nothing"]),
        ("a>=1.6\nb-c\n", LOCK, ["a>=1.6 is locked as 1.5"]),
        ("a\nb-c<3\n", LOCK, ["b-c<3 is locked as 3.0"]),
        ("a\n", LOCK, ["b-c is locked, and nobody asks for it"]),
        ("a\nb-c\n", LOCK.replace("<", ">"), ["b-c is locked as 2.0, 3.0"]),
        ("a\nb-c\n", LOCK.replace(">=", "<"), ["b-c is locked as nothing"]),
        ("a\nb-c\n", LOCK.replace(" \\\n    --hash=sha256:05", ""), ["d has no hash"]),
    ],
)
def test_a_lock_that_does_not_fit_is_found(asked: str, lock: str, found: list[str]) -> None:
    assert list(faults("x", asked, lock, "3.12.1")) == found


def test_one_environment_gets_no_package_twice() -> None:
    az, test = (pins((REQUIREMENTS / f"{each}.lock").read_text()) for each in ("az", "test"))
    assert not {pin.name for pin in az} & {pin.name for pin in test}


def test_uv_is_the_same_before_and_after() -> None:
    (alone,) = pins(lock_of("uv"))
    (with_az,) = (pin for pin in pins(lock_of("az")) if pin.name == "uv")
    assert (alone.version, alone.hashes) == (with_az.version, with_az.hashes)


def test_azurites_lock_fits_its_requirements() -> None:
    asked = json.loads((AZURITE / "package.json").read_text())
    packages = json.loads((AZURITE / "package-lock.json").read_text())["packages"]
    assert packages.pop("")["dependencies"] == asked["dependencies"]
    assert "node_modules/azurite" in packages
    assert [name for name, package in packages.items() if not package.get("integrity")] == []


def test_no_lock_says_where_anything_came_from() -> None:
    for file in REQUIREMENTS.glob("*.lock"):
        assert "://" not in file.read_text(), file
    assert '"resolved"' not in (AZURITE / "package-lock.json").read_text()
