"""What is in the wheel, and what is not."""

from __future__ import annotations

import json
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from zipfile import ZipFile

import pytest

from azext_ml_endpoint import __version__
from tests.integration.conftest import REPOSITORY


@pytest.fixture
def names(wheel: Path) -> set[str]:
    return set(ZipFile(wheel).namelist())


@pytest.fixture
def metadata(wheel: Path) -> Message:
    return message_from_bytes(ZipFile(wheel).read(f"ml_endpoint-{__version__}.dist-info/METADATA"))


def test_it_is_for_every_python_3_and_every_machine(wheel: Path) -> None:
    assert wheel.name == f"ml_endpoint-{__version__}-py3-none-any.whl"


def test_it_holds_the_package_and_nothing_else(names: set[str]) -> None:
    tops = {name.partition("/")[0] for name in names}
    assert tops == {"azext_ml_endpoint", f"ml_endpoint-{__version__}.dist-info"}


def test_it_holds_every_file_of_the_package(names: set[str]) -> None:
    files = (REPOSITORY / "azext_ml_endpoint").rglob("*")
    kinds = (".py", ".json", ".html", ".js", ".css")
    ours = {str(file.relative_to(REPOSITORY)) for file in files if file.suffix in kinds}
    assert any("/schema/" in name for name in ours)
    assert "azext_ml_endpoint/page/page.js" in ours
    assert ours == {name for name in names if name.startswith("azext_ml_endpoint/")}


def test_it_says_which_az_it_needs(wheel: Path) -> None:
    az_reads = json.loads(ZipFile(wheel).read("azext_ml_endpoint/azext_metadata.json"))
    assert az_reads["azext.minCliCoreVersion"] == "2.86.0"
    assert az_reads["azext.isPreview"] is True


def test_its_name_is_one_that_az_accepts(metadata: Message) -> None:
    assert metadata["Name"] == "ml-endpoint"
    assert metadata["Version"] == __version__


def test_the_scripts_install_what_it_requires(metadata: Message) -> None:
    listed = (REPOSITORY / "scripts/requirements/az.txt").read_text().split()
    required = {_sorted(line) for line in metadata.get_all("Requires-Dist", [])}
    assert required <= {_sorted(line) for line in listed}


def _sorted(requirement: str) -> frozenset[str]:
    """Both spellings of one requirement: the order of its bounds does not count."""
    for sign in ("<", ">", ","):
        requirement = requirement.replace(sign, f" {sign}")
    return frozenset(requirement.replace(",", " ").split())
