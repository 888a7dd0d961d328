"""The commands of each tool, and pip's settings in uv's words."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from azext_ml_endpoint.local.process.installer import (
    Conda,
    Pip,
    Uv,
    as_uv_variables,
    parse_pip_settings,
    user_environment,
)

TARGET = Path("/env")
BEST = {"UV_INDEX_STRATEGY": "unsafe-best-match"}


def test_az_s_own_pip_fills_an_environment_that_has_none() -> None:
    assert Pip("/az/python").make("/usr/bin/python3", TARGET)[-2:] == ["--without-pip", "/env"]
    command = Pip("/az/python").install(TARGET, Path("/r.txt"))
    assert command[:6] == ["/az/python", "-m", "pip", "--python", "/env/bin/python", "install"]
    assert command[-1] == "/r.txt"


def test_uv_installs_into_the_environment_it_made() -> None:
    assert Uv("/uv").make("==3.11.*", TARGET)[-3:] == ["--python", "==3.11.*", "/env"]
    assert Uv("/uv").install(TARGET, Path("/r.txt"))[3:5] == ["--python", "/env/bin/python"]


@pytest.mark.parametrize(
    ("path", "verb"),
    [
        ("/bin/micromamba", ["create"]),
        ("/bin/mamba", ["env", "create"]),
        ("/bin/conda", ["env", "create"]),
    ],
)
def test_each_kind_of_conda_has_its_own_verb(path: str, verb: list[str]) -> None:
    command = Conda(path).create(TARGET, Path("/conda.yml"))
    assert command == [path, *verb, "--prefix", "/env", "--file", "/conda.yml"]


def test_pip_s_settings_come_from_its_files_and_its_variables_win() -> None:
    listing = """\
global.extra-index-url='https://one.example.com https://two.example.com'
global.index-url='https://file.example.com'
install.find-links='/wheels'
list.format='columns'
:env:.index-url='https://variable.example.com'
:env:.cert=''
"""
    settings = parse_pip_settings(listing)
    assert settings["index-url"] == "https://variable.example.com"
    assert settings["find-links"] == "/wheels"
    assert "format" not in settings


def test_uv_looks_where_pip_would_look() -> None:
    variables = as_uv_variables(
        {
            "index-url": "https://main.example.com",
            "extra-index-url": "https://one.example.com\nhttps://two.example.com",
            "find-links": "/wheels /more",
            "cert": "",
            "timeout": "60",
        }
    )
    assert variables == {
        "UV_DEFAULT_INDEX": "https://main.example.com",
        "UV_INDEX": "https://one.example.com https://two.example.com",
        "UV_FIND_LINKS": "/wheels,/more",
    }


def test_uv_s_own_index_is_not_overruled_by_pip_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://uv.example.com")
    assert Uv("/uv").variables() == BEST


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of somebody who has set nothing."""
    for name in [each for each in os.environ if each.startswith(("UV_", "PIP_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("name", ["UV_INDEX", "UV_DEFAULT_INDEX", "PIP_EXTRA_INDEX_URL", "LANG"])
def test_uv_takes_the_best_version_of_all_indexes_whatever_else_is_set(
    home: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "https://one.example.com")
    assert Uv("/uv").variables()["UV_INDEX_STRATEGY"] == "unsafe-best-match"


def test_uv_s_own_strategy_is_not_overruled(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = home / ".config/uv/uv.toml"
    file.parent.mkdir(parents=True)
    file.write_text("offline = false\n")
    assert Uv("/uv").variables() == BEST
    file.write_text('index-strategy = "first-index"\n')
    assert Uv("/uv").variables() == {}
    file.unlink()
    monkeypatch.setenv("UV_INDEX_STRATEGY", "first-index")
    assert "UV_INDEX_STRATEGY" not in Uv("/uv").variables()


def test_programs_do_not_find_az_s_own_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/opt/az/lib")
    monkeypatch.setenv("VIRTUAL_ENV", "/opt/az")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.com")
    environment = user_environment()
    assert {"PYTHONPATH", "VIRTUAL_ENV"}.isdisjoint(environment)
    assert environment["HTTPS_PROXY"] == "http://proxy.example.com"
