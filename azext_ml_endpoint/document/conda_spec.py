"""The lines of a conda file, read as conda and pip read them.

conda's own dependencies are match specs (conda's documentation, "Package match specifications"):

    python=3.11    python 3.11.* *_cpython    conda-forge/linux-64::python >=3.10,<3.13|3.14.*
    python[version='>=3.10,<3.13', build=*_cpython]

Below ``pip`` stand lines of a requirements file. The conda file goes along alone, wherever the
packages are installed: a line that names anything else beside it leads nowhere.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

_SPEC = re.compile(r"(?P<name>[\w.-]+|\*)\s*(?P<constraint>[^\[\]]*)(?:\[(?P<keys>.*)\])?")
_DASH = re.compile(r"(?:^|\s)-\s")
_KEY = re.compile(r"\b(\w+)\s*=\s*(?:'([^']*)'|\"([^\"]*)\"|([^\s,'\"]*))")
_CLAUSE = re.compile(
    r"(?P<operator>==|!=|<=|>=|~=|=|<|>|)\s*"
    r"(?P<version>\d+(?:\.\d+)*)(?P<pre>(?:a|b|rc)\d+)?(?P<any>\.?\*)?"
    r"(?:\s*[= ]\s*[^\s=<>!~,|]+)?",  # the build, which pip does not know
    re.ASCII,
)
# Patterns are asked about short texts only. Nobody writes longer ones.
_LONGEST, _LONGEST_LINE, _MOST_ALTERNATIVES = 200, 2000, 32

_OPTION = re.compile(
    r"(?:^|(?<=\s))(?P<option>--(?:requirement|constraint|editable|find-links|extra-index-url|index-url)\b"
    r"|-[rcefi])[\s=]*(?P<value>\S*)"
)
_COMMENT = re.compile(r"(?:^|\s)#.*")
_END = re.compile(r";|\s--")
_EXTRAS = re.compile(r"\[[^\[\]]*\]$")
_NAMED = re.compile(r"[\w.-]+(?:\[[^\]]*\])?\s*@\s*(?P<value>\S+)", re.ASCII)
_ELSEWHERE = re.compile(r"(?!(?:\w+\+)?file:)[a-z][a-z0-9+.-]+:/", re.IGNORECASE)
_FILE_URL = re.compile(r"(?:\w+\+)?file:", re.IGNORECASE)
_ARCHIVE = re.compile(r".+\.(?:whl|zip|tar|tgz|tbz|txz|tar\.(?:gz|bz2|xz|lz))", re.IGNORECASE)
_PACKAGE = (".conda", ".tar.bz2")


class Malformed(ValueError):
    """``str()`` says what is wrong."""


@dataclass(frozen=True)
class MatchSpec:
    """``name`` is in small letters. ``constraint`` is what it says of versions, and of builds."""

    name: str
    constraint: str


def match_spec(text: str) -> MatchSpec:
    """Raises Malformed. A package that is named by its address has that for a name."""
    said = text.partition("#")[0].strip()
    if said.lower().endswith(_PACKAGE):
        return MatchSpec(said, "")
    found = _SPEC.fullmatch(_without_channel(said)) if len(said) < _LONGEST_LINE else None
    if found is None:
        raise Malformed(f"{text[:60]!r} is no package as conda names it")
    constraint = found["constraint"].strip()
    if _DASH.search(constraint):  # YAML made one text of a list below a line without a colon
        raise Malformed(f"{text[:60]!r} is a list below a line that lacks its colon")
    for match in _KEY.finditer(found["keys"] or ""):
        if match[1].lower() == "version":
            constraint = match[2] or match[3] or match[4] or ""
    return MatchSpec(found["name"].lower(), constraint)


def _without_channel(text: str) -> str:
    """``conda-forge/linux-64::`` and the like; what is in brackets may have colons of its own."""
    spec, bracket, keys = text.partition("[")
    return spec.rpartition(":")[2].lstrip() + bracket + keys


def specifiers(constraint: str) -> tuple[str, ...]:
    """Alternatives as PEP 440 specifiers: ``>=3.10,<3.15`` and ``==3.11.*``; none for any version.

    Raises Malformed for what PEP 440 cannot say, such as a pattern.
    """
    if len(constraint) > _LONGEST:
        raise Malformed("a version of so many parts is not understood")
    alternatives = [",".join(filter(None, each)) for each in _alternatives(constraint)]
    return tuple(alternatives) if all(alternatives) else ()


def _alternatives(text: str) -> list[tuple[str, ...]]:
    """A comma binds more tightly than a bar; parentheses go before both."""
    found: list[tuple[str, ...]] = []
    for part in _split(text, "|"):
        choices = [_factor(each.strip()) for each in _split(part, ",")]
        for chosen in itertools.product(*choices):
            found.append(tuple(itertools.chain(*chosen)))
            if len(found) > _MOST_ALTERNATIVES:
                raise Malformed("a version of so many alternatives is not understood")
    return found


def _factor(text: str) -> list[tuple[str, ...]]:
    if text.startswith("(") and text.endswith(")"):
        return _alternatives(text[1:-1])
    return [(_clause(text),)]


def _split(text: str, mark: str) -> list[str]:
    """At the marks that stand outside of parentheses."""
    parts, depth = [""], 0
    for letter in text:
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == mark and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def _clause(text: str) -> str:
    """``==3.11`` is strictly 3.11.0, of which nobody means the last part: it is ``=3.11``."""
    if text in ("", "*") or text.startswith("* "):
        return ""
    found = _CLAUSE.fullmatch(text)
    if found is None:
        raise Malformed(f"the version {text!r} is not understood")
    operator, version, pre = found["operator"], found["version"], found["pre"] or ""
    if operator == "~=" and "." not in version:
        operator = "="
    if operator in ("", "=", "==") and not pre:
        is_exact = operator == "==" and version.count(".") >= 2 and not found["any"]
        return f"=={version}" if is_exact else f"=={version}.*"
    if operator == "!=" and found["any"]:
        return f"!={version}.*"
    return f"{operator if operator not in ('', '=') else '=='}{version}{pre}"


def beside_conda(spec: str) -> str | None:
    """The file that a dependency names in place of a package, if it is not fetched."""
    place = spec.partition("#")[0].strip()
    if place.lower().endswith(_PACKAGE) or _FILE_URL.match(place):
        return None if _is_elsewhere(place) else place
    return place if place.startswith(("./", "../", "/", "~/")) else None


def beside(line: str) -> str | None:
    """What a line for pip names on the machine where it was written, or None."""
    said = _COMMENT.sub("", line[:_LONGEST_LINE]).strip()
    return next((each for each in _places(said) if not _is_elsewhere(each)), None)


def _is_elsewhere(place: str) -> bool:
    """A variable may have an address in it."""
    return bool(_ELSEWHERE.match(place)) or place.startswith("${")


def _places(line: str) -> Iterator[str]:
    """All that the line names by a path or an address."""
    options = list(_OPTION.finditer(line)) if line.startswith("-") else []
    yield from (found["value"].strip("'\"") for found in options if found["value"])
    if line.startswith("-"):
        return
    requirement = _END.split(line)[0].strip()
    if named := _NAMED.fullmatch(requirement):
        yield named["value"]
    elif _is_path(requirement):
        yield requirement


def _is_path(requirement: str) -> bool:
    bare = _EXTRAS.sub("", requirement)
    looks_so = bare.startswith((".", "~")) or "/" in bare or "\\" in bare
    return looks_so or bool(_ARCHIVE.fullmatch(bare) or _FILE_URL.match(bare))
