"""What the text of a message holds, however it was made."""

from __future__ import annotations

import json
import threading

import pytest

from azext_ml_endpoint.cloud.arm.errors import parsed, refused
from azext_ml_endpoint.cloud.arm.messages import READ, Message, linked, named, opened
from azext_ml_endpoint.cloud.arm.reasons import reason
from azext_ml_endpoint.cloud.remedies import remedy

PACKED = {"code": "X", "message": "y"}
JSON = json.dumps(PACKED)
PATIENCE = 20


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (JSON, ""),
        (f"  {JSON}\n", ""),
        (f"InferencingClient HttpRequest error, error detail: {JSON}", ""),
        (f"The registry refused: {JSON}", "The registry refused"),
        (
            f"Endpoint [e] and <1> and {{0}}: {JSON} See the guide.",
            "Endpoint [e] and <1> and {0} See the guide.",
        ),
        (f'{{"cut": [ {JSON}', '{"cut": ['),
        (f"refused: {JSON.replace('{', '{{').replace('}', '}}')} See it.", "refused See it."),
    ],
)
def test_json_is_found_among_words(text: str, words: str) -> None:
    assert opened(text) == Message(words, PACKED)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no JSON",
        "{{cut",
        "a {{name}} of mine",
        "{}",
        "[N/A]",
        '{"cut',
        "[{",
        "{'a': 1}",
        '"',
        '""',
    ],
)
def test_what_is_no_json_is_words(text: str) -> None:
    assert opened(text) == Message(text)


def test_json_that_says_nothing_stays_in_the_text() -> None:
    text = 'Layer sha256:0f: {"status": "gone"}'
    assert reason({"error": {"code": "X", "message": text}}).message == text


def test_a_list_of_errors_is_read_as_one_by_members_is() -> None:
    text = (
        'Pull failed: {"errors": [{"code": "UNAUTHORIZED", "message": "authentication required"}]}'
    )
    why = reason({"error": {"code": "BadRequest", "message": text}})
    assert why.message == "Pull failed\nauthentication required"
    assert why.code == "UNAUTHORIZED"


def test_a_message_that_is_a_json_string_loses_its_quotes() -> None:
    assert opened('"Endpoint \\"e\\" is gone."') == Message('Endpoint "e" is gone.')
    assert opened('"a" and "b"') == Message('"a" and "b"')


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("OutOfQuota: no cores", ["OutOfQuota"]),
        ("(OutOfQuota) no cores", ["OutOfQuota"]),
        ("(None) OutOfQuota: no cores", ["OutOfQuota"]),
        ("2023-08-16T14:52:20Z outOfQuota: no", []),
        ("2023-08-16T14:52:20Z OutOfQuota: no", ["OutOfQuota"]),
        ("Deployment failed. ERR_1200: no image", ["ERR_1200"]),
        ("(None) BrandNewFailure: x", ["BrandNewFailure"]),
        ("ModuleNotFoundError: No module named 'sklearn'", []),
        ("Details: It crashed. Reason: unknown. (Linux) x", []),
        ("None: x (None) y", []),
        ("", []),
    ],
)
def test_codes_in_words(text: str, codes: list[str]) -> None:
    assert list(named(text)) == codes


@pytest.mark.parametrize(
    ("link", "codes"),
    [
        ("https://aka.ms/oe-tsg#error-outofquota", ["OutOfQuota"]),
        ("https://aka.ms/oe-tsg#error-imagebuildfailure.", ["ImageBuildFailure"]),
        ("https://aka.ms/oe-tsg#authorization-error", ["BadArgument"]),
        ("https://aka.ms/oe-tsg#region-wide-vm-capacity", ["OutOfCapacity"]),
        (
            "https://learn.microsoft.com/azure/machine-learning/how-to-troubleshoot-online-endpoints"
            "?view=azureml-api-2#error-podoutofmemory",
            ["PodOutOfMemory"],
        ),
        ("https://aka.ms/amlarc-tsg", []),
        ("https://aka.ms/oe-tsg#error-of-tomorrow", []),
        ("https://example.org/else#error-outofquota", []),
    ],
)
def test_a_link_into_the_guide_names_a_code(link: str, codes: list[str]) -> None:
    assert list(linked(f"See {link} for more")) == codes


def test_a_link_counts_where_nothing_else_names_a_code() -> None:
    text = "(ResourceNotReady) It crashed: https://aka.ms/oe-tsg#error-outofquota"
    assert reason({"error": {"code": "UserError", "message": text}}).code == "ResourceNotReady"
    linked_only = "It crashed: https://aka.ms/oe-tsg#error-outofquota"
    assert reason({"error": {"code": "UserError", "message": linked_only}}).code == "OutOfQuota"
    assert reason({"error": {"code": "Telling", "message": linked_only}}).code == "Telling"


HOSTILE = {
    "brackets": "[" * 200_000,
    "objects": '{"a":' * 200_000,
    "lists of objects": "[{" * 200_000,
    "openings": '{"' * 500_000,
    "spaces": "{" + " " * 1_000_000,
    "many spaces": "[ " * 500_000,
    "quotes": '"' * 1_000_000,
    "codes": "OutOfQuota: " * 80_000,
    "letters": "A" * 1_000_000,
    "parentheses": "(A" * 500_000,
    "links": "oe-tsg" * 160_000,
    "anchors": "oe-tsg#" * 140_000,
    "quota": "quota available for A in " * 40_000,
    "figures": "exceeding approved A " * 40_000,
    "requested": "CPU quota requested is 1 and " * 30_000,
    "reasons": "Reason:" * 140_000,
    "resource requests": "resource request " * 60_000,
    "extensions": "k8s-extension " * 70_000,
    "namespaces": "not registered to use namespace '" * 30_000,
}


def in_time(work: object) -> bool:
    """Whether it ends at all, soon: what is quadratic takes hours for a megabyte."""
    thread = threading.Thread(target=work, daemon=True)  # type: ignore[arg-type]
    thread.start()
    thread.join(PATIENCE)
    return not thread.is_alive()


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_megabyte_that_was_made_to_hurt_is_read_in_one_go(text: str) -> None:
    seen: list[str] = []

    def read() -> None:
        why = reason({"error": {"code": "UserError", "message": text, "details": [text]}})
        remedy(why.code, told=text[:READ])
        seen.append(why.message)

    assert in_time(read)
    assert len(seen[0]) < 2100


def test_json_too_deep_to_be_parsed_is_text() -> None:
    body = b"[" * 200_000
    assert isinstance(parsed(body), str)
    assert "HTTP 500" in refused("GET", "onlineEndpoints/e", 500, parsed(body), {}).message


def test_a_document_too_deep_to_be_followed_is_followed_as_far_as_it_goes() -> None:
    body: dict[str, object] = {"code": "Deep", "message": "deep"}
    for _ in range(100_000):
        body = {"info": body, "details": [body]}
    assert reason({"error": {"code": "Outer", "message": "told"}, "more": body}).message == "told"
    assert reason(body).message == ""


def test_of_very_many_errors_the_first_ones_are_told() -> None:
    details = [{"code": f"C{number}", "message": f"m{number}."} for number in range(50_000)]
    body = {"error": {"code": "Many", "message": "all", "details": details}}
    lines: list[str] = []
    assert in_time(lambda: lines.extend(reason(body).message.splitlines()))
    assert lines[:3] == ["all", "m0.", "m1."]
    assert len(lines) <= 100
