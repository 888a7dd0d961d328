from __future__ import annotations

import os
import subprocess
import sys

import pytest

from azext_ml_endpoint.handlers.rollout import is_alive, word


def test_a_process_is_alive_as_long_as_it_runs() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as other:
        its = word(other.pid)
        assert is_alive(its)
        assert not is_alive(f"{its}0")  # another process had its number
        assert not is_alive(f"elsewhere/{its.partition('/')[2]}")
        other.kill()
        other.wait()
        assert not is_alive(its)


def test_the_own_process_is_in_nobodys_way() -> None:
    assert not is_alive(word(os.getpid()))


@pytest.mark.parametrize("text", ["", "host", "host/x/1", "host/-1/1"])
def test_what_is_no_word_is_not_alive(text: str) -> None:
    assert not is_alive(text)
