"""`az ml endpoint invoke`."""

from __future__ import annotations

from argparse import ArgumentTypeError, Namespace
from typing import TYPE_CHECKING, Any

from azext_ml_endpoint.cli import common, headers, place, times
from azext_ml_endpoint.cli.registration import group
from azext_ml_endpoint.cli.tables import row
from azext_ml_endpoint.errors import UsageError

if TYPE_CHECKING:
    from azure.cli.core import AzCommandsLoader

HELP = {
    "ml endpoint invoke": """
type: command
short-summary: Send a request to an endpoint and print its answer, or measure how it answers.
long-summary: |
    Without --deployment the request follows the traffic split. It is sent once, whatever
    happens. An answer with an error status ends the command with exit code 1. In Azure, the
    key or token is fetched first; --verbose shows how long that and the answer took.

    An answer that is a stream is printed to stdout piece by piece, as it arrives: events
    (text/event-stream), lines of JSON, and what is sent in chunks, unless it is JSON. Any
    other is printed when it is whole, JSON by az. With --query or --output a stream too is
    read to its end, and becomes data: a list of {event, data}, or of what the lines say.
    What is no text is never printed to a terminal; --out writes it to a file.

    With --repeat or --duration the request is sent again and again. The result is the
    latencies of what succeeded, errors by status, and requests a second; a histogram goes to
    stderr. Ctrl-C ends it with what was measured so far.
examples:
    - name: Send a file to a local endpoint.
      text: az ml endpoint invoke --local -n my-endpoint --request-file request.json
    - name: Send a file to an endpoint in Azure.
      text: az ml endpoint invoke -n my-endpoint --request-file request.json
    - name: Send text to one deployment.
      text: az ml endpoint invoke --local -n my-endpoint -d green --data '{"data":[[1,2]]}'
    - name: Send a picture, and write the one that comes back to a file.
      text: az ml endpoint invoke -n my-endpoint --request-file cat.png --out answer.png
    - name: See headers and times, on stderr, of an answer that comes piece by piece.
      text: az ml endpoint invoke --local -n my-endpoint --data '{"stream":true}' --include
    - name: Take the text out of a stream of events.
      text: az ml endpoint invoke -n my-endpoint -r request.json -o tsv --query "[].data.text"
    - name: Send headers, a secret one from a file.
      text: |
          az ml endpoint invoke -n my-endpoint -r request.json --header "X-Team: a" @secret.txt
    - name: Compare the request with what the deployment says that it takes, first.
      text: az ml endpoint invoke -n my-endpoint -r request.json --check
    - name: Measure 1000 requests, 8 at once.
      text: az ml endpoint invoke --local -n my-endpoint -r request.json --repeat 1000 \
--concurrency 8
    - name: Measure for half a minute.
      text: az ml endpoint invoke -n my-endpoint -r request.json --duration 30s -o table
""",
}

_MOST_AT_ONCE = 1000


def commands(loader: AzCommandsLoader) -> None:
    with group(loader, "endpoint") as endpoint:
        endpoint.custom_command("invoke", "invoke", table_transformer=measured_row)


def options(loader: AzCommandsLoader) -> None:
    with loader.argument_context("ml endpoint invoke") as context:
        place.anywhere(context)
        place.endpoint_type(context)
        common.name(context)
        common.deployment(context, "Call this deployment, whatever the traffic split says.")
        common.timeout(
            context,
            "How long to wait for the answer, and for each piece of one that comes piece by "
            "piece: `300` (seconds), `5m`.",
        )
        _request_options(context)
        _answer_options(context)
        _measuring_options(context)


def _request_options(context: Any) -> None:
    from azure.cli.core.commands.parameters import file_type

    context.argument(
        "request_file",
        options_list=["--request-file", "-r"],
        type=file_type,
        help="File with the body of the request.",
        validator=one_body,
    )
    context.argument(
        "check",
        action="store_true",
        help="Compare the request with the swagger.json of the deployment first, where it has one; "
        "what does not fit is not sent.",
    )
    context.argument("data", help="Body of the request as text, or - to read it from stdin.")
    context.argument(
        "content_type",
        help="Content type of the body. Default: what the name of --request-file says (.json, "
        ".csv, .txt, .png, .jpg, .wav, .mp3, …), else application/json.",
        validator=a_content_type,
    )
    context.argument(
        "headers",
        options_list=["--header"],
        nargs="+",
        action="extend",
        metavar="HEADER",
        help="Header to send, such as `X-Team: houses`; may be repeated. An Authorization header "
        "goes in place of the endpoint's key or token. `@FILE` reads one from a file.",
        validator=headers_of_their_own,
    )


def _answer_options(context: Any) -> None:
    from azure.cli.core.commands.parameters import file_type

    context.argument(
        "include",
        options_list=["--include", "-i"],
        action="store_true",
        arg_group="Answer",
        help="Print status, headers, time to the first byte and total time to stderr.",
    )
    context.argument(
        "out",
        type=file_type,
        arg_group="Answer",
        help="File to write the body of the answer to, as it is. Default: stdout.",
    )
    context.argument(
        "yes",
        options_list=["--yes", "-y"],
        action="store_true",
        arg_group="Answer",
        help="Overwrite the file of --out.",
    )


def _measuring_options(context: Any) -> None:
    context.argument(
        "repeat",
        type=_count,
        arg_group="Measuring",
        help="Send the request so many times, and measure.",
        validator=one_purpose,
    )
    context.argument(
        "concurrency",
        type=_at_once,
        arg_group="Measuring",
        help="How many requests are under way at once, each over a connection that is kept. "
        "Default: 1.",
    )
    context.argument(
        "duration",
        type=times.to_wait,
        arg_group="Measuring",
        help="Send no more after this time: `30s`, `5m`.",
    )


def one_body(namespace: Namespace) -> None:
    if namespace.request_file and namespace.data is not None:
        raise UsageError("Give --request-file or --data, not both.")
    if not namespace.request_file and namespace.data is None:
        raise UsageError(
            "There is nothing to send: give --request-file FILE, --data TEXT or --data - (stdin)."
        )
    if (namespace.data or "").startswith("@") and not namespace.content_type:  # JSON does not
        raise headers.missing_file("--data", namespace.data)


def a_content_type(namespace: Namespace) -> None:
    namespace.content_type = headers.content_type(namespace.content_type or "") or None


def headers_of_their_own(namespace: Namespace) -> None:
    """Makes a mapping of them."""
    namespace.headers = headers.parse(namespace.headers or ())


def one_purpose(namespace: Namespace) -> None:
    """An answer is shown, or answers are measured."""
    if namespace.repeat is None and namespace.duration is None:
        if namespace.concurrency is not None:
            raise UsageError("--concurrency is for measuring: add --repeat N or --duration 30s.")
        return
    for option in ("include", "out"):
        if getattr(namespace, option):
            raise UsageError(
                f"--{option} is for one answer: with --repeat or --duration none is kept."
            )


def measured_row(result: Any) -> Any:
    """Of what was measured; what an endpoint has answered stays as it is."""
    if not isinstance(result, dict) or not result.keys() >= _MEASURED:
        return result
    errors = (f"{status}: {count}" for status, count in result["errors"].items())
    return row(
        {
            "Requests": result["requests"],
            "Failed": result["failed"],
            "Requests/s": result["requests_per_second"],
            **{each: _milliseconds(result["latency_ms"][each]) for each in ("p50", "p95", "p99")},
            "Errors": ", ".join(errors),
        }
    )


_MEASURED = frozenset({"requests", "failed", "errors", "requests_per_second", "latency_ms"})


def _milliseconds(value: float | None) -> str:
    return "" if value is None else f"{value:.4g} ms"


def _count(text: str) -> int:
    return _number(text, 10**9)


def _at_once(text: str) -> int:
    return _number(text, _MOST_AT_ONCE)


def _number(text: str, most: int) -> int:
    is_number = text.isascii() and text.isdecimal() and len(text) <= len(str(most))
    if not is_number or not 1 <= int(text) <= most:
        raise ArgumentTypeError(f"'{text}' is no number from 1 to {most}")
    return int(text)
