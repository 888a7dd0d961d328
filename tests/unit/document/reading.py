"""Texts of YAML, read as a document, for tests of the reader."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from azext_ml_endpoint.document import yaml_reader
from azext_ml_endpoint.document.finding import Finding
from azext_ml_endpoint.document.node import Node, plain
from azext_ml_endpoint.document.yaml_reader import Origin

HERE = Origin(file="f.yml", base=Path("/work"))


def read(text: str, **variables: str) -> tuple[Node | None, list[Finding]]:
    return yaml_reader.parse(text, HERE, variables)


def tree_of(text: str, **variables: str) -> Node:
    node, findings = read(text, **variables)
    assert findings == []
    assert node is not None
    return node


def value_of(text: str, **variables: str) -> Any:
    return plain(tree_of(text, **variables))


def messages_of(text: str, **variables: str) -> list[str]:
    return [str(finding) for finding in read(text, **variables)[1]]
