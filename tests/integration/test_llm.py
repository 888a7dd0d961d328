"""The sample of a language model with the real llama.cpp, in a container."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import docker

from tests.integration.az import Az
from tests.integration.conftest import SAMPLES

SAMPLE = SAMPLES / "endpoints/online/llm"
TESTS = """\
tests:
  - request_file: sample-request.json
    expect:
      text: {"!=": ""}
      first_token_ms: 60000
"""


def test_it_streams_what_it_makes_of_mounted_weights(
    az: Az, engine: docker.DockerClient, endpoint: str, tmp_path: Path
) -> None:
    folder = shutil.copytree(SAMPLE, tmp_path / "llm", ignore=shutil.ignore_patterns("model"))
    program = [sys.executable, "make_weights.py", "model/tiny.gguf"]
    subprocess.run(program, cwd=folder, check=True)
    here = az.within(folder)
    here(f"ml endpoint create --local -n {endpoint} -f endpoint.yml", timeout=600)
    invoke = f"ml endpoint invoke --local -n {endpoint} --request-file sample-request.json"
    events = [line for line in here(invoke).stdout.splitlines() if line.startswith("data: ")]
    assert events[-1] == "data: [DONE]" and len(events) > 10
    told = [json.loads(each.removeprefix("data: ")) for each in events[:-1]]
    assert {each["object"] for each in told} == {"chat.completion.chunk"}

    (folder / "tested.yml").write_text((folder / "endpoint.yml").read_text() + TESTS)
    test = f"ml endpoint test --local -n {endpoint} -f tested.yml"
    assert [each["outcome"] for each in here(test).json] == ["passed"]
    late = here(f"{test} --set tests[0].expect.first_token_ms=1", expect=1)
    assert "expected the first token within 1 ms, got it after " in late.stderr

    log = here(f"ml endpoint get-logs --local -n {endpoint} -d blue").stdout
    assert "/models/tiny-llama/1/tiny.gguf is served" in log
    same = here(f"ml endpoint update --local -n {endpoint} -f two-files --traffic blue:100")
    assert "nothing to do" in same.stderr
