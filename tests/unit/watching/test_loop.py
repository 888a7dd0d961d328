"""The loop, over the files of :mod:`.world`, which are saved when the test says so."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from azext_ml_endpoint import content
from azext_ml_endpoint.errors import (
    Declined,
    EndpointError,
    EnvironmentBuildError,
    NotFoundError,
    StartError,
    Superseded,
)
from azext_ml_endpoint.watching.loop import Watch
from tests.fakes.builders import write_files
from tests.unit.watching.world import SCORE, Enough, World, digest


@pytest.fixture
def world(tmp_path: Path) -> World:
    files = {"endpoint.yml": "", "code/score.py": SCORE, "code/.amlignore": "notes.txt\n"}
    return World(write_files(tmp_path.resolve(), files))


def test_nothing_saved_is_nothing_done(world: World) -> None:
    world.run()
    assert world.here.asked == ["warm", "cool houses"]
    assert world.report.steps == ["houses: watching code, endpoint.yml; Ctrl-C ends it"]


def test_saved_code_is_swapped_in_without_reading_the_files_again(world: World) -> None:
    world.save("code/score.py", f"{SCORE}# edited\n")
    world.run()
    assert world.brought == 1
    assert [each.split()[0] for each in world.here.asked] == ["warm", "swap", "cool"]
    assert world.report.steps[-1] == "blue: score.py served 0.25 s after it was saved"


def test_a_script_that_does_not_parse_is_told_of_and_not_tried(world: World) -> None:
    world.save("code/score.py", "def init():\n    pass\n\ndef run(data)\n    return {}\n")
    world.save("code/score.py", SCORE)
    world.run()
    place = f"{world.folder}/code/score.py:4:14"
    assert any(each.startswith(f"{place}: the scoring script does") for each in world.report.steps)
    assert "What served before goes on serving." in world.report.warnings[0]
    assert [each.split()[0] for each in world.here.asked] == ["warm", "swap", "cool"]


def test_a_script_without_run_is_told_of(world: World) -> None:
    world.save("code/score.py", "def init():\n    pass\n")
    world.run()
    assert any("has no run()" in each for each in world.report.steps)
    assert world.here.asked == ["warm", "cool houses"]


def test_a_module_beside_it_that_does_not_parse_is_told_of(world: World) -> None:
    world.save("code/shapes.py", "def\n")
    world.run()
    assert any("shapes.py:1" in each and "module" in each for each in world.report.steps)
    assert world.here.asked == ["warm", "cool houses"]


def test_code_that_does_not_start_is_told_of_and_the_next_may_wait_again(world: World) -> None:
    world.here.trouble = StartError("It crashed.", "Correct it.", detail="Traceback\nKeyError")
    world.save("code/score.py", f"{SCORE}# broken\n")
    world.save("code/score.py", f"{SCORE}# mended\n")
    world.run()
    assert [each.split()[0] for each in world.here.asked] == [
        *("warm", "swap", "warm", "swap", "cool")
    ]
    assert world.report.steps[1:3] == ["Traceback", "KeyError"]
    assert world.report.warnings == ["It crashed. Correct it. What served before goes on serving."]


@pytest.mark.parametrize(
    ("advice", "told"),
    [
        ("Correct it, then run the command again.", "Correct it, then save the file again."),
        ("Correct it, then run this again.", "Correct it, then save the file again."),
        ("Wait, then run this command again.", "Wait, then save the file again."),
        ("Run this command again; it chooses.", "Save the file again; it chooses."),
    ],
)
def test_what_is_done_again_is_a_save(advice: str, told: str, world: World) -> None:
    world.here.trouble = StartError("It crashed.", advice)
    world.save("code/score.py", f"{SCORE}# broken\n")
    world.run()
    assert told.rstrip(".") in world.report.warnings[0]


def test_a_broken_edit_that_is_taken_back_is_told_to_serve(world: World) -> None:
    world.save("code/score.py", f"{SCORE}# good\n")
    world.save("code/score.py", "def run(data)\n")
    world.save("code/score.py", f"{SCORE}# good\n")
    world.save("code/score.py", f"{SCORE}# good\n")
    world.run()
    told = [each for each in world.report.steps if "score.py: " in each or "served" in each]
    assert told == [
        "blue: score.py served 0.25 s after it was saved",
        "score.py: as it serves already",
    ]


def test_what_waits_is_looked_after_where_nothing_is_saved_for_long(world: World) -> None:
    world.quiet = True
    world.run()
    assert world.here.asked == ["warm", "warm", "cool houses"]


def test_what_waits_is_looked_after_once_others_have_been_at_work(world: World) -> None:
    world.here.disturbed = [False, True, False]
    world.run()
    assert world.here.asked == ["warm", "warm", "cool houses"]


def test_a_document_that_cannot_be_made_true_leaves_something_waiting(world: World) -> None:
    world.trouble = StartError("It crashed.")
    world.save("endpoint.yml", "changed")
    world.run()
    assert world.here.asked == ["warm", "warm", "cool houses"]


def test_code_that_a_changed_document_needs_is_served_with_it(world: World) -> None:
    world.trouble = StartError("No module named tomli.")
    world.only_for = f"{SCORE}# without tomli\n"
    world.save("endpoint.yml", "another environment")
    world.save("code/score.py", world.only_for)
    world.save("code/score.py", f"{SCORE}# and more\n")
    world.run()
    assert world.brought == 3
    assert [each.split()[0] for each in world.here.asked] == ["warm", "warm", "swap", "cool"]


def test_a_document_waits_for_code_that_is_right_at_last(world: World) -> None:
    world.trouble = StartError("No module named tomli.")
    world.save("endpoint.yml", "another environment")
    world.save("code/score.py", f"{SCORE}# still with tomli\n")
    world.save("code/score.py", f"{SCORE}# and again\n")
    world.run()
    assert world.brought == 4
    assert not any("swap" in each for each in world.here.asked)


def test_code_is_served_while_packages_cannot_be_installed(world: World) -> None:
    world.trouble = EnvironmentBuildError("There is no package numpi.")
    world.save("endpoint.yml", "another environment")
    world.save("code/score.py", f"{SCORE}# edited\n")
    world.run()
    assert world.brought == 2
    assert "swap" in world.here.asked[2]


def test_what_is_ignored_triggers_nothing(world: World) -> None:
    world.save("code/notes.txt", "to do")
    world.run()
    assert world.here.asked == ["warm", "cool houses"]


def test_a_saved_document_is_read_and_made_true(world: World) -> None:
    world.save("endpoint.yml", "changed")
    world.run()
    assert world.brought == 2


@pytest.mark.parametrize("changed", [True, False])
def test_a_document_that_changes_no_deployment_is_told_to_be_done(
    changed: bool, world: World
) -> None:
    """What had nothing to be done has been told so."""
    world.changed = changed
    world.save("endpoint.yml", "traffic")
    world.save("code/score.py", f"{SCORE}# edited\n")
    world.run()
    told = [each for each in world.report.steps if "after it was saved" in each]
    done = ["houses: endpoint.yml done 0.25 s after it was saved"] if changed else []
    assert told == [*done, "blue: score.py served 0.25 s after it was saved"]


def test_what_is_not_agreed_to_waits_for_the_next_save(world: World) -> None:
    world.trouble = Declined("Not agreed to: nothing was changed.")
    world.save("endpoint.yml", "a deployment less")
    world.save("code/score.py", f"{SCORE}# edited\n")
    world.run()
    (told,) = world.report.warnings
    assert told == "Not agreed to: nothing was changed. What served before goes on serving."
    assert "swap" in world.here.asked[1]


def test_a_broken_document_is_told_of(world: World) -> None:
    world.trouble = EndpointError("It is no YAML")
    world.save("endpoint.yml", "{")
    world.save("code/score.py", f"{SCORE}# edited\n")
    world.run()
    assert world.report.warnings == ["It is no YAML. What served before goes on serving."]
    assert "swap" in world.here.asked[2]


def test_other_files_are_watched_once_the_document_names_them(world: World) -> None:
    def save() -> Path:
        world.extra.append(world.folder / "conda.yml")
        return world.folder / "endpoint.yml"

    world.saves.append(save)
    world.run()
    assert [len(each.files) for each in world.opened] == [1, 2]


def test_what_was_saved_before_anybody_looked_is_not_missed(world: World) -> None:
    watch = Watch(world.bring, world.report, world.open, clock=lambda: 1.0)
    with pytest.raises(Enough):
        watch.run()
    assert world.brought == 2, "every file here is newer than 1970"


def test_it_ends_where_the_endpoint_is_gone(world: World) -> None:
    world.here.trouble = NotFoundError("There is no local endpoint houses.")
    world.save("code/score.py", f"{SCORE}# edited\n")
    watch = Watch(world.bring, world.report, world.open, clock=lambda: 4e9)
    with pytest.raises(NotFoundError):
        watch.run()
    assert world.here.asked[-1] == "cool houses"


# What is saved anew while it starts


def edited(
    world: World, seconds: float, name: str, then: str = f"{SCORE}# right\n", age: float = 1
) -> None:
    """The first swap takes so many seconds, at the end of which the file is told of that was saved
    some seconds before, and then the script."""

    def meanwhile() -> None:
        world.now += seconds
        file = write_files(world.folder, {name: then}) / name
        os.utime(file, (world.now - age, world.now - age))
        world.pending = frozenset({file})
        world.here.meanwhile = lambda: None
        world.save("code/score.py", then)

    world.here.meanwhile = meanwhile
    world.save("code/score.py", f"{SCORE}# stuck\n")


@pytest.mark.parametrize("name", ["code/score.py", "code/new.py", "endpoint.yml"])
def test_a_start_that_takes_long_is_given_up_for_what_is_saved_anew(
    world: World, name: str
) -> None:
    edited(world, 6, name)
    world.here.served = lambda _: True
    world.run()
    assert [each[:4] for each in world.here.asked] == ["warm", "swap", "swap", "cool"]
    assert "blue: given up" in world.report.steps
    assert world.report.warnings == []


@pytest.mark.parametrize(
    ("seconds", "name"),
    [
        (4, "code/score.py"),  # who saves all the time is to be served now and then
        (6, "code/notes.txt"),  # is ignored
        (6, "code/calls.log"),  # may be written by a program, again and again
        (6, "elsewhere.py"),
    ],
)
def test_another_start_goes_on(world: World, seconds: float, name: str) -> None:
    edited(world, seconds, name)
    world.run()
    assert "blue: given up" not in world.report.steps
    assert sum("score.py served" in each for each in world.report.steps) == 2


def test_a_save_that_is_told_of_twice_is_started_once(world: World) -> None:
    edited(world, 6, "code/score.py", age=6.5)
    world.run()
    assert "blue: given up" not in world.report.steps


def test_a_document_that_was_given_up_comes_with_the_next_code(world: World) -> None:
    world.save("endpoint.yml", "# new")
    world.trouble, world.only_for = Superseded("blue: given up"), f"{SCORE}# right\n"
    world.save("code/score.py", f"{SCORE}# right\n")
    world.run()
    assert world.brought == 3 and "blue: given up" in world.report.steps


def test_what_is_taken_back_meanwhile_is_told_to_serve(world: World) -> None:
    world.here.serves = digest(content.recoded(world.bring()[0].asked))
    edited(world, 6, "code/score.py", then=SCORE)
    world.run()
    assert world.report.steps[-2:] == ["blue: given up", "score.py: as it serves already"]
