"""A value on its way from the official format to this one, and what is told on the way."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from azext_ml_endpoint.document import official_values
from azext_ml_endpoint.document.finding import Finding
from azext_ml_endpoint.document.node import Node, Scalar
from azext_ml_endpoint.document.spot import DocumentPath, Spot, shown


@dataclass
class Tree:
    """``children`` are those of a mapping, to be changed; any other value has none."""

    node: Node
    path: DocumentPath = ()
    findings: list[Finding] = field(default_factory=list)
    children: dict[str, Node] = field(init=False)

    def __post_init__(self) -> None:
        value = self.node.value
        self.children = dict(value) if isinstance(value, dict) else {}

    @property
    def is_mapping(self) -> bool:
        return isinstance(self.node.value, dict)

    def done(self) -> Node:
        return replace(self.node, value=self.children) if self.is_mapping else self.node

    def has(self, key: str) -> bool:
        """Whether the key is there with a value."""
        below = self.children.get(key)
        return below is not None and below.value is not None

    def new(self, value: Scalar | dict[str, Node]) -> Node:
        """At the place of the old one."""
        return replace(self.node, value=value, keys={})

    def leave_out(self, unsaid: Mapping[str, str]) -> None:
        """unsaid: keys, and what follows from their absence."""
        for key, consequence in unsaid.items():
            if self.has(key):
                message = f"{key} is left out: this format cannot say it"
                self.tell("warning", key, message, consequence)
            self.children.pop(key, None)

    def change(
        self, key: str, convert: Callable[[Tree], Node | None], name: str | None = None
    ) -> None:
        """convert: gives None for what need not be said. It is not asked about an empty value."""
        if key in self.children and name in self.children:
            self.wrong(key, f"{key} is the same thing as {name}; keep one of them")
        below = self.children.pop(key, None)
        if below is not None and below.value is not None:
            tree = Tree(below, (*self.path, key))
            below = convert(tree)
            self.findings += tree.findings
        if below is not None:
            self.children[name or key] = below

    def word(self, key: str, words: Iterable[str]) -> str | None:
        """Takes the value of an enumeration. None where there is none, or a wrong one."""
        below = self.children.pop(key, None)
        if below is None or below.value is None:
            return None
        word = official_values.one_of(below, words)
        if word is None:
            self.wrong(key, no_word(key, below, words))
        return word

    def tell(
        self, severity: Literal["error", "warning"], key: str, message: str, hint: str = ""
    ) -> None:
        """At the key, where it is written; hint: a sentence that begins small."""
        place = self.node.keys.get(key, self.node.place)
        sentence = f"{hint[0].upper()}{hint[1:]}." if hint else None
        spot = Spot(self.node, (*self.path, key))
        self.findings.append(spot.finding(message, sentence, place=place, severity=severity))

    def wrong(self, key: str, message: str, hint: str = "") -> None:
        self.tell("error", key, message, hint)


def no_word(key: str, node: Node, words: Iterable[str]) -> str:
    known = list(words)
    similar = difflib.get_close_matches(str(node.value).lower(), known, n=1)
    meant = f"; did you mean '{similar[0]}'?" if similar else ""
    return f"{key} must be {' or '.join(map(repr, known))}, not {shown(node)}{meant}"
