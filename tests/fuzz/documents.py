"""Documents of endpoints and deployments, in this format and in that of Microsoft's extension."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st

from azext_ml_endpoint import content as identities
from azext_ml_endpoint.document import load, official, schemas
from tests.fuzz import oracle
from tests.fuzz.material import SNIPPETS, VALUES, mutated, spoilt, yaml_of
from tests.unit.document import official_format, project
from tests.unit.document.test_validate_properties import FULL

SAMPLES = Path(__file__).parents[2] / "samples/endpoints"
VARIABLES = {"A": "a", "LEVEL": "debug"}


def _trees() -> list[Any]:
    ours = [yaml.safe_load(text) for text in (FULL, project.ENDPOINT)]
    alone = [each for tree in ours for each in tree["deployments"]]
    samples = [yaml.safe_load(each.read_text("utf-8")) for each in SAMPLES.rglob("*.yml")]
    endpoint = {"name": "houses", "auth_mode": "key", "traffic": {"blue": 100}, "type": "online"}
    whole = [each for each in samples if "deployments" in each]
    return [*ours * 3, *whole * 2, *alone, *samples, endpoint, _official()]


def _official() -> dict[str, Any]:
    """A deployment with every key that its format has."""
    tree: dict[str, Any] = {"endpoint_name": "houses"}
    for path, section in official_format.DEPLOYMENT.items():
        below = tree
        for step in path:
            inner = below.get(step)
            below[step] = inner if isinstance(inner, dict) else {}
            below = below[step]
        below.update(section)
    return tree


def _keys() -> list[str]:
    parts = [schemas.load(name) for name in ("online-endpoint", "online-deployment", "model")]
    every = [each for part in parts for each in (part, *part.get("$defs", {}).values())]
    ours = {key for part in every for key in part.get("properties", {})}
    theirs = {str(key) for section in official_format.DEPLOYMENT.values() for key in section}
    return sorted({*ours, *theirs, "$schema", "<<"})


NAMES = st.sampled_from(
    [
        *("blue", "src", "model.pkl", "score.py", "mlflow-model", "../..", "conda.yml", "file:src"),
        *(
            "azureml:",
            "azureml:m:1",
            "azureml:m@latest",
            "azureml://registries/r/models/m/versions/1",
        ),
        *("azureml://datastores/a/paths/b", "manual", "Auto", "user_assigned", "batch", "FROM a"),
        *("${secret:A}", "${A}", "system_assigned, user_assigned", "kubernetes", "default", "none"),
    ]
)
INPUTS = spoilt(yaml_of(mutated(st.sampled_from(_trees()), _keys(), SNIPPETS | NAMES | VALUES)))
SOUND = project.ENDPOINT.encode()
LARGE = [
    b"[" * 200_000,
    b"{a: " * 50_000,
    b"name: " + b"a" * 900_000,
    b"a: &a [x, x, x, x, x, x, x, x, x]\n"
    + b"".join(b"%c: &%c [%s]\n" % (n, n, b"*%c," % (n - 1) * 9) for n in range(98, 115)),
    b"- " * 100_000,
    b"name: x\ndeployments:\n" + b"- {name: a, model: 'azureml:m:1'}\n" * 2_000,
    b"tags: {" + b"".join(b"k%d: v, " % n for n in range(20_000)) + b"}",
    b"traffic: " + b"9" * 100_000,
    b"a: |\n" + b" x\n" * 200_000,
    b"? " * 20_000,
]


def prepare() -> None:
    """With what the samples name, from where they name it."""
    project.make(Path.cwd())
    for above in ("..", "../.."):
        shutil.copytree(SAMPLES / "online/model-1", Path(above, "model-1"))


def judge(content: bytes) -> None:
    Path("input.yml").write_bytes(content)
    findings = oracle.survived(lambda: load.check("input.yml", variables=VARIABLES))
    oracle.require_told(findings or ())
    for read in (load.load, load.read_deployment, load.load_model, load.load_environment):
        found: load.Loaded[Any] | None = oracle.survived(
            lambda read=read: read("input.yml", variables=VARIABLES)
        )
        oracle.require_told(found.findings if found else ())
        if found and found.described and read is load.load:
            oracle.require_loads_again(found.described)
            oracle.survived(lambda found=found: identities.identify(found.described))
    _convert()


def _convert() -> None:
    Path("endpoint.yml").write_text("name: houses\nauth_mode: key\n", "utf-8")
    for files in (["input.yml"], ["endpoint.yml", "input.yml"]):
        found = oracle.survived(lambda files=files: official.load(files))
        oracle.require_told(found.findings if found else ())
        if found and found.described:
            oracle.require_loads_again(found.described.endpoint)
