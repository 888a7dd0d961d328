"""Errors of ARM, in words."""

from __future__ import annotations

import pytest

from azext_ml_endpoint.cloud.arm.errors import refused, unreachable
from azext_ml_endpoint.cloud.arm.resource_names import spoken
from azext_ml_endpoint.errors import ServiceError

WORKSPACE = (
    "/subscriptions/s/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ws"
)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("", "the workspace"),
        (WORKSPACE, "workspace ws"),
        ("onlineEndpoints/house", "endpoint house"),
        ("onlineEndpoints/house/listKeys", "endpoint house"),
        ("onlineEndpoints/house/deployments/blue", "deployment blue of endpoint house"),
        (
            f"https://management.azure.com{WORKSPACE}/onlineEndpoints/h/deployments/b?api-version=1",
            "deployment b of endpoint h",
        ),
        (f"{WORKSPACE}/models/m/versions/3", "model m:3"),
        ("models/m/versions", "model m"),
        ("models", "model"),
        ("environments/e%20f/versions/1", "environment e f:1"),
        ("codes/c/versions/1/startPendingUpload", "code c:1"),
        ("datastores/blobs/listSecrets", "datastore blobs"),
        (
            "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Resources/deployments/d",
            "template deployment d",
        ),
        ("/subscriptions/s/providers/x/locations/l/mfeOperationsStatus/oe:1", "an operation"),
        ("/providers", "an operation"),
    ],
)
def test_paths_have_names(path: str, text: str) -> None:
    assert spoken(path) == text


@pytest.mark.parametrize(
    ("method", "path", "beginning"),
    [
        ("GET", "onlineEndpoints/e", "Azure refused to show endpoint e: "),
        ("PATCH", "onlineEndpoints/e", "Azure refused to update endpoint e: "),
        ("DELETE", "models/m/versions/1", "Azure refused to delete model m:1: "),
        ("POST", "onlineEndpoints/e/listKeys?a=/b", "Azure refused listKeys of endpoint e: "),
    ],
)
def test_a_refusal_says_what_was_tried(method: str, path: str, beginning: str) -> None:
    body = {"error": {"code": "X", "message": "no"}}
    error = refused(method, path, 400, body, {})
    assert error.message == f"{beginning}no (HTTP 400, X)"


@pytest.mark.parametrize(
    ("told", "problem", "step"),
    [
        (
            "<urllib3.connection.HTTPSConnection object at 0x7f>: Failed to establish a new"
            " connection: [Errno 111] Connection refused",
            "h cannot be reached: Connection refused.",
            "network",
        ),
        (
            "HTTPSConnectionPool(host='h', port=443): Max retries exceeded with url: /x (Caused by"
            " NameResolutionError(\"HTTPSConnection(host='h', port=443): Failed to resolve 'h'"
            ' ([Errno -2] Name or service not known)"))',
            "h cannot be reached: ",
            "network",
        ),
        (
            "HTTPSConnectionPool(host='h', port=443): Max retries exceeded with url: /x (Caused by"
            " ProxyError('Unable to connect to proxy', OSError('Tunnel connection failed: 403')))",
            "h cannot be reached through the proxy: ",
            "HTTPS_PROXY",
        ),
        (
            "('Unable to connect to proxy', OSError('Tunnel connection failed: 504 too late'))",
            "h cannot be reached through the proxy: Tunnel connection failed: 504 too late.",
            "HTTPS_PROXY",
        ),
        (
            "('Connection aborted.', RemoteDisconnected('Remote end closed connection'))",
            "h cannot be reached: Connection aborted, Remote end closed connection.",
            "network",
        ),
        (
            "HTTPSConnectionPool(host='h', port=443): Max retries exceeded with url: /x (Caused by"
            " SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate"
            " verify failed: self-signed certificate (_ssl.c:1006)')))",
            "h shows a certificate that is not trusted: ",
            "REQUESTS_CA_BUNDLE",
        ),
        (
            "HTTPSConnectionPool(host='h', port=443): Read timed out. (read timeout=90)",
            "h took the request and did not answer: ",
            "network",
        ),
    ],
)
def test_silence_is_told_with_its_host_and_cause(told: str, problem: str, step: str) -> None:
    error = unreachable("h", told)
    assert error.message.startswith(problem) and "0x7f" not in error.message
    assert isinstance(error, ServiceError) and step in str(error.recommendation)
    assert len(error.message) < 300


@pytest.mark.parametrize(
    ("seconds", "step"),
    [("30", "Wait a minute"), ("121", "wait 3 minutes"), ("Sun, 06 Nov 1994 08:49:37 GMT", "Wait")],
)
def test_how_long_azure_wants_to_be_left_alone_is_told(seconds: str, step: str) -> None:
    error = refused("GET", "onlineEndpoints/e", 429, {}, {"retry-after": seconds})
    assert step in str(error.recommendation)


def test_a_page_with_an_error_is_taken_for_a_proxys() -> None:
    page = "<HTML><title>Bad gateway</title></HTML>"
    error = refused("GET", "onlineEndpoints/e", 502, page, {})
    assert "Bad gateway" in error.message
    assert "HTTPS_PROXY" in str(error.recommendation)
