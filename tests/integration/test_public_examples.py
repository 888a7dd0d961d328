"""Public files, written again in today's format: the official SDK reads what comes out, and today's
files say the same to it as before."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from azext_ml_endpoint.document import load, write_todays
from azext_ml_endpoint.document.model import Endpoint
from tests.fakes.public_examples import EXAMPLES, Example
from tests.fakes.public_examples.laying import lay
from tests.functional.test_public_examples import NAME, endpoint_of, is_useful
from tests.integration.conftest import SDK_PYTHON, cannot_run

PROGRAM = Path(__file__).parent / "official_sdk" / "loads.py"
EARLIER = ("local_path", "model_format", "deployments:", "type: online", "docker:", "target:")
"""What the SDK does not read today."""

EXPECTED = (
    r"\.environment\.os_type: 'linux' -> None",
    r"\.scale_settings: {'type': 'default'} -> None",
    r"\.resources\.limits\.memory: '200Mi' -> '0\.1953125Gi'",
)
"""What is so by itself, and an amount in another unit."""
TOLD = {
    "this environment has no version": r"\.environment\.version: None -> '1'",
    "this model has no version": r"\.model\.version: None -> '1'",
    "private_network_connection is": (
        r"\.private_network_connection: True -> None"
        r"|\.properties\.private-network-connection: None -> 'true'"
    ),
}
"""What is warned of, and becomes something else."""
REFUSED = (
    "data-collector/custom-blob-storage/custom-blob-storage.YAML",
    "data_collector/data-storage-basic-OnlineDeployment.yaml",
)
"""Published, and not read by the SDK (1.35): numbers and booleans where it takes texts."""


def loaded(example: Example, root: Path) -> tuple[Path, Endpoint]:
    """Its file, and what it says together with its endpoint's."""
    file = lay(example, root, filled=bool(example.fill))
    said = yaml.safe_load(file.read_text())
    files = [file]
    if "auth_mode" not in said:
        (file.parent / "its-endpoint.yml").write_text(yaml.safe_dump(endpoint_of(said)))
        files.append(file.parent / "its-endpoint.yml")
    name = said.get("endpoint_name", said.get("name", NAME) if "auth_mode" in said else NAME)
    return file, load.load(files, variables={}, name=name).require()


def questions(root: Path) -> Iterator[dict[str, Any]]:
    for number, example in enumerate(EXAMPLES):
        if not is_useful(example):
            continue
        file, endpoint = loaded(example, root / str(number) / "original")
        folder = root / str(number) / "written" / "here"
        folder.mkdir(parents=True)
        for name, written in write_todays.files(endpoint, folder).items():
            (folder / name).write_text(written.text)
        own = "endpoint.yml" if not endpoint.deployments else f"{endpoint.deployments[0].name}.yml"
        text = file.read_text()
        is_whole = "\nauth_mode:" in text or "\nendpoint_name:" in text
        is_todays = is_whole and not any(word in text for word in EARLIER)
        yield {
            "name": example.path,
            "written": str(folder / own),
            "original": str(file) if is_todays else None,
        }


def test_the_sdk_reads_the_same_in_what_is_written(tmp_path: Path) -> None:
    if not SDK_PYTHON.exists():
        cannot_run(f"there is no {SDK_PYTHON}; scripts/test makes it")
    asked, answers = tmp_path / "questions.json", tmp_path / "answers.json"
    asked.write_text(json.dumps(list(questions(tmp_path))))
    done = subprocess.run(
        [SDK_PYTHON, PROGRAM, answers, asked],
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"{done.stdout}\n--- stderr\n{done.stderr}"
    found = json.loads(answers.read_text())
    refused = [name for name, lines in found.items() if lines[0].startswith("original:")]
    assert refused == list(REFUSED)
    examples = {each.path: each for each in EXAMPLES}
    unexpected = {
        name: [line for line in lines if not is_expected(line, examples[name])]
        for name, lines in found.items()
        if name not in REFUSED
    }
    assert {name: lines for name, lines in unexpected.items() if lines} == {}


def is_expected(line: str, example: Example) -> bool:
    told = [TOLD[each] for each in TOLD if any(word.startswith(each) for word in example.told)]
    return any(re.fullmatch(pattern, line) for pattern in (*EXPECTED, *told))
