"""Prints, as JSON, which keys the official SDK's schemas of online endpoints know.

Section, as a path below the file's root -> its keys, sorted. Runs in the SDK's own environment.
"""

import json
import sys

from azure.ai.ml._schema._deployment.online.online_deployment import (
    KubernetesOnlineDeploymentSchema,
    ManagedOnlineDeploymentSchema,
)
from azure.ai.ml._schema._endpoint.online.online_endpoint import (
    KubernetesOnlineEndpointSchema,
    ManagedOnlineEndpointSchema,
)
from azure.ai.ml._schema.core.fields import ExperimentalField, UnionField
from marshmallow import fields

LEAVES = (
    "allowed_deployment_templates",
    "auto_delete_setting",
    "creation_context",
    "default_deployment_template",
    "intellectual_property",
)
"""Sections of which nothing is converted."""


def alternatives(field):
    if isinstance(field, UnionField):
        return [each for below in field.union_fields for each in alternatives(below)]
    if isinstance(field, fields.Dict) and field.value_field:
        return alternatives(field.value_field)
    return (
        alternatives(field.experimental_field) if isinstance(field, ExperimentalField) else [field]
    )


def visit(schema, path, sections):
    known = sections.setdefault(".".join(path), set())
    for name, field in schema.fields.items():
        key = field.data_key or name
        known.add(key)
        for below in alternatives(field):
            if isinstance(below, fields.Nested) and key not in LEAVES:
                named = ("*",) if isinstance(field, fields.Dict) else ()
                visit(below.schema, (*path, key, *named), sections)


def keys_of(*kinds):
    sections = {}
    for kind in kinds:
        visit(kind(context={"base_path": "."}), (), sections)
    return {path: sorted(known) for path, known in sections.items()}


def only_managed(managed, kubernetes):
    """The keys at the root of a file that the schema for a cluster does not have."""
    of_cluster = keys_of(kubernetes)[""]
    return [key for key in keys_of(managed)[""] if key not in of_cluster]


known = {
    "only managed": {
        "endpoint": only_managed(ManagedOnlineEndpointSchema, KubernetesOnlineEndpointSchema),
        "deployment": only_managed(ManagedOnlineDeploymentSchema, KubernetesOnlineDeploymentSchema),
    },
    "endpoint": keys_of(ManagedOnlineEndpointSchema, KubernetesOnlineEndpointSchema),
    "deployment": keys_of(ManagedOnlineDeploymentSchema, KubernetesOnlineDeploymentSchema),
}
json.dump(known, sys.stdout)
