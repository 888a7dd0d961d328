"""Which fields a body may have: api-version 2025-12-01, with what earlier versions add.

Limits that the service's documents state (durations, instances, traffic) stand here too, where
they concern one field alone.
"""

from __future__ import annotations

from tests.simulator.schema import (
    ANYTHING,
    BOOLEAN,
    DURATION,
    INTEGER,
    NUMBER,
    READ_ONLY,
    TEXT,
    Schema,
    enum,
    extended,
    listing,
    mapping,
    open_record,
    record,
    whole,
)

TEXTS = mapping(TEXT)
# The official SDK (1.35) sends what its files say, which is in small letters; so does Microsoft's
# own example of a private endpoint (azureml-examples, managed/vnet/mlflow/endpoint.yml).
SWITCH = enum("Enabled", "Disabled", "enabled", "disabled")

# Tracked resources

SKU = record(
    "name",
    name=TEXT,
    tier=enum("Free", "Basic", "Standard", "Premium"),
    size=TEXT,
    family=TEXT,
    capacity=whole(0, 50),
)
IDENTITY = record(
    "type",
    type=enum("None", "SystemAssigned", "UserAssigned", "SystemAssigned,UserAssigned"),
    principalId=READ_ONLY,
    tenantId=READ_ONLY,
    userAssignedIdentities=mapping(record(principalId=READ_ONLY, clientId=READ_ONLY)),
)


def tracked(properties: Schema, *required: str) -> Schema:
    """A resource with a location and tags."""
    return record(
        "location",
        "properties",
        *required,
        location=TEXT,
        tags=TEXTS,
        identity=IDENTITY,
        kind=TEXT,
        sku=SKU,
        properties=properties,
        id=READ_ONLY,
        name=READ_ONLY,
        type=READ_ONLY,
        systemData=READ_ONLY,
    )


def proxied(properties: Schema) -> Schema:
    """A resource that is nothing but properties."""
    return record(
        "properties",
        properties=properties,
        id=READ_ONLY,
        name=READ_ONLY,
        type=READ_ONLY,
        systemData=READ_ONLY,
    )


# Online endpoints

PERCENTAGES = mapping(whole(0, 100))
ENDPOINT = tracked(
    record(
        "authMode",
        authMode=enum("AMLToken", "Key", "AADToken"),
        compute=TEXT,
        description=TEXT,
        keys=record(primaryKey=TEXT, secondaryKey=TEXT),
        mirrorTraffic=PERCENTAGES,
        properties=TEXTS,
        provisioningState=READ_ONLY,
        publicNetworkAccess=SWITCH,
        scoringUri=READ_ONLY,
        swaggerUri=READ_ONLY,
        traffic=PERCENTAGES,
    )
)
ENDPOINT_CHANGE = record(tags=TEXTS, identity=IDENTITY)
KEY_REQUEST = record("keyType", keyType=enum("Primary", "Secondary"), keyValue=TEXT)

# Online deployments

PROBE = record(
    failureThreshold=INTEGER,
    initialDelay=DURATION,
    period=DURATION,
    successThreshold=INTEGER,
    timeout=DURATION,
)
REQUESTS = record(
    maxConcurrentRequestsPerInstance=whole(1, 2**31 - 1),
    maxQueueWait=DURATION,
    requestTimeout=DURATION,
)
DEFAULT_SCALE = record("scaleType", scaleType=enum("Default"))
TARGET_SCALE = record(
    "scaleType",
    scaleType=enum("TargetUtilization"),
    minInstances=INTEGER,
    maxInstances=INTEGER,
    pollingInterval=DURATION,
    targetUtilizationPercentage=whole(1, 100),
)
# The official SDK (1.35) sends these in small letters.
_RATES = ("Year", "Month", "Day", "Hour", "Minute")
COLLECTOR = record(
    "collections",
    collections=mapping(
        record(clientId=TEXT, dataCollectionMode=SWITCH, dataId=TEXT, samplingRate=NUMBER)
    ),
    requestLogging=record(captureHeaders=listing(TEXT)),
    rollingRate=enum(*_RATES, *map(str.lower, _RATES)),
)
DEPLOYMENT_PROPERTIES = record(
    "endpointComputeType",
    appInsightsEnabled=BOOLEAN,
    codeConfiguration=record("scoringScript", codeId=TEXT, scoringScript=TEXT),
    dataCollector=COLLECTOR,
    description=TEXT,
    egressPublicNetworkAccess=SWITCH,
    environmentId=TEXT,
    environmentVariables=TEXTS,
    instanceType=TEXT,
    livenessProbe=PROBE,
    model=TEXT,
    modelMountPath=TEXT,
    properties=TEXTS,
    provisioningState=READ_ONLY,
    readinessProbe=PROBE,
    requestSettings=REQUESTS,
    startupProbe=PROBE,
)
ANY_DEPLOYMENT = open_record(
    "properties",
    properties=open_record(
        "endpointComputeType", endpointComputeType=enum("Managed", "Kubernetes")
    ),
)
RESOURCES = record(cpu=TEXT, gpu=TEXT, memory=TEXT)
DEPLOYMENTS = {
    "Managed": tracked(
        extended(
            DEPLOYMENT_PROPERTIES,
            "instanceType",
            endpointComputeType=enum("Managed"),
            scaleSettings=DEFAULT_SCALE,
        ),
        "sku",
    ),
    "Kubernetes": tracked(
        extended(
            DEPLOYMENT_PROPERTIES,
            endpointComputeType=enum("Kubernetes"),
            scaleSettings={
                "if": {"properties": {"scaleType": {"const": "TargetUtilization"}}},
                "then": TARGET_SCALE,
                "else": DEFAULT_SCALE,
            },
            containerResourceRequirements=record(
                containerResourceLimits=RESOURCES, containerResourceRequests=RESOURCES
            ),
        ),
        "sku",
    ),
}
"""endpointComputeType -> schema."""
DEPLOYMENT_CHANGE = record(tags=TEXTS, sku=record(**SKU["properties"]))
LOGS_REQUEST = record(containerType=enum("StorageInitializer", "InferenceServer"), tail=INTEGER)

# Assets

ASSET = record(
    description=TEXT,
    isAnonymous=BOOLEAN,
    isArchived=BOOLEAN,
    properties=TEXTS,
    provisioningState=READ_ONLY,
    tags=TEXTS,
)
CODE_PROPERTIES = mapping({"type": ["string", "integer"]})
"""Texts by the specification, but the official SDK sends ``hash_version`` as a number."""
CODE = proxied(extended(ASSET, "codeUri", codeUri=TEXT, properties=CODE_PROPERTIES))
MODEL_TYPES = ("custom_model", "mlflow_model", "triton_model")
MODEL = proxied(
    extended(
        ASSET,
        "modelUri",
        datasets=listing(ANYTHING),
        flavors=mapping(record(data=TEXTS)),
        jobName=TEXT,
        modelType=enum(*MODEL_TYPES, "CustomModel", "MLFlowModel", "TritonModel"),
        modelUri=TEXT,
        stage=TEXT,
    )
)
ROUTE = record("path", "port", path=TEXT, port=whole(1, 65535))
ENVIRONMENT = proxied(
    extended(
        ASSET,
        autoRebuild=enum("Disabled", "OnBaseImageUpdate"),
        build=record("contextUri", contextUri=TEXT, dockerfilePath=TEXT),
        condaFile=TEXT,
        environmentType=READ_ONLY,
        image=TEXT,
        inferenceConfig=record(
            livenessRoute=ROUTE, readinessRoute=ROUTE, scoringRoute=ROUTE, startupRoute=ROUTE
        ),
        osType=enum("Linux", "Windows"),
        stage=TEXT,
    )
)
DATA = proxied(
    extended(
        ASSET,
        "dataUri",
        "dataType",
        dataUri=TEXT,
        dataType=enum("uri_file", "uri_folder", "mltable"),
    )
)
CONTAINER = proxied(
    record(
        description=TEXT,
        isArchived=BOOLEAN,
        properties=TEXTS,
        tags=TEXTS,
        latestVersion=READ_ONLY,
        nextVersion=READ_ONLY,
        provisioningState=READ_ONLY,
    )
)
PENDING_UPLOAD = record(
    pendingUploadId=TEXT, pendingUploadType=enum("None", "TemporaryBlobReference")
)
SECRET_EXPIRY = record(expirableSecret=BOOLEAN, expireAfterHours=whole(1, 24 * 7))
