"""Who may import whom: the rules of the rooms.

What az pays for is in :mod:`.test_import_costs`.
"""

from __future__ import annotations

import ast
import sys

import pytest

from tests.unit.imports import MODULES, everything, within

DOORS = {
    # Each library that talks to the world has one door. The engine's second entry is for the
    # exceptions that docker lets through from below.
    "docker": {"local.docker.engine"},
    "requests": {"bounded", "scoring", "local.docker.engine", "cloud.blobs"},
    "urllib3": {"local.docker.engine"},
    "azure.core": {"cloud.arm.client", "cloud.blobs", "cloud.assets.datastores"},
    "azure.mgmt": {"cloud.arm.client", "cloud.template"},
    "azure.storage": {"cloud.blobs"},
    "azure.identity": {"cloud.credentials"},
    "pathspec": {"content.linear_pattern"},
    # a program of its own, in an environment of its own
    "aiohttp": {"local.gateway.serving", "local.gateway.proxy", "local.gateway.as_azure"},
    "httptools": {"local.gateway.upstream"},
    "multidict": {"local.gateway.upstream"},
    "uvloop": {"local.gateway.__main__"},
    # whether the process that began a rollout is still at it
    "psutil": {"local.process.server", "handlers.rollout"},
    "packaging": {"local.process.interpreter"},
    "watchfiles": {"watching.saves"},
    # all that is read goes through the reader's limits
    "yaml": {"document"},
    "jsonschema": {"document.shape", "swagger"},
    "referencing": {"document.shape"},
    # az stays outside: its tables, the one translation of errors, and its generic update.
    "azure.cli": {
        "",
        "cli",
        "errors",
        "cloud.credentials",
        "handlers.edits",
    },
    "knack": {
        "",
        "cli",
        "handlers.edits",
        "handlers.session",
    },
    "argparse": {"cli"},
    # as in az: --custom of its waits, and --query; tests name parts of answers so
    "jmespath": {"cloud.waiting", "document.comparisons", "testing.comparing"},
}
"""Library -> the modules and packages that may import it. What is not here nobody may import."""

ROOMS = {
    "harmless": set(),
    "foreign_json": set(),
    "disk": {"errors"},
    "document": {"document", "content", "disk", "foreign_json", "errors"},
    "plan": {"plan", "document.model", "foreign_json", "harmless", "side_by_side", "errors"},
    "content": {"content", "document.model", "document.yaml_values", "side_by_side", "errors"},
    "scoring": {"bounded", "foreign_json", "errors"},
    "refusals": {"scoring", "errors"},
    "media_types": set(),
    "swagger": {"foreign_json"},
    "event_stream": {"foreign_json"},
    # it asks whatever it is given to ask with
    "measuring": {"measuring", "scoring", "report", "errors"},
    "bounded": {"errors"},
    "report": {"harmless", "streams"},
    "streams": set(),
    "side_by_side": {"errors"},
    "once": set(),
    "errors": {"document.finding", "harmless", "streams"},
    # what both places do alike
    "service": {"content", "document.model", "plan", "report", "errors"},
    # A deployment is made again from the files that its record names, or from the environment that
    # its template does.
    "local": {
        "local",
        "plan",
        "document.model",
        "document.text_file",
        "document.conda_spec",
        "document.mlflow",
        "document.reference",
        "document.server_modules",
        "document.yaml_values",
        "content",
        "scoring",
        "refusals",
        "report",
        "disk",
        "foreign_json",
        "harmless",
        "once",
        "service",
        "side_by_side",
        "errors",
    },
    # The user agent of requests to ARM says the version. Azure Monitor's figures are for the
    # guards of rollouts. What a cluster is asked for is written
    # in Kubernetes' own amounts, in files and in ARM. What a collection goes to is named within the
    # collector, as the file has it.
    "cloud": {
        "disk",
        "cloud",
        "bounded",
        "plan",
        "document.model",
        "document.quantities",
        "document.reference",
        "content",
        "scoring",
        "refusals",
        "report",
        "rollout.guards",
        "foreign_json",
        "harmless",
        "once",
        "service",
        "side_by_side",
        "errors",
        "_version",
    },
    # it runs on what both places can do, and knows neither
    "rollout": {
        "rollout",
        "plan",
        "document.model",
        "testing.comparing",
        "scoring",
        "report",
        "errors",
    },
    # what it asks of this machine it is given
    "watching": {
        "watching",
        "content",
        "document.chosen",
        "document.model",
        "document.script",
        "document.finding",
        "plan",
        "report",
        "errors",
    },
    # what it asks of this machine it is given
    "page": {"page", "foreign_json", "harmless", "errors", "side_by_side"},
    # As rollout does, it asks what both places can do. It reads files of collected requests.
    "testing": {
        "testing",
        "plan",
        "disk",
        "document.finding",
        "document.model",
        "scoring",
        "event_stream",
        "media_types",
        "report",
        "foreign_json",
        "errors",
    },
    "handlers": {
        "handlers",
        "testing",
        "document",
        "plan",
        "rollout",
        "watching",
        "page",
        "local",
        "cloud",
        "scoring",
        "report",
        "disk",
        "measuring",
        "media_types",
        "event_stream",
        "foreign_json",
        "harmless",
        "side_by_side",
        "streams",
        "swagger",
        "errors",
    },
    # az's logs are guarded before a command runs, and its questions and prints are ours
    "cli": {
        "cli",
        "harmless",
        "errors",
        "cloud.guarded_logs",
        "handlers.output",
        "handlers.places",
        "handlers.session",
    },
    "_version": set(),
    "": {"cli", "_version", "side_by_side", "streams"},
}
"""Room -> what of this package it may import. Docker and processes know nothing of each other."""

QUIET = (
    "document",
    "plan",
    "content",
    "scoring",
    "refusals",
    "service",
    "local",
    "cloud",
    "rollout",
    "watching",
    "testing",
    "measuring",
    "page",
    "media_types",
    "event_stream",
)
PROGRAMS = {
    *("local.process.supervisor", "local.process.guard"),
    *("local.gateway.__main__", "local.collect.sidecar"),
}
NETWORK = {"asyncio", "ftplib", "http", "smtplib", "socket", "ssl", "subprocess", "urllib.request"}


def test_there_are_modules_to_read() -> None:
    assert {"", "document.model", "local.driver", "local.docker.engine"} <= MODULES.keys()


def test_libraries_are_imported_by_their_doors_only() -> None:
    foreign = [each for each in everything() if each.own is None]
    beyond = [
        each
        for each in foreign
        for library in [_library(each.name)]
        if library and not within(each.by, DOORS.get(library, set()))
    ]
    assert beyond == []


def _library(name: str) -> str | None:
    """The entry of DOORS for a module; a foreign one without an entry is its own; else None."""
    for library in DOORS:
        if within(name, {library}):
            return library
    return None if name.partition(".")[0] in sys.stdlib_module_names else name


@pytest.mark.parametrize("library", DOORS)
def test_no_door_is_open_that_nobody_uses(library: str) -> None:
    users = {each.by for each in everything() if _library(each.name) == library}
    for door in DOORS[library]:
        assert any(within(user, {door}) for user in users), f"{door} does not import {library}"


def test_rooms_know_only_what_they_may() -> None:
    beyond = [
        each
        for each in everything()
        if each.own is not None and not within(each.own, ROOMS[_room(each.by)])
    ]
    assert beyond == []


def _room(module: str) -> str:
    return module.partition(".")[0]


def test_every_room_has_its_rule() -> None:
    assert {_room(module) for module in MODULES} == set(ROOMS)


def test_nobody_waits_for_a_pool_where_ctrl_c_may_be_raised() -> None:
    """See :mod:`.side_by_side`. The gateway is told of signals by its loop."""
    users = {each.by for each in everything() if within(each.name, {"concurrent"})}
    assert users == {"plan.executor", "local.gateway.collecting"}


def test_docker_and_processes_know_nothing_of_each_other() -> None:
    for one, other in [("docker", "process"), ("process", "docker")]:
        names = [each.own for each in everything() if within(each.by, {f"local.{one}"})]
        assert not [name for name in names if name and within(name, {f"local.{other}"})]


@pytest.mark.parametrize(
    "room", ["document", "plan", "rollout", "page.guard", "page.routes", "page.calls"]
)
def test_what_is_pure_knows_no_network_and_no_processes(room: str) -> None:
    reached = {each.name for each in everything() if within(each.by, {room})}
    assert not [name for name in reached if within(name, NETWORK)]


@pytest.mark.parametrize("module", [each for each in MODULES if _room(each) in QUIET])
def test_nobody_writes_to_the_users_streams_but_those_who_report(module: str) -> None:
    used = {ast.unparse(node) for node in ast.walk(MODULES[module]) if _is_stream(node)}
    if module in PROGRAMS:
        used -= {"sys.argv", "sys.exit"}  # they are programs of their own
    assert used == set()


def _is_stream(node: ast.AST) -> bool:
    if isinstance(node, ast.Call) and ast.unparse(node.func) in ("print", "input"):
        return not any(keyword.arg == "file" for keyword in node.keywords)
    streams = ("stdin", "stdout", "stderr", "argv", "exit")
    return isinstance(node, ast.Attribute) and ast.unparse(node) in {f"sys.{x}" for x in streams}
