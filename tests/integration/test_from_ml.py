"""Each row of docs/from-ml.md: what the extension does there, by the official SDK, and what az does
here come to the same in Azure.

The left side works on the endpoint ``there``, the right one on ``here``, in one workspace.
"""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from azext_ml_endpoint.document.model import OWN_TAGS
from tests.fakes.extension_ml import COMMANDS
from tests.fakes.simulated_arm import WORKSPACE
from tests.functional.test_from_ml import COMMAND, THEIRS, rows
from tests.integration.azure import Azure
from tests.integration.conftest import SAMPLES, SDK_PYTHON, cannot_run
from tests.integration.test_sdk_rounds import differing

PROGRAM = Path(__file__).parent / "official_sdk" / "commands.py"
THERE, HERE = "in-the-extension", "in-this-tool-yes"
FILES = ("endpoint.yml", "blue.yml", "green.yml")
ORDER = (
    "online-endpoint create",
    "online-deployment create",
    "",
    "online-deployment delete",
    "online-endpoint delete",
)
"""What comes first and last; all else is between, as on the page."""
FIRST = {
    "online-deployment delete": (
        (
            "online-endpoint update -n NAME --traffic 'blue=0 green=100'",
            "az ml endpoint update -n NAME --traffic blue:0,green:100",
        ),
    )
}
"""What must have been done before, there and here."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The files of the page, for both endpoints; where commands are given."""
    shutil.copytree(SAMPLES / "endpoints/online/model-1", tmp_path / "model-1")
    for name in (THERE, HERE):
        (tmp_path / name).mkdir()
        for file in FILES:
            text = (SAMPLES / "endpoints/online/managed/two-files" / file).read_text()
            text = text.replace("../../", "../").replace("my-two-files", name)
            (tmp_path / name / file).write_text(text)
        shutil.copy(tmp_path / "model-1/sample-request.json", tmp_path / name / "request.json")
    return tmp_path


def of_the_page() -> list[tuple[str, str, str]]:
    """The group and verb there, the whole command there, and the one here, in a fit order."""
    found = []
    for left, right in rows():
        there, here = THEIRS.match(left), COMMAND.match(right)
        if there and here:
            found.append((there[1], f"{there[1]}{there[2]}", here[1]))
    return sorted(found, key=lambda each: ORDER.index(each[0] if each[0] in ORDER else ""))


def words(command: str, name: str) -> list[str]:
    """Of a shell: with the endpoint and the request in the place of the page's words."""
    own = {"NAME": name, "FILE": "request.json"}
    return [own.get(each, each) for each in shlex.split(command)]


def there(azure: Azure, folder: Path, command: str) -> Any:
    """What the SDK answers."""
    if not SDK_PYTHON.exists():
        cannot_run(f"there is no {SDK_PYTHON}; scripts/test makes it")
    answer = folder / "answer.json"
    done = subprocess.run(
        [SDK_PYTHON, PROGRAM, answer, *words(command, THERE)],
        cwd=folder / THERE,
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder), **azure.playground.variables},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n--- stderr\n{done.stderr}"
    return json.loads(answer.read_text())


def here(azure: Azure, folder: Path, command: str) -> str:
    """What az prints."""
    more = ["--yes"] if " delete " in command else []
    az = azure.az.within(folder / HERE)
    return str(az([*words(command, HERE)[1:], *more]).stdout)


def state(azure: Azure, name: str) -> dict[str, Any]:
    """What Azure has of the endpoint and its deployments, but for the notes of either tool."""
    root = f"{WORKSPACE.id}/onlineEndpoints/{name}".lower()
    known = azure.simulator.backend.resources
    of_it = [each for each in known if f"{each.id.lower()}/".startswith(f"{root}/")]
    return {each.name.replace(name, "NAME"): _anonymous(each.body, name) for each in of_it}


def _anonymous(body: dict[str, Any], name: str) -> Any:
    tags = {key: each for key, each in body["tags"].items() if not key.startswith(OWN_TAGS)}
    made = {**deepcopy(body), "tags": tags, "systemData": None}
    made["properties"] = {**made["properties"], "properties": None}
    return json.loads(json.dumps(made).replace(name, "NAME"))


def require_same_answer(verb: str, answered: Any, printed: str) -> None:
    """Of what is read."""
    if verb == "online-deployment get-logs":
        theirs, ours = (
            each.replace(name, "NAME").split()
            for each, name in ((str(answered), THERE), (printed, HERE))
        )
        assert theirs == ours
    elif verb == "online-endpoint invoke":
        assert answered == json.loads(printed)
    elif verb == "online-endpoint get-credentials":
        assert answered.keys() == json.loads(printed).keys()
    elif verb == "online-endpoint list":
        assert set(answered) == {each["name"] for each in json.loads(printed)} == {THERE, HERE}
    elif verb == "online-deployment list":
        assert set(answered) == {each["name"] for each in json.loads(printed)}
    elif verb == "online-deployment show":
        (shown,) = json.loads(printed)
        assert (answered["name"], answered["tags"]) == (shown["name"], shown["tags"])
    elif verb == "online-endpoint show":
        shown = json.loads(printed)
        for key in ("auth_mode", "traffic", "mirror_traffic", "tags"):
            assert (answered.get(key) or {}) == (shown.get(key) or {}), key


def keys(azure: Azure) -> dict[str, str]:
    """Of the endpoint here. The SDK (1.35) sends the key that is there as the one to be set, and
    nobody knows what Azure makes of that."""
    found: dict[str, str] = azure.az(f"ml endpoint get-credentials -n {HERE}").json
    return found


def test_every_row_of_the_page_comes_to_the_same(azure: Azure, folder: Path) -> None:
    page = of_the_page()
    assert {verb for verb, _, _ in page} == COMMANDS.keys()
    for verb, left, right in page:
        for command, ours in FIRST.get(verb, ()):
            there(azure, folder, command)
            here(azure, folder, ours)
        before = keys(azure) if "regenerate-keys" in verb else {}
        answered, printed = there(azure, folder, left), here(azure, folder, right)
        assert list(differing(state(azure, THERE), state(azure, HERE))) == [], left
        assert bool(state(azure, HERE)) == (verb != "online-endpoint delete")
        require_same_answer(verb, answered, printed)
        if before:
            after = keys(azure)
            assert [key for key in after if after[key] != before[key]] == ["secondaryKey"]
    assert [str(each) for each in azure.simulator.journal.refused()] == []
