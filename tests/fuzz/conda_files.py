"""The conda file of an environment: judged, identified, and read for an installation."""

from __future__ import annotations

from pathlib import Path

import yaml
from hypothesis import strategies as st

from azext_ml_endpoint import content as identities
from azext_ml_endpoint.content import hashing
from azext_ml_endpoint.document import load
from azext_ml_endpoint.document.model import Endpoint, Environment
from azext_ml_endpoint.local.docker import image
from azext_ml_endpoint.local.process import environment_build
from tests.fuzz import oracle
from tests.fuzz.material import SNIPPETS, VALUES, mutated, spoilt, yaml_of
from tests.unit.document import project

TREES = [
    yaml.safe_load(project.CONDA),
    {
        "name": "e",
        "channels": ["conda-forge", "nodefaults"],
        "dependencies": ["python>=3.10,<3.13", "numpy=1.26.*", "conda-forge::x[version='>=1']",
                         "a 1.0 py_0", {"pip": ["-r r.txt", "-e .", "a==1; python_version<'3'"]}],
        "variables": {"A": 1.10, "B": "yes"},
    },
]  # fmt: skip
LETTERS = st.text("abpython0123.*=<>!~|,[]()'\"- :;@#/\\$%_", max_size=12)
SPECS = st.sampled_from(
    [
        *(
            "python",
            "python=",
            "python==3.11",
            "python[version='>=3.10,<3.13']",
            "python >=3,<4|5",
            "*",
        ),
        *(
            "pip",
            "setuptools<60",
            "a[b=c]",
            "a[",
            "a[version=']",
            "a=1=b",
            "a 1 b c",
            "::a",
            "a::",
            "=1",
        ),
        *(
            "-r https://a/b",
            "-r file",
            "-e .",
            "-c c.txt",
            "./a.whl",
            "git+https://a/b",
            "file:///a",
        ),
        *(
            "a @ file:a",
            "a @ https://b",
            "--extra-index-url https://a",
            "-",
            "--",
            "-i",
            "a;",
            "a --hash",
        ),
    ]
)
INPUTS = spoilt(
    yaml_of(
        mutated(
            st.sampled_from(TREES),
            ["name", "channels", "dependencies", "pip", "variables", "prefix", "platforms"],
            SPECS | LETTERS | SNIPPETS | VALUES | st.lists(SPECS | LETTERS, max_size=3),
        )
    )
)
SOUND = project.CONDA.encode()
LARGE = [
    b"dependencies: [" + b"[" * 100_000,
    b"dependencies:\n" + b"- a=1\n" * 20_000,
    b"dependencies: ['" + b"(" * 100_000 + b"']",
    b"dependencies: ['a " + b"1," * 50_000 + b"']",
    b"dependencies: ['a " + b"(1|2)," * 20_000 + b"']",
    b"dependencies: [{pip: ['" + b"a " * 100_000 + b"']}]",
    b"dependencies: [{pip: ['" + b"[" * 100_000 + b"']}]",
    b"dependencies: [{pip: ['-" + b" -" * 100_000 + b"']}]",
    b"dependencies: ['a[" + b"version=1," * 20_000 + b"']",
    b"dependencies: ['" + b" " * 200_000 + b"']",
]


def prepare() -> None:
    project.make(Path.cwd())
    Path("endpoint.yml").write_text(project.ENDPOINT, "utf-8")


def judge(content: bytes) -> None:
    Path("conda.yml").write_bytes(content)
    found = oracle.survived(lambda: load.load("endpoint.yml", variables={}))
    oracle.require_told(found.findings if found else ())
    if found and found.described:
        oracle.require_loads_again(found.described)
        _use(identities.identify(found.described))


def _use(endpoint: Endpoint) -> None:
    environment = endpoint.deployments[0].environment
    assert isinstance(environment, Environment)
    hashing.anonymous_environment(environment)
    image.recipe(environment)
    oracle.survived(lambda: environment_build.read(environment))
