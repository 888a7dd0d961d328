"""The sample, copied to where it may be edited, and the proof that the latest edit is served."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from urllib.request import Request, urlopen

SAMPLES = Path(__file__).parent.parent / "samples" / "endpoints" / "online"
DOCUMENT = Path("managed", "simple-flow", "1-create-endpoint-with-blue.yml")
SCRIPT = Path("model-1", "onlinescoring", "score.py")
REQUEST = Path("model-1", "sample-request.json")
BASE_IMAGE = "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:latest"

# Appended to score.py, so that an answer tells which edit it came from.
EDIT = """

def run(raw_data, _run=run):
    return {{"edit": {number}, "answer": _run(raw_data)}}
"""


@dataclass(frozen=True)
class Sample:
    """A copy of the online samples in `folder`."""

    folder: Path

    @classmethod
    def copy(cls, folder: Path, image: str) -> Sample:
        """Copy the samples to `folder`, with `image` in the place of the base image."""
        shutil.copytree(SAMPLES, folder, ignore=shutil.ignore_patterns("__pycache__"))
        # A container may write there as root; from a folder of ours it can be deleted even so.
        (folder / SCRIPT).with_name("__pycache__").mkdir()
        document = folder / DOCUMENT
        document.write_text(document.read_text().replace(BASE_IMAGE, image))
        return cls(folder)

    @property
    def document(self) -> Path:
        """The endpoint YAML."""
        return self.folder / DOCUMENT

    def edit(self, number: int) -> None:
        """Make this the latest edit of score.py; the file is not touched when it already is."""
        script = self.folder / SCRIPT
        text = (SAMPLES / SCRIPT).read_text() + EDIT.format(number=number)
        if script.read_text() != text:
            script.write_text(text)

    def answer(self, scoring_uri: str) -> object:
        """What the endpoint answers to the sample's request; OSError when it does not answer."""
        headers = {"Content-Type": "application/json"}
        request = Request(scoring_uri, (self.folder / REQUEST).read_bytes(), headers)
        with urlopen(request, timeout=60) as response:
            answer: object = json.load(response)
        return answer
