"""The conda file of an environment: its form, and whether it has an inference server in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from azext_ml_endpoint.document import files, shape
from azext_ml_endpoint.document.finding import Finding
from azext_ml_endpoint.document.node import Node
from azext_ml_endpoint.document.spelling import Text
from azext_ml_endpoint.document.spot import Spot

# azureml-defaults requires azureml-inference-server-http.
_SERVERS = ("azureml-inference-server-http", "azureml-defaults")
# Requirements that stand elsewhere, such as "-r requirements.txt".
_ELSEWHERE = re.compile(r"-r\b|--requirement\b|-e\b|--editable\b|\.")


def check(text: Text, needs_server: bool) -> Iterator[Finding]:
    """Findings stand in the conda file where there is one, otherwise where its text stands."""
    for finding in _findings(text, needs_server):
        is_elsewhere = text.file or finding.place.line
        yield finding if is_elsewhere else replace(finding, place=text.spot.node.place)


def _findings(text: Text, needs_server: bool) -> Iterator[Finding]:
    unreadable = list(files.check_text(text))
    node, findings = (None, unreadable) if unreadable else _parsed(text)
    yield from findings
    if node is None:
        return
    wrong, repaired = shape.check(replace(text.spot, node=node), "conda", unknown_section="warning")
    yield from wrong
    if needs_server and not any(finding.severity == "error" for finding in wrong):
        yield from _server(repaired)


def _parsed(text: Text) -> tuple[Node | None, list[Finding]]:
    from azext_ml_endpoint.document import yaml_reader

    spot = text.spot
    if isinstance(spot.node.value, dict):
        return spot.node, []
    # Doubled dollars stay as they were: conda has variables of its own.
    content = text.read().replace("$", "$$")
    file = files.from_here(text.file) if text.file else spot.node.place.file
    base = text.file.parent if text.file else spot.node.base
    origin = yaml_reader.Origin(file=file, base=base, path=spot.path, lines=bool(text.file))
    return yaml_reader.parse(content, origin, {})


def _server(conda: Spot) -> Iterator[Finding]:
    lines = [line.lower().replace("_", "-") for line in _requirements(conda)]
    if any(server in line for line in lines for server in _SERVERS):
        return
    if not any(_ELSEWHERE.match(line) for line in lines):
        yield conda.finding(
            "the conda file has no inference server in it",
            f"Add {_SERVERS[0]} to the pip section of dependencies.",
            severity="warning",
        )


def _requirements(conda: Spot) -> Iterator[str]:
    for item in conda.items("dependencies"):
        for line in (item, *item.items("pip")):
            if line.text:
                yield line.text
