"""Azure's answers, through the real client and the commands that read.

An input is a JSON object: ``command``, the ``request`` whose answer is another, ``status``,
``headers``, and ``body``, a byte per letter.
"""

from __future__ import annotations

import functools
import itertools
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from azext_ml_endpoint.cloud.service import CloudService
from azext_ml_endpoint.document.model import Endpoint
from azext_ml_endpoint.plan.fit import Intent
from tests.fakes.builders import endpoint
from tests.fakes.cloud_service import simulated_catalogue, simulated_service
from tests.fakes.cloud_world import CloudWorld, inline_deployment
from tests.fakes.simulated_arm import WORKSPACE
from tests.fuzz import oracle
from tests.fuzz.material import HOSTILE, VALUES, json_of, mutated, spoilt
from tests.simulator.message import Reply, Request

_TIMES = 3
Command = Callable[[CloudWorld, CloudService], object]


def _wanted(**changes: Any) -> Endpoint:
    return endpoint(inline_deployment(Path.cwd(), **changes), traffic={"blue": 100})


def _update(_: CloudWorld, service: CloudService) -> object:
    return service.update(_wanted(environment_variables={"A": "b"}))


def _logs(_: CloudWorld, service: CloudService) -> object:
    return list(service.logs("houses", "blue", container="inference-server", tail=5, follow=False))


COMMANDS: dict[str, Command] = {
    "show": lambda _, service: service.show("houses"),
    "list": lambda _, service: service.list_endpoints(),
    "export": lambda _, service: service.exported("houses"),
    "document": lambda _, service: service.document("houses"),
    "tenancy": lambda _, service: service.tenancy("houses"),
    "observe": lambda _, service: service.observe("houses"),
    "plan": lambda _, service: service.plan(_wanted(instance_type="x"), Intent(create=False)),
    "get-logs": _logs,
    "get-credentials": lambda _, service: service.credentials("houses"),
    "update": _update,
    "delete": lambda _, service: service.delete("houses", None),
    "models": lambda world, _: simulated_catalogue(world).list("models", None),
    "model": lambda world, _: simulated_catalogue(world).show("models", "prices", None),
    "versions": lambda world, _: simulated_catalogue(world).list("environments", "sklearn"),
}


def _kind(request: Request) -> str:
    """What is asked for, without what differs from run to run."""
    path = request.path.removeprefix(WORKSPACE.id)
    path = re.sub(r".*/(mfeOperation\w+)/.*", r"\1", path)
    return f"{request.method} {re.sub('/codes/[^/]+', '/codes', path)}"


@functools.cache
def _recorded() -> dict[str, dict[str, bytes]]:
    """Command -> request -> the body of its answer."""
    return {name: _answers_to(command) for name, command in COMMANDS.items()}


def _answers_to(command: Command) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    world = _world()
    real = world.handle

    def handle(request: Request) -> Reply:
        reply = real(request)
        found[_kind(request)] = reply.body
        return reply

    world.handle = handle
    command(world, simulated_service(world))
    return found


def _world() -> CloudWorld:
    world = CloudWorld()
    world.make(_wanted())
    return world


# Inputs

PACKED = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "it says: ", "(A) ", "{", '{"a":', "::error::\n", "\x1b[2J"]),
    json_of(VALUES).map(bytes.decode)
    | st.sampled_from(['{"error":{"code":"A","message":"b"}}', "{" * 300]),
    st.sampled_from(["", " and more", "}", "\r\n"]),
)
MESSAGES = PACKED | st.sampled_from(HOSTILE)
ERROR: dict[str, Any] = {
    "error": {
        "code": "BadRequest",
        "message": "It failed.",
        "details": [{"code": "OutOfQuota", "message": '{"error": {"message": "x"}}'}],
        "additionalInfo": [
            {"type": "Correlation", "info": {"value": {"operation": "1", "request": "2"}}}
        ],
        "innererror": {"code": "A"},
    },
    "errors": {"member": ["text"]},
    "title": "t",
    "status": "Failed",
}
KEYS = [
    *(
        "id",
        "nextLink",
        "name",
        "value",
        "properties",
        "error",
        "code",
        "message",
        "details",
        "innererror",
        "info",
    ),
    *(
        "provisioningState",
        "traffic",
        "mirrorTraffic",
        "status",
        "scaleSettings",
        "identity",
        "content",
    ),
    *(
        "environmentVariables",
        "model",
        "codeConfiguration",
        "environmentId",
        "tags",
        "errors",
        "type",
    ),
    *("requestSettings", "requestTimeout", "livenessProbe", "instanceCount", "endpointComputeType"),
    *(
        "systemData",
        "createdAt",
        "lastModifiedAt",
        "scoringUri",
        "AzureAsyncOperationUri",
        "location",
    ),
    *(
        "primaryKey",
        "secondaryKey",
        "path",
        "modelUri",
        "flavors",
        "condaFile",
        "build",
        "image",
        "target",
    ),
]
ADDRESSES = st.sampled_from(
    [
        *("https://evil.example/", "http://management.azure.com/", "//[", "https://a:b@c:99999/"),
        *("https://management.azure.com@evil.example/", "/relative", "file:///etc/passwd"),
    ]
)
HEADERS = st.dictionaries(
    st.sampled_from(
        [
            *("Retry-After", "x-ms-correlation-request-id", "content-type", "etag"),
            *("Location", "Azure-AsyncOperation"),
        ]
    ),
    st.sampled_from(
        ["", "²", "9" * 400, "-1", "nan", "Wed, 21 Oct 2015 07:28:00 GMT", "1e400", "a\x1b[2J"]
    )
    | st.sampled_from(["text/html", "application/json; charset=hex", "0", "1.5"])
    | ADDRESSES,
    max_size=2,
)
STATUSES = st.sampled_from(
    [200] * 6 + [201, 202, 204, 302, 307, 400, 401, 403, 404, 409, 412, 429, 500, 503, 0]
)


@st.composite
def _inputs(draw: st.DrawFn) -> bytes:
    command = draw(st.sampled_from(sorted(COMMANDS)))
    request = draw(st.sampled_from(sorted(_recorded()[command])))
    true = json.loads(_recorded()[command][request] or b"{}")
    status = draw(STATUSES)
    tree = draw(st.sampled_from([true, ERROR])) if status != 200 else true
    body = draw(spoilt(json_of(mutated(st.just(tree), KEYS, VALUES | MESSAGES | ADDRESSES))))
    answer = {"command": command, "request": request, "status": status, "headers": draw(HEADERS)}
    return json.dumps({**answer, "body": body.decode("latin-1")}).encode()


INPUTS = st.deferred(_inputs)


def _large(body: str, status: int = 200, command: str = "show") -> bytes:
    request = "GET /onlineEndpoints/houses"
    answer = {"command": command, "request": request, "status": status, "headers": {}}
    return json.dumps({**answer, "body": body}).encode()


SOUND = b"{}"
LARGE = [
    *(_large("[" * 200_000, status) for status in (200, 400)),
    *(_large('{"error":' * 50_000, status) for status in (200, 400)),
    _large(json.dumps({"error": {"message": "{" * 100_000}}), 400),
    _large(json.dumps({"error": {"message": '{"message":' * 50_000}}), 400),
    _large(json.dumps({"error": {"message": "(A) " * 100_000}}), 400),
    _large(json.dumps({"error": {"message": "a" * 500_000}}), 400),
    _large("<title>" * 100_000, 502),
    _large(json.dumps({"error": {"details": [{"message": f"m{n}"} for n in range(5_000)]}}), 400),
    _large("9" * 100_000),
]


def prepare() -> None:
    _recorded()


def judge(content: bytes) -> None:
    try:
        answer = json.loads(content)
        command = COMMANDS[answer["command"]]
    except (ValueError, LookupError, TypeError):  # none of this target's
        return
    world = _world()
    real = world.handle
    reply = Reply(answer["status"], answer["headers"], answer["body"].encode("latin-1"))
    times = itertools.repeat(reply, _TIMES)  # an operation that never ends is waited for

    def handle(request: Request) -> Reply:
        is_meant = _kind(request) == answer["request"]
        return (next(times, None) if is_meant else None) or real(request)

    world.handle = handle
    shown = oracle.survived(lambda: command(world, simulated_service(world)))
    if isinstance(shown, Endpoint):
        oracle.require_exported(shown)
    elif isinstance(shown, (dict, list)):
        json.dumps(shown, default=str)
