"""Faults are found, made small and kept, whatever they do to the process."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz import __main__ as fuzz
from tests.fuzz import corpus, planted

SAID = {
    "slow": "it takes more than 2 s",
    "large": "which are more than 50",
    "dead": "ends the process (9)",
    "signal": "a signal goes to a process",
    "foreign": "KeyError: 'a'",
    "empty": "says nothing",
    "nowhere": "no place",
    "below": "the place is not in the file",
    "beside": "the place is not in the file",
}


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FUZZ_CORPUS", str(tmp_path))
    monkeypatch.setattr(corpus, "FOLDER", tmp_path)
    return tmp_path / "planted"


def contents(folder: Path) -> set[bytes]:
    return {each.read_bytes() for each in folder.iterdir()}


@pytest.mark.parametrize("fault", SAID)
def test_an_input_of_the_corpus_that_fails_is_told_of(
    kept: Path, fault: str, capfd: pytest.CaptureFixture[str]
) -> None:
    corpus.keep("planted", b"sound")
    corpus.keep("planted", fault.encode())
    assert not fuzz.passes("planted", 1, 0)
    assert SAID[fault] in capfd.readouterr().err
    assert contents(kept) == {b"sound", fault.encode()}


def test_an_input_that_fails_is_kept_as_small_as_it_can_be(kept: Path) -> None:
    assert not fuzz.passes("planted", 1000, 0)
    assert contents(kept) == {b"\0"}


def test_errors_that_can_be_read_are_no_faults(kept: Path) -> None:
    for each in planted.HARMLESS:
        corpus.keep("planted", each.encode())
    assert fuzz.passes("planted", 1, 0)
