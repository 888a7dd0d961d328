"""What no code knows of keys: who has which one, what assets are in ARM, whose a default is."""

from __future__ import annotations

from collections.abc import Mapping

FIRST = "1.0.0b1"
SINCE: Mapping[str, str] = {}
"""Section and key, as in ``A model: stage`` -> the version that brought it, where it was not the
first one."""

# What no code knows: who has which key, and what assets are in ARM.

ANSWERS = frozenset({"arm_id", "principal_id", "tenant_id"})
"""What the schema takes for an answer, beside what today's files have of these."""
NOT_IN_2021 = frozenset(
    {
        *(f"An endpoint: {key}" for key in ("public_network_access", "mirror_traffic", "tests")),
        *(f"A deployment: {key}" for key in ("endpoint_name", "description", "tests")),
        *(f"A deployment: {key}" for key in ("startup_probe", "model_mount_path")),
        *(f"A model: {key}" for key in ("type", "stage")),
        *("A deployment: egress_public_network_access", "Code: code.datastore"),
        "An environment: inference_config.startup_route",
        *(f"A data collector: {key}" for key in ("collections", "request_logging")),
        *(f"A data collector: {key}" for key in ("sampling_rate", "rolling_rate")),
    }
)
"""By section, with all that is below them; beside what is a spelling of today."""
NOT_TODAY = frozenset(
    {
        *("An endpoint: type", "An endpoint: deployments", "An endpoint: tests"),
        *("A deployment: tests", "A deployment: startup_probe"),
        *(f"Code: code.{key}" for key in ("name", "version", "description", "tags", "datastore")),
        *("Code: code.path", "A model: datastore", "An environment: docker"),
        "An environment: inference_config.startup_route",
    }
)
"""Likewise, by section."""
NOWHERE = frozenset({"$schema", "endpoint_name", "type", "deployments", "tests"})
"""They are for the file, or for this tool: nothing of them is sent."""
ARM = {
    "name": "name",
    "location": "location",
    "tags": "tags",
    "properties": "properties.properties",
    "traffic": "properties.traffic",
    "mirror_traffic": "properties.mirrorTraffic",
    "target": "properties.compute",
    "environment_variables": "properties.environmentVariables",
    "identity.type": "identity.type",
    "identity.user_assigned_identities": "identity.userAssignedIdentities",
    "code_configuration.scoring_script": "properties.codeConfiguration.scoringScript",
}
COLLECTION = "properties.dataCollector.collections.*"
OF_COLLECTOR = {
    "collections.*.enabled": f"{COLLECTION}.dataCollectionMode",
    "collections.*.client_id": f"{COLLECTION}.clientId",
    "collections.*.data": f"{COLLECTION}.dataId",
    "collections.*.data.name": "name of data",
    "collections.*.data.version": "name of the version of data",
    "collections.*.data.path": "properties.dataUri of data",
    "sampling_rate": f"{COLLECTION}.samplingRate",
    "rolling_rate": "properties.dataCollector.rollingRate",
    "request_logging.capture_headers": "properties.dataCollector.requestLogging.captureHeaders",
}
OF_ANY_ASSET = {
    "name": "name",
    "version": "name of the version",
    "tags": "properties.tags",
}
OF_ASSETS: Mapping[str, Mapping[str, str]] = {
    "A model": {
        **OF_ANY_ASSET,
        **dict.fromkeys(("local_path", "path", "datastore"), "properties.modelUri"),
        "type": "properties.modelType",
    },
    "Code": {
        **{f"code.{key}": place for key, place in OF_ANY_ASSET.items()},
        **dict.fromkeys(
            ("code", "code.local_path", "code.path", "code.datastore"), "properties.codeUri"
        ),
        "code.description": "properties.description",
        "scoring_script": "properties.codeConfiguration.scoringScript",
    },
    "An environment": {
        **OF_ANY_ASSET,
        "path": "properties.build.contextUri",
        "docker.image": "properties.image",
        "docker.build.dockerfile": "properties.build.dockerfilePath",
    },
    "A data collector": OF_COLLECTOR,
}
IMPLIED = {
    "A model: version": "1",
    "A model: type": "what is in the folder",
    "A model: name": "that of its content",
    "An environment: version": "1",
    "An environment: name": "that of its content",
    "An environment: path": "the folder of the Dockerfile",
    "A data collector: collections.*.data.name": "<endpoint>-<deployment>-<collection>",
    "A data collector: collections.*.data.path": "modelDataCollector/…, in workspaceblobstore",
    "An endpoint: identity.type": "system_assigned",
    "A deployment: scale_settings.scale_type": "manual",
}
"""Defaults that stand in no schema. All of them are ours."""
OURS = frozenset({"auth_mode", "collections.*.data.version", *NOWHERE})
FROM_AZURE = {
    "A model: path",
    "A model: datastore",
    "Code: code.path",
    "Code: code.datastore",
}
"""What is in Azure, on this machine."""
KEPT = frozenset(
    {
        *("description", "tags", "properties", "flavors", "os_type", "startup_route"),
        *("data", "client_id"),
    }
)
"""Of assets, and of what is collected, on this machine."""

HEAD = """\
# Keys

Every key of a file, made from the code by `scripts/keys`. There are two spellings of a file: that
of 2021, and today's, which Microsoft's extension `ml` has. Both are read; – is where one of them
has no such key. What a file does not say is not sent, and stays as it is.

A default counts where nothing was ever said: *shown* means that Azure answers with it then,
*documented* that its pages say so, and *ours* that this tool puts it in. Of assets, the field is
that of what is registered. What is *kept* on this machine is checked and shown, and has no effect
there; what is in Azure is *fetched* from the workspace that is named beside `--local`.
"""
