"""The conda file of an environment: its form, what it names, and whether it has a server in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from azext_ml_endpoint.document import conda_spec, files, shape
from azext_ml_endpoint.document.finding import Finding
from azext_ml_endpoint.document.node import Node
from azext_ml_endpoint.document.spelling import Text
from azext_ml_endpoint.document.spot import Spot, shown

# azureml-defaults requires azureml-inference-server-http.
_SERVERS = ("azureml-inference-server-http", "azureml-defaults")
# Requirements that stand elsewhere, such as "-r https://example.org/requirements.txt".
_ELSEWHERE = re.compile(r"-r|--requirement\b|-e|--editable\b|\.")
_HINT = (
    "Name packages by name or by an https:// address, put modules into the code folder, or build "
    "the image from a Dockerfile, which can COPY."
)


def check(text: Text, needs_server: bool) -> Iterator[Finding]:
    """Findings stand in the conda file where there is one, otherwise where its text stands."""
    for finding in _findings(text, needs_server):
        is_elsewhere = text.file or finding.place.line
        yield finding if is_elsewhere else replace(finding, place=text.spot.node.place)


def _findings(text: Text, needs_server: bool) -> Iterator[Finding]:
    node, findings = parsed(text)
    yield from findings
    if node is None:
        return
    wrong, repaired = shape.check(replace(text.spot, node=node), "conda", unknown_section="warning")
    yield from wrong
    yield from _lines(repaired)
    if needs_server and not any(finding.severity == "error" for finding in wrong):
        yield from _server(repaired)


def parsed(text: Text) -> tuple[Node | None, list[Finding]]:
    """A YAML text whose dollars are its own, such as this one's."""
    from azext_ml_endpoint.document import yaml_reader

    if unreadable := list(files.check_text(text)):
        return None, unreadable
    spot = text.spot
    if isinstance(spot.node.value, dict):
        return spot.node, []
    # Doubled dollars stay as they were: conda has variables of its own.
    content = text.read().replace("$", "$$")
    file = files.from_here(text.file) if text.file else spot.node.place.file
    base = text.file.parent if text.file else spot.node.base
    origin = yaml_reader.Origin(file=file, base=base, path=spot.path, lines=bool(text.file))
    return yaml_reader.parse(content, origin, {})


def _lines(conda: Spot) -> Iterator[Finding]:
    for channel in conda.items("channels"):
        if channel.text and (place := conda_spec.beside_conda(channel.text)):
            yield _left_behind(channel, place)
    for item in conda.items("dependencies"):
        if item.text:
            yield from _dependency(item, item.text)
        for line in item.items("pip"):
            if line.text and (place := conda_spec.beside(line.text)):
                yield _left_behind(line, place)


def _dependency(spot: Spot, text: str) -> Iterator[Finding]:
    if place := conda_spec.beside_conda(text):
        yield _left_behind(spot, place)
        return
    try:
        conda_spec.match_spec(text)
    except conda_spec.Malformed as why:
        yield spot.finding(str(why), "Write name, name=1.2 or name[version='>=1.2,<2'].")


def _left_behind(spot: Spot, place: str) -> Finding:
    named = spot.key if place == spot.text else f"{spot.key} {shown(spot.node)}"
    named = f"{named} names {place!r}"
    return spot.finding(f"{named}, and only the conda file itself goes along", _HINT)


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
