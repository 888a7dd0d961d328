"""What is wrong with an answer: expected this, got that. Pure."""

from __future__ import annotations

import json
import math
import operator
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

from azext_ml_endpoint import foreign_json
from azext_ml_endpoint.document.model import Check, Comparison
from azext_ml_endpoint.scoring import Answer
from azext_ml_endpoint.testing import generated

_SHOWN = 80
_RELATIVE, _ABSOLUTE = 1e-6, 1e-12
"""How far ``approx`` may be off where nothing is said of it."""
_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def faults(check: Check, answer: Answer, seconds: float) -> tuple[str, ...]:
    """None where all is as expected. A wrong status says it all, with the server's words."""
    if answer.status != check.status:
        return (f"expected status {check.status}, got {answer.status}{_words(answer)}",)
    found = (_of_json(check, answer), _of_text(check, answer), _of_first_token(check, answer))
    return (*chain.from_iterable(found), *_of_time(check, seconds))


def fault(comparison: Comparison, document: Any) -> str | None:
    """What is wrong with a document, or None."""
    import jmespath

    try:
        found = jmespath.search(comparison.path, document)
    except ValueError as error:  # JMESPath's errors are: a function of the wrong type
        return f"{comparison.path}: {cut(str(error))}"
    return _fault(comparison, comparison.path, found)


def holds(comparison: Comparison, found: Any) -> bool:  # pylint: disable=too-many-return-statements
    sign, value = comparison.sign, comparison.value
    if sign == "exists":
        return (found is not None) is value
    if sign == "==":
        return _same(found, value)
    if sign == "!=":
        return not _same(found, value)
    if sign == "approx":
        return _near(found, value, comparison.tolerance)
    if sign == "contains":
        return _contains(found, value)
    if sign == "length":
        return isinstance(found, str | list | dict) and len(found) == value
    return _have_order(found, value) and _ORDERS[sign](found, value)


def cut(text: str, most: int = _SHOWN) -> str:
    """On one line, and not too long."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[:most]}…"


def short(value: Any) -> str:
    """A value as a fault shows it."""
    return cut(json.dumps(value, ensure_ascii=False))


def _of_json(check: Check, answer: Answer) -> Iterator[str]:
    if not check.json:
        return
    try:
        document = foreign_json.loads(answer.body)
    except ValueError:
        yield f"expected JSON, got {cut(answer.text) or 'nothing'}"
        return
    yield from filter(None, (fault(each, document) for each in check.json))


def _of_text(check: Check, answer: Answer) -> Iterator[str]:
    said = generated.text(answer) if check.text else ""
    yield from filter(None, (_fault(each, "text", said) for each in check.text))


def _of_first_token(check: Check, answer: Answer) -> Iterator[str]:
    most = check.first_token_ms
    if most is None:
        return
    taken = generated.first_token(answer)
    if taken is None:
        yield f"expected the first token within {most} ms, got none"
    elif taken * 1000 > most:
        yield f"expected the first token within {most} ms, got it after {taken * 1000:.0f} ms"


def _of_time(check: Check, seconds: float) -> Iterator[str]:
    most, taken = check.max_latency_ms, seconds * 1000
    if most is not None and taken > most:
        yield f"expected an answer within {most} ms, got it after {taken:.0f} ms"


def _fault(comparison: Comparison, subject: str, found: Any) -> str | None:
    if holds(comparison, found):
        return None
    return f"expected {subject} {_wanted(comparison)}, got {short(found)}"


def _wanted(comparison: Comparison) -> str:
    if comparison.sign == "exists":
        return "to exist" if comparison.value else "not to exist"
    text = f"{comparison.sign} {short(comparison.value)}"
    tolerance = comparison.tolerance
    return text if tolerance is None else f"{text} ± {tolerance:g}"


def _words(answer: Answer) -> str:
    words = cut(answer.message)
    return f": {words}" if words else ""


def _same(found: Any, value: Any) -> bool:
    """As in JSON: true is not 1, and 1.0 is 1."""
    if isinstance(found, bool) or isinstance(value, bool):
        return found is value
    if isinstance(found, list) and isinstance(value, list):
        return len(found) == len(value) and all(map(_same, found, value))
    if isinstance(found, dict) and isinstance(value, dict):
        return found.keys() == value.keys() and all(_same(found[key], value[key]) for key in value)
    return bool(found == value)


def _near(found: Any, value: Any, tolerance: float | None) -> bool:
    if isinstance(value, list):
        if not isinstance(found, list) or len(found) != len(value):
            return False
        return all(_near(*each, tolerance) for each in zip(found, value, strict=True))
    if not (_is_number(found) and _is_number(value)):
        return False
    if tolerance is None:
        return math.isclose(found, value, rel_tol=_RELATIVE, abs_tol=_ABSOLUTE)
    return math.isclose(found, value, rel_tol=0.0, abs_tol=tolerance)


def _contains(found: Any, value: Any) -> bool:
    if isinstance(found, list):
        return any(_same(each, value) for each in found)
    return isinstance(found, str | dict) and isinstance(value, str) and value in found


def _have_order(found: Any, value: Any) -> bool:
    both_texts = isinstance(found, str) and isinstance(value, str)
    return both_texts or (_is_number(found) and _is_number(value))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
