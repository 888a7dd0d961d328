"""Adding the extension to az, removing it, and living beside the official ``ml``."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

import pytest

from azext_ml_endpoint import __version__
from tests.integration.az import Az

OFFICIAL_COMMANDS = (
    "ml model",
    "ml model list",
    "ml online-endpoint",
    "ml online-endpoint show",
)


@pytest.fixture(scope="session")
def official(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel that plays the official extension: its source stands in ./official."""
    source = Path(__file__).with_name("official")
    info = "ml-2.45.1.dist-info"
    wheel = tmp_path_factory.mktemp("official") / "ml-2.45.1-py3-none-any.whl"
    with ZipFile(wheel, "w") as archive:
        for file in sorted(source.rglob("azext_mlv2/*.*")):
            archive.write(file, file.relative_to(source))
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: ml\nVersion: 2.45.1\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return wheel


def add(az: Az, wheel: Path) -> None:
    """Without what the wheel requires: no help text needs it, and it takes seconds to install."""
    az(["extension", "add", "--source", str(wheel), "--yes"], env={"PIP_NO_DEPS": "1"})


def test_it_can_be_added_and_removed(bare_az: Az, wheel: Path) -> None:
    add(bare_az, wheel)
    (installed,) = bare_az("extension list").json
    assert (installed["name"], installed["version"]) == ("ml-endpoint", __version__)
    assert "az ml endpoint create" in bare_az("ml endpoint create -h").stdout

    bare_az("extension remove -n ml-endpoint")
    assert bare_az("extension list").json == []
    assert "'ml' is misspelled" in bare_az("ml endpoint list --local", expect=2).stderr


@pytest.mark.parametrize("ours_first", [True, False], ids=["ours-first", "official-first"])
def test_beside_the_official_extension_neither_changes_the_other(
    bare_az: Az, az: Az, wheel: Path, official: Path, ours_first: bool
) -> None:
    add(bare_az, official)
    official_alone = [bare_az(f"{command} -h").stdout for command in OFFICIAL_COMMANDS]
    group_alone = bare_az("ml -h").stdout
    if ours_first:
        bare_az("extension remove -n ml")
        add(bare_az, wheel)
        add(bare_az, official)
    else:
        add(bare_az, wheel)

    together = [bare_az(f"{command} -h").stdout for command in OFFICIAL_COMMANDS]
    assert together == official_alone
    assert without(bare_az("ml -h").stdout, "endpoint") == group_alone
    for command in ("ml endpoint", "ml endpoint create", "ml endpoint get-logs"):
        assert bare_az(f"{command} -h").stdout == az(f"{command} -h").stdout


def without(help_text: str, group: str) -> str:
    """A group's help without the lines of one subgroup."""
    lines = help_text.splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(f"    {group} "))


def test_beside_the_official_extension_both_answer(
    bare_az: Az, wheel: Path, official: Path
) -> None:
    add(bare_az, official)
    add(bare_az, wheel)
    (model,) = bare_az("ml model list --stage Production").json
    assert model == {"answered_by": "official", "stage": "Production"}
    endpoint = bare_az("ml online-endpoint show -n x -l").json
    assert endpoint == {"answered_by": "official", "name": "x", "local": True}
    assert "no local endpoint" in bare_az("ml endpoint show --local -n x", expect=3).stderr


def test_models_and_environments_are_ours_only_where_nobody_else_has_them(
    bare_az: Az, wheel: Path, official: Path
) -> None:
    add(bare_az, wheel)
    for kind in ("model", "environment"):
        assert f"az ml {kind} create" in bare_az(f"ml {kind} create -h").stdout
    add(bare_az, official)
    assert "'create' is misspelled" in bare_az("ml model create -h", expect=2).stderr
    bare_az("extension remove -n ml")
    assert "az ml model create" in bare_az("ml model create -h").stdout


def test_our_words_for_the_group_appear_only_while_it_is_ours_alone(
    bare_az: Az, wheel: Path, official: Path
) -> None:
    add(bare_az, wheel)
    ours = bare_az("ml -h").stdout
    assert "officially" not in ours.lower()
    add(bare_az, official)
    assert "Official machine learning commands." in bare_az("ml -h").stdout
    bare_az("extension remove -n ml")
    assert bare_az("ml -h").stdout == ours
