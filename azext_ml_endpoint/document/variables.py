"""``${VAR}`` in the values of a document.

    ${VAR}               the environment variable; unset is an error
    ${VAR:-default}      the default, as it stands, where the variable is unset or empty
    ${VAR:?message}      an error with this message where it is unset or empty
    ${secret:VAR}        the variable, and nobody is shown its value; ${secret:VAR:?message} too
    $$                   a dollar

A dollar before anything else is a dollar. What comes from a variable is not looked at again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

AS_WRITTEN: Mapping[str, str] = MappingProxyType({})
"""In place of the variables: of a format in which a dollar is a dollar."""


class SecretsOnly(dict[str, str]):
    """In place of the variables: of a format in which a dollar is a dollar, but in a text with
    ``${secret:``, which nobody writes there who means it as it stands."""


SECRET = "${secret:"
# The closing brace is optional so that a text full of "${" is read in linear time.
_REFERENCE = re.compile(r"\$(?:(?P<dollar>\$)|\{(?P<body>[^}]*)(?P<close>\}?))")
_BODY = re.compile(
    r"(?P<secret>secret:)?(?P<name>[A-Za-z_]\w*)(?::(?P<rule>[-?])(?P<text>.*))?",
    re.ASCII | re.DOTALL,
)


_NAME = re.compile(r"(?:secret:)?\w*")


@dataclass(frozen=True)
class Problem:
    message: str
    hint: str | None = None


@dataclass(frozen=True, kw_only=True)
class Substitution:
    """``text`` is as it was written where there are problems.

    whole: the text held no ``$`` reference or nothing but one, so that a plain scalar may still
    turn out to be a number.
    """

    text: str = field(repr=False)
    whole: bool = True
    secret: bool = False
    problems: tuple[Problem, ...] = ()


def substitute(text: str, variables: Mapping[str, str]) -> Substitution:
    is_plain = variables is AS_WRITTEN or (
        isinstance(variables, SecretsOnly) and SECRET not in text
    )
    if "$" not in text or is_plain:
        return Substitution(text=text)
    references = {match.group(): match for match in _REFERENCE.finditer(text)}
    values = {written: _value(match, variables) for written, match in references.items()}
    problems = tuple(value for value in values.values() if isinstance(value, Problem))
    return Substitution(
        text=text if problems else _REFERENCE.sub(lambda match: str(values[match.group()]), text),
        whole=not references or (text in references and text != "$$"),
        secret=any(written.startswith(SECRET) for written in references),
        problems=problems,
    )


def _value(  # pylint: disable=too-many-return-statements
    reference: re.Match[str], variables: Mapping[str, str]
) -> str | Problem:
    if reference["dollar"]:
        return "$"
    body = _BODY.fullmatch(reference["body"])
    if not reference["close"] or body is None or "${" in (body["text"] or ""):
        return _malformed(reference)
    name, rule, rest = body["name"], body["rule"], body["text"]
    if body["secret"] and rule == "-":
        return Problem(f"${{secret:{name}}} cannot have a default: a secret is not in the file")
    value = variables.get(name)
    if value or (value is not None and rule is None):
        return value
    if rule == "-":
        return str(rest)
    if rest:
        return Problem(f"{name}: {rest}")
    state = "not set" if value is None else "empty"
    return Problem(f"the environment variable {name} is {state}", f"Try: export {name}=…")


def _malformed(reference: re.Match[str]) -> Problem:
    """Shows no more than a name: the rest may be meant as a secret."""
    if not reference["close"]:
        return Problem("'${' has no closing '}'", "A value with ' #' or ': ' in it needs quotes.")
    begin = _NAME.match(reference["body"])
    return Problem(
        f"'${{{begin.group() if begin else ''}…}}' is not a variable",
        "Write ${VAR}, ${VAR:-default}, ${VAR:?message} or ${secret:VAR}, and $$ for a dollar.",
    )
