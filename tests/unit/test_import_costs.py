"""What az pays for: what is imported to build the command table."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.unit.imports import PACKAGE, ROOT, imports, within

HOT = (
    "",
    "cli",
    "handlers.endpoint",
    "handlers.asset",
    "handlers.rollout",
)
"""What az imports to build the command table."""
HEAVY = (
    "docker",
    "requests",
    "jsonschema",
    "yaml",
    "azure.storage",
    "azure.mgmt",
    "azure.identity",
)


def test_the_command_table_imports_nothing_heavy_in_any_way() -> None:
    waiting, seen = list(HOT), set(HOT)
    while waiting:
        for each in imports(waiting.pop()):
            assert each.late or not within(each.name, set(HEAVY)), each
            if not each.late and each.own is not None and each.own not in seen:
                seen.add(each.own)
                waiting.append(each.own)
    assert "handlers.session" in seen


LOAD = """
import json, sys
from azure.cli.core import get_default_cli
from azure.cli.core.commands import parameters, validators
import azure.cli.core.extension
cli = get_default_cli()
cli.invocation = cli.invocation_cls(
    cli_ctx=cli, parser_cls=cli.parser_cls, commands_loader_cls=cli.commands_loader_cls
)
before = set(sys.modules)
import azext_ml_endpoint, azext_ml_endpoint.handlers.endpoint
loader = azext_ml_endpoint.COMMAND_LOADER_CLS(cli)
for name in loader.load_command_table([]):
    cli.invocation.data["command_string"] = loader.command_name = name
    loader.load_arguments(name)
print(json.dumps([sorted(loader.command_table), sorted(set(sys.modules) - before)]))
"""


def test_building_the_command_table_loads_nothing_heavy(tmp_path: Path) -> None:
    """In a process of its own, without what az has loaded by itself."""
    program = [sys.executable, "-c", LOAD]
    variables = {"AZURE_CONFIG_DIR": str(tmp_path), "PYTHONPATH": str(ROOT.parent), "PATH": ""}
    done = subprocess.run(program, env=variables, capture_output=True, text=True, check=True)
    commands, loaded = json.loads(done.stdout)
    assert "ml endpoint create" in commands
    assert f"{PACKAGE}.handlers.session" in loaded
    assert not [module for module in loaded if within(module, set(HEAVY))]
