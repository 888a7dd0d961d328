"""docs/keys.md has every key that either format has: as a row of its own, or with why it is none.

The keys of 2021 are facts in :mod:`tests.unit.document.test_schemas`, today's in
:mod:`tests.unit.document.official_format`, which an integration test compares with the official
SDK's own schemas.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType

import pytest

from tests.unit.document import official_format as form
from tests.unit.document.test_schemas import FIELDS

LIBRARY = Path(__file__).parents[2] / "scripts/lib"
# Sections of the page, by where the two formats have them.
IN_2021: Mapping[str, tuple[str, str]] = {
    "onlineEndpoint": ("An endpoint", ""),
    "deployment": ("A deployment", ""),
    "model": ("A model", ""),
    "codeConfiguration": ("Code", ""),
    "code": ("Code", "code."),
    "environment": ("An environment", ""),
    "docker": ("An environment", "docker."),
    "inferenceConfig": ("An environment", "inference_config."),
    "route": ("An environment", "inference_config.scoring_route."),
    "probe": ("A deployment", "readiness_probe."),
    "requestSettings": ("A deployment", "request_settings."),
    "scaleSettings": ("A deployment", "scale_settings."),
    "resourceRequirements": ("A deployment", "resource_requirements."),
    "identity": ("An endpoint", "identity."),
}
TODAY: Mapping[str, str] = {
    "model": "A model",
    "code_configuration": "Code",
    "environment": "An environment",
    "data_collector": "A data collector",
}
SPELLED = {
    "resources.requests.gpu": "resources.requests.nvidia.com/gpu",
    "resources.limits.gpu": "resources.requests.nvidia.com/gpu",
}
"""Names that the official SDK takes for the same thing."""


@pytest.fixture(scope="module")
def page() -> Iterator[ModuleType]:
    """The program that writes it."""
    sys.path.insert(0, str(LIBRARY))
    spec = importlib.util.spec_from_file_location("keys_page", LIBRARY / "keys_page.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    sys.path.remove(str(LIBRARY))
    for name in ("keys_page", "keys_facts"):
        del sys.modules[name]


def test_the_page_is_what_the_code_says(page: ModuleType) -> None:
    assert page.PAGE.read_text("utf-8") == page.page(), "run scripts/keys"


def of_2021() -> set[tuple[str, str]]:
    return {
        (IN_2021[part][0], f"{IN_2021[part][1]}{key}")
        for part, keys in FIELDS.items()
        for key in keys.split()
    }


def of_today() -> set[tuple[str, str]]:
    """Section and place."""
    found = {("An endpoint", ".".join((*map(str, path), key))) for path, key in keys(form.ENDPOINT)}
    for path, key in keys(form.DEPLOYMENT):
        section = TODAY.get(str(path[0])) if path else None
        place = ".".join((*map(str, path[1:] if section else path), key))
        found.add((section or "A deployment", SPELLED.get(place, place)))
    return found


def keys(sections: Mapping[form.Path, form.Section]) -> Iterator[tuple[form.Path, str]]:
    return ((path, key) for path, section in sections.items() for key in section)


def refused(page: ModuleType) -> set[tuple[str, str]]:
    return {(each.section, each.key) for each in page.refused()}


def without_answers(page: ModuleType, found: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """What Azure alone says is told of once, wherever it stands."""
    answers = {key for section, key in refused(page) if section == "anything"}
    return {(section, key) for section, key in found if key.rpartition(".")[2] not in answers}


def is_told(key: tuple[str, str], rows: set[tuple[str, str]]) -> bool:
    """A mapping is told of by what is in it, or by where it belongs."""
    section, place = key
    within = any(each[0] == section and each[1].startswith(f"{place}.") for each in rows)
    return key in rows or within or place in ("code", *TODAY)


def test_every_key_of_2021_is_on_the_page(page: ModuleType) -> None:
    rows = {(each.section, each.earlier) for part in page.SECTIONS for each in page.rows(part)}
    asked = without_answers(page, of_2021())
    assert sorted(key for key in asked if not is_told(key, rows)) == []


def test_every_key_of_today_is_on_the_page_or_refused_with_a_reason(page: ModuleType) -> None:
    rows = {(each.section, each.todays) for part in page.SECTIONS for each in page.rows(part)}
    asked = without_answers(page, of_today()) - refused(page)
    assert sorted(key for key in asked if not is_told(key, rows)) == []
    assert all(each.why for each in page.refused())


@pytest.mark.parametrize("column", ["earlier", "todays"])
def test_the_page_gives_no_format_a_key_that_it_does_not_have(
    page: ModuleType, column: str
) -> None:
    asked = of_2021() if column == "earlier" else of_today()
    rows = [each for part in page.SECTIONS for each in page.rows(part)]
    told = {(each.section, getattr(each, column)) for each in rows if each.key != "$schema"}
    known = {key for key in told if key in asked or key[1] == "–" or key[1].endswith("$schema")}
    alike = {key for key in told if _is_like_another(key[1])}
    assert sorted(told - known - alike) == []


def _is_like_another(place: str) -> bool:
    """The probes are alike, and so are the routes: the facts of 2021 have one of each."""
    return place.partition(".")[0] in ("liveness_probe", "inference_config") or place.startswith(
        "docker.build."
    )


def test_every_row_says_all_that_there_is_to_say(page: ModuleType) -> None:
    for part in page.SECTIONS:
        for row in page.rows(part):
            said = (row.earlier, row.todays, row.kind, row.field, row.local, row.since)
            assert all(said), row
            assert row.local in ("yes", "kept", "fetched")
            assert not row.default or row.default.endswith(("(shown)", "(documented)", "(ours)"))
