"""The pages name what is there: paths, links and their anchors, every package."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
PAGES = [
    *(REPOSITORY / name for name in ("README.md", "CONTRIBUTING.md", "HISTORY.rst")),
    *sorted((REPOSITORY / "docs").glob("*.md")),
]
FOLDERS = ("azext_ml_endpoint", "tests", "scripts", "docs", "samples", "benchmarks")
_NAMED = re.compile(rf"`(?:\./)?((?:{'|'.join(FOLDERS)})/[\w./*-]*)")
_LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")
_COMMAND = re.compile(r"(?:custom_command|custom_show_command)\(\s*\"([\w-]+)\"")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def named() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        for path in _NAMED.findall(page.read_text("utf-8")):
            yield page.name, path


def links() -> Iterator[tuple[Path, str, str]]:
    for page in PAGES:
        for path, anchor in _LINK.findall(page.read_text("utf-8")):
            yield page, path, anchor


def anchors(page: Path) -> set[str]:
    """As GitHub makes them of headings."""
    headings = _HEADING.findall(page.read_text("utf-8"))
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


def commands() -> set[str]:
    """Of az ml endpoint, as the sources of the command line name them."""
    modules = (REPOSITORY / "azext_ml_endpoint/cli").glob("*.py")
    sources = [each.read_text("utf-8") for each in modules if each.name != "assets.py"]
    return {name for each in sources for name in _COMMAND.findall(each)} - {"list-keys"}


@pytest.mark.parametrize(("page", "path"), sorted(set(named())))
def test_every_path_is_there(page: str, path: str) -> None:
    assert list(REPOSITORY.glob(path.rstrip("/."))), f"{page} names {path}"


@pytest.mark.parametrize(("page", "path", "anchor"), list(links()))
def test_every_link_leads_somewhere(page: Path, path: str, anchor: str) -> None:
    target = page.parent / path if path else page
    assert target.exists(), f"{page.name} links to {path}"
    assert not anchor or anchor in anchors(target), f"{path} has no heading #{anchor}"


@pytest.mark.parametrize("package", sorted(REPOSITORY.glob("azext_ml_endpoint/*/__init__.py")))
def test_the_readme_lists_every_package(package: Path) -> None:
    name = package.parent.relative_to(REPOSITORY)
    assert f"| `{name}/` |" in (REPOSITORY / "README.md").read_text("utf-8")


@pytest.mark.parametrize("command", sorted(commands()))
def test_the_readme_lists_every_command(command: str) -> None:
    """In the first column of the table; what az calls deprecated is not for new users."""
    text = (REPOSITORY / "README.md").read_text("utf-8")
    first = [row.split(" | ")[0] for row in text.splitlines() if row.startswith("| `")]
    assert any(re.search(rf"`{command}[ `]", each) for each in first)


def test_every_page_can_be_reached_from_the_readme_or_the_way_in() -> None:
    told = "".join(page.read_text("utf-8") for page in PAGES[:2])
    missing = [page.name for page in PAGES[3:] if f"docs/{page.name}" not in told]
    assert missing == []
