"""The request that is sent again and again, and what its answer has to be like. Pure."""

from __future__ import annotations

import contextlib
import json
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from azext_ml_endpoint.errors import UsageError
from azext_ml_endpoint.scoring import Answer, Request

_SIGN = re.compile(r"\s*(==|!=|<=|>=|<|>)(?!=)\s*")
_SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
_SHOWN = 80


@dataclass(frozen=True)
class Expectation:
    """``path`` is JMESPath, as in az's ``--query``; ``value`` what JSON makes of its text."""

    path: str
    sign: str
    value: Any

    def fault(self, document: Any) -> str | None:
        """What is wrong with an answer, or None."""
        import jmespath

        found = jmespath.search(self.path, document)
        try:
            if _SIGNS[self.sign](found, self.value):
                return None
        except TypeError:
            pass  # such as an order between text and a number: they cannot be as wanted
        return f"{self.path} is {_short(found)}, not {self.sign} {_short(self.value)}"


@dataclass(frozen=True, kw_only=True)
class Probe:
    """status: what the answer must have; None is for any below 400."""

    request: Request
    status: int | None = None
    expectations: tuple[Expectation, ...] = field(default=())

    def fault(self, answer: Answer) -> str | None:
        """The first thing that is wrong with an answer, or None."""
        wrong = answer.status >= 400 if self.status is None else answer.status != self.status
        if wrong:
            wanted = "" if self.status is None else f", not {self.status}"
            return f"it answered {answer.status}{wanted} {_cut(answer.message)}".rstrip()
        if not self.expectations:
            return None
        try:
            document = json.loads(answer.body)
        except ValueError:
            return f"its answer is no JSON: {_cut(answer.text)}"
        return next(filter(None, (each.fault(document) for each in self.expectations)), None)


def expectation(text: str) -> Expectation:
    """``length(@) == 2``, ``result.price < 100``. Raises UsageError.

    Of several signs the first one counts that has a whole path before it.
    """
    for sign in _SIGN.finditer(text):
        path, value = text[: sign.start()].strip(), text[sign.end() :].strip()
        if value and _is_path(path):
            return Expectation(path, sign[1], _value(value))
    raise UsageError(
        f"--expect '{text}' is no comparison.",
        "Write PATH == VALUE (or !=, <, <=, >, >=), as in --expect 'length(@) == 2'. "
        "PATH is JMESPath, the language of az's --query.",
    )


def _is_path(text: str) -> bool:
    import jmespath

    with contextlib.suppress(jmespath.exceptions.JMESPathError):
        jmespath.compile(text)
        return True
    return False


def _value(text: str) -> Any:
    """JSON, or the text as it is."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _short(value: Any) -> str:
    return _cut(json.dumps(value, ensure_ascii=False))


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"
