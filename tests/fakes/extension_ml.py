"""Facts of Microsoft's extension ``ml`` (2.2x to 2.4x): its commands of online endpoints, and their
options, as its reference has them."""

from __future__ import annotations

from collections.abc import Mapping

EVERYWHERE = frozenset({"--resource-group", "--workspace-name"})
_EDITS = frozenset({"--add", "--force-string", "--remove", "--set"})

COMMANDS: Mapping[str, frozenset[str]] = {
    "online-endpoint create": frozenset(
        {"--auth-mode", "--file", "--local", "--name", "--no-wait", "--set", "--web"}
    ),
    "online-endpoint update": _EDITS
    | {"--file", "--local", "--mirror-traffic", "--name", "--no-wait", "--traffic", "--web"},
    "online-endpoint show": frozenset({"--local", "--name", "--web"}),
    "online-endpoint list": frozenset({"--local"}),
    "online-endpoint delete": frozenset({"--local", "--name", "--no-wait", "--yes"}),
    "online-endpoint invoke": frozenset(
        {"--deployment-name", "--local", "--name", "--request-file"}
    ),
    "online-endpoint get-credentials": frozenset({"--name"}),
    "online-endpoint regenerate-keys": frozenset({"--key-type", "--name", "--no-wait"}),
    "online-deployment create": frozenset(
        {
            "--all-traffic",
            "--endpoint-name",
            "--file",
            "--local",
            "--local-enable-gpu",
            "--name",
            "--no-wait",
            "--package-model",
            "--set",
            "--skip-script-validation",
            "--vscode-debug",
            "--web",
        }
    ),
    "online-deployment update": _EDITS
    | {
        "--endpoint-name",
        "--file",
        "--local",
        "--local-enable-gpu",
        "--name",
        "--no-wait",
        "--skip-script-validation",
        "--vscode-debug",
        "--web",
    },
    "online-deployment show": frozenset({"--endpoint-name", "--local", "--name", "--web"}),
    "online-deployment list": frozenset({"--endpoint-name", "--local"}),
    "online-deployment delete": frozenset(
        {"--endpoint-name", "--local", "--name", "--no-wait", "--yes"}
    ),
    "online-deployment get-logs": frozenset(
        {"--container", "--endpoint-name", "--lines", "--local", "--name"}
    ),
}
