"""How comparisons with an answer are written: ``length(@) == 2``, or a path and what it must be."""

from __future__ import annotations

import re
from typing import Any, get_args

from azext_ml_endpoint import foreign_json
from azext_ml_endpoint.document.model import Comparison, Sign

SIGNS: tuple[Sign, ...] = get_args(Sign)
_SIGN = re.compile(r"==|!=|<=|>=|<|>")


def parse(text: str) -> Comparison:
    """A path, a sign and a value: what JSON makes of it, or else the text as it is.

    A path may have signs of its own, as in ``length([?age > `20`]) == 1``: it ends before the
    first one where all before it is a path. Raises ValueError that says what is wrong.
    """
    signs = list(_SIGN.finditer(text))
    for sign in signs:
        path, value = text[: sign.start()].strip(), text[sign.end() :].strip()
        if path and value and path_trouble(path) is None:
            return Comparison(path=path, sign=_sign(sign[0]), value=_value(value))
    first = text[: signs[0].start()].strip() if signs else ""
    trouble = path_trouble(first) if first else None
    if trouble:
        raise ValueError(f"{first!r} is no JMESPath: {trouble}")
    raise ValueError("it is no comparison, such as length(@) == 2")


def path_trouble(path: str) -> str | None:
    """Why it is no JMESPath, in a few words; None where it is one."""
    import jmespath
    from jmespath import exceptions

    try:
        jmespath.search(path, None)
    except exceptions.JMESPathTypeError:  # in an answer it may well have the right type
        return None
    except (exceptions.ArityError, exceptions.UnknownFunctionError) as error:
        return str(error).lower()
    except exceptions.EmptyExpressionError:
        return "it is empty"
    except exceptions.IncompleteExpressionError:
        return "it is incomplete"
    except exceptions.ParseError as error:
        return f"character {error.lex_position + 1} is not expected"
    return None


def _sign(text: str) -> Sign:
    return next(sign for sign in SIGNS if sign == text)


def _value(text: str) -> Any:
    try:
        return foreign_json.loads(text)
    except ValueError:
        return text
