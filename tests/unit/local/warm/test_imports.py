"""What a script imports of others, by its text."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from azext_ml_endpoint.local.warm import imports
from azext_ml_endpoint.local.warm.imports import Imports
from tests.fakes.builders import write_files

SAMPLES = Path(__file__).parents[4] / "samples"


def names(folder: Path, **files: str) -> frozenset[str]:
    written = {f"{name.replace('__', '/')}.py": text for name, text in files.items()}
    write_files(folder, written)
    return imports.of_script(folder, "score.py").names


def test_packages_are_named_as_they_are_imported(tmp_path: Path) -> None:
    script = "import json\nimport numpy as np, a.b\nfrom sklearn import ensemble\n"
    assert names(tmp_path, score=script) == {"numpy", "a.b", "sklearn:ensemble"}


def test_what_functions_import_counts_and_what_only_type_checkers_read_does_not(
    tmp_path: Path,
) -> None:
    script = (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import torch\n"
        "def init():\n    import joblib\n"
    )
    assert names(tmp_path, score=script) == {"joblib"}


def test_the_users_own_modules_are_followed_and_not_named(tmp_path: Path) -> None:
    found = names(
        tmp_path,
        score="import prices\nfrom tools import shapes\n",
        prices="import pandas\n",
        tools____init__="",
        tools__shapes="from . import more\nimport scipy.stats\n",
        tools__more="from xgboost import Booster\n",
        train="import torch\n",
    )
    assert found == {"pandas", "scipy.stats", "xgboost:Booster"}


def test_modules_that_import_each_other_are_read_once(tmp_path: Path) -> None:
    assert names(tmp_path, score="import a", a="import b, numpy", b="import a") == {"numpy"}


def test_the_script_may_be_below_the_code_folder(tmp_path: Path) -> None:
    write_files(tmp_path, {"src/score.py": "import near, numpy", "src/near.py": "", "numpy.py": ""})
    assert imports.of_script(tmp_path, "src/score.py").names == {"numpy"}


@pytest.mark.parametrize(
    "line",
    [
        'os.environ["OMP_NUM_THREADS"] = "1"',
        'environ.setdefault("A", "b")',
        'os.putenv("A", "b")',
        "load_dotenv()",
        "sys.path.insert(0, here)",
        "sys.path = []",
        "gevent.monkey.patch_all()",
    ],
)
def test_nothing_is_imported_ahead_of_what_sets_the_stage(tmp_path: Path, line: str) -> None:
    write_files(tmp_path, {"score.py": f"import os, sys\n{line}\nimport numpy\n"})
    found = imports.of_script(tmp_path, "score.py")
    assert found == Imports(kept_back="score.py changes what packages find when imported")


@pytest.mark.parametrize(
    "line",
    ['x = os.environ["A"]', 'os.environ["A"] == "b"', "sys.path.append(here)", "sys.path == []"],
)
def test_what_only_reads_keeps_nothing_back(tmp_path: Path, line: str) -> None:
    assert names(tmp_path, score=f"{line}\nimport numpy\n") == {"numpy"}


@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
def test_a_model_names_what_it_is_made_of(tmp_path: Path, protocol: int) -> None:
    made = pickle.dumps([Imports(), Path("/x")], protocol)
    write_files(tmp_path, {"notes.txt": "cnumpy\nndarray\n"})
    (tmp_path / "model.pkl").write_bytes(made)
    assert imports.of_model(tmp_path) == {"azext_ml_endpoint.local.warm.imports"}
    assert imports.of_model(tmp_path / "model.pkl") == imports.of_model(tmp_path)
    assert imports.of_model(tmp_path / "missing.pkl") == frozenset()


def test_the_samples_model_is_of_scikit_learn() -> None:
    model = SAMPLES / "endpoints/online/model-1/model/sklearn_regression_model.pkl"
    assert any(each.startswith("sklearn.linear_model") for each in imports.of_model(model))


def test_a_script_that_cannot_be_read_has_no_imports(tmp_path: Path) -> None:
    write_files(tmp_path, {"score.py": "import numpy\ndef ("})
    assert imports.of_script(tmp_path, "score.py") == Imports(kept_back="score.py cannot be read")
    assert imports.of_script(tmp_path, "missing.py").kept_back
