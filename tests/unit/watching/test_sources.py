"""Which files an endpoint is made of, and what it means when one is saved."""

from __future__ import annotations

from pathlib import Path

import pytest

from azext_ml_endpoint.document.model import Endpoint
from azext_ml_endpoint.watching import sources
from azext_ml_endpoint.watching.sources import Saved, Sources
from tests.fakes.builders import code, deployment, endpoint, environment, model, write_files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_files(
        tmp_path.resolve(),
        {
            "endpoint.yml": "",
            "conda.yml": "",
            "code/score.py": "",
            "code/tools/shapes.py": "",
            "weights/part-1": "",
            "model.pkl": "",
        },
    )


@pytest.fixture
def wanted(folder: Path) -> Endpoint:
    return endpoint(
        deployment(
            "blue",
            code=code(path=folder / "code"),
            model=model(path=folder / "weights"),
            environment=environment(conda_path=folder / "conda.yml"),
        ),
        deployment(
            "green", code=code(path=folder / "code"), model=model(path=folder / "model.pkl")
        ),
    )


@pytest.fixture
def watched(wanted: Endpoint, folder: Path) -> Sources:
    return sources.of(wanted, [folder / "endpoint.yml"])


def never(_: Path, below: str) -> bool:
    return below == "notes.txt"


def test_a_file_is_looked_at_in_its_folder_and_a_folder_whole(
    watched: Sources, folder: Path
) -> None:
    assert watched.files == {folder / name for name in ("endpoint.yml", "conda.yml", "model.pkl")}
    assert watched.places == {folder}
    assert watched.trees == {folder / "code", folder / "weights"}
    assert watched.code == {folder / "code": {"blue", "green"}}


@pytest.mark.parametrize(
    ("asked", "name", "counts"),
    [
        ("", "new.yml", True),
        ("", "new.YAML", True),
        ("", "new.txt", False),
        ("", ".new.yml", False),
        ("", "weights.d/new.yml", False),
        ("blue*.yml", "blue-2.yml", True),
        ("blue*.yml", "green.yml", False),
        ("*/blue.yml", "a/blue.yml", False),
        ("endpoint.yml", "new.yml", False),
    ],
)
def test_where_a_folder_or_pattern_was_named_new_files_count(
    wanted: Endpoint, folder: Path, asked: str, name: str, counts: bool
) -> None:
    watched = sources.of(wanted, [folder / "endpoint.yml"], [str(folder / asked)])
    assert sources.meaning([folder / name], watched, never).anything is counts
    assert folder in watched.places


@pytest.mark.parametrize("name", ["code/score.py", "code/tools/shapes.py", "code/new.py"])
def test_code_is_of_its_deployments(watched: Sources, folder: Path, name: str) -> None:
    expected = Saved(False, frozenset({"blue", "green"}), (folder / name,))
    assert sources.meaning([folder / name], watched, never) == expected


@pytest.mark.parametrize("name", ["endpoint.yml", "conda.yml", "model.pkl", "weights/part-2"])
def test_all_else_may_change_anything(watched: Sources, folder: Path, name: str) -> None:
    assert sources.meaning([folder / name], watched, never) == Saved(
        True, frozenset(), (folder / name,)
    )


@pytest.mark.parametrize(
    "name",
    [
        "other.yml",
        "code/notes.txt",
        "code/__pycache__/score.cpython-311.pyc",
        "code/.score.py.swp",
        "code/score.py~",
        "code/4913",
        "code/.git/index",
    ],
)
def test_what_is_ignored_or_only_passes_by_means_nothing(
    watched: Sources, folder: Path, name: str
) -> None:
    assert not sources.meaning([folder / name], watched, never)


@pytest.mark.parametrize(("dockerfile", "expected"), [("COPY . .\n", True), ("RUN x\n", False)])
def test_a_context_counts_where_it_is_read(folder: Path, dockerfile: str, expected: bool) -> None:
    built = environment(
        image=None, conda_file=None, dockerfile=f"FROM x\n{dockerfile}", context=folder / "weights"
    )
    watched = sources.of(endpoint(deployment("blue", environment=built, model=None)), [])
    assert (folder / "weights" in watched.folders) is expected


def test_the_folders_above_the_code_do_not_count(wanted: Endpoint, tmp_path: Path) -> None:
    """A project may be within a folder that would be passed over within the code."""
    place = write_files(tmp_path.resolve() / ".venv" / "x", {"score.py": ""})
    watched = sources.of(endpoint(deployment("blue", code=code(path=place))), [])
    assert sources.meaning([place / "score.py"], watched, never).code == {"blue"}


def test_files_saved_together_are_one(watched: Sources, folder: Path) -> None:
    saved = sources.meaning([folder / "code/score.py", folder / "endpoint.yml"], watched, never)
    assert saved.anything and saved.code == {"blue", "green"}
    assert [each.name for each in saved.files] == ["score.py", "endpoint.yml"]
