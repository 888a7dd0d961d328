"""A plan for people and for programs: a text, with colours where they are wanted, and data."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

from azext_ml_endpoint.harmless import harmless
from azext_ml_endpoint.plan.changes import Change
from azext_ml_endpoint.plan.planned import Planned
from azext_ml_endpoint.plan.steps import SetTraffic, Step

_SIGNS = {"register": "+", "create": "+", "delete": "-"}
_COUNTED = ("create", "update", "scale", "delete")
_GREEN, _YELLOW, _RED, _DIM, _BOLD = "32", "33", "31", "2", "1"
_COLOURS = {"+": _GREEN, "-": _RED, "~": _YELLOW}
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


def text(planned: Planned, *, colour: bool) -> str:
    """Lines: every step with its reason and its changes, then what is reused and a sum.

    Harmless but for the colours, which are its own.
    """
    paint = _painter(colour)
    in_effect = [paint(line, _DIM) for line in _effective_lines(planned)]
    if not planned.changes_anything:
        return "\n".join([harmless(f"{planned.name}: nothing to do"), *in_effect])
    lines = [paint(f"Plan for endpoint {planned.name}", _BOLD)]
    for step in planned.plan:
        lines += _step_lines(step, planned, paint)
    for each in planned.obstacles:
        lines.append(paint(f"  ! {each.what}", _RED))
        lines += map(_change_line, planned.changes.get(each.deployment or "", ()))
        lines.append(harmless(f"      {each.way}"))
    if planned.reused:
        lines.append(paint(f"  = reused: {', '.join(planned.reused)}", _DIM))
    return "\n".join([*lines, *in_effect, f"  {_sum(planned)}"])


def data(planned: Planned) -> dict[str, Any]:
    """The same as JSON-able data. Values of secrets are not in it."""
    return {
        "endpoint": planned.name,
        "has_changes": planned.changes_anything,
        "steps": [_step_data(step, planned) for step in planned.plan],
        "obstacles": [asdict(each) for each in planned.obstacles],
        "reused": list(planned.reused),
        "upload_bytes": sum(planned.uploads.values()),
        "effective": {
            name: [asdict(each) for each in values] for name, values in planned.effective.items()
        },
        "summary": _counts(planned),
    }


def size(count: float) -> str:
    """``1.2 KiB``"""
    for unit in _UNITS:
        if count < 1024 or unit == _UNITS[-1]:
            break
        count /= 1024
    return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"


def _effective_lines(planned: Planned) -> Iterator[str]:
    """Of deployments that a template completes: what else would nobody see."""
    for name, values in planned.effective.items():
        yield f"  = in effect in {name}:"
        yield from (f"      {each.path}: {_value(each.value)} ({each.origin})" for each in values)


def _step_lines(step: Step, planned: Planned, paint: Callable[[str, str], str]) -> Iterator[str]:
    sign = _SIGNS.get(step.verb, "~")
    upload = planned.uploads.get(step.key, 0)
    sent = f" (uploads up to {size(upload)})" if upload else ""
    title = paint(f"  {sign} {step.title}", _COLOURS[sign])
    yield f"{title}: {harmless(step.reason)}{sent}"
    yield from map(_change_line, planned.changes.get(step.key, ()))


def _change_line(change: Change) -> str:
    return harmless(f"      {_changed(change)}")


def _changed(change: Change) -> str:
    path = change.path.partition("].")[2] or change.path
    if change.dropped:
        return f"{path}: {_value(change.old)} → not said (service's default)"
    if change.old is None:
        return f"{path}: {_value(change.new)}"
    return f"{path}: {_value(change.old)} → {_value(change.new)}"


def _value(value: Any) -> str:
    """On one line, whatever is in it."""
    if value is None:
        return "(none)"
    return value if isinstance(value, str) and value.isprintable() else json.dumps(value)


def _step_data(step: Step, planned: Planned) -> dict[str, Any]:
    return {
        "key": step.key,
        "action": step.verb,
        "kind": step.subject,
        "title": step.title,
        "reason": step.reason,
        "after": list(step.after),
        "changes": [asdict(each) for each in planned.changes.get(step.key, ())],
        "upload_bytes": planned.uploads.get(step.key, 0),
    }


def _counts(planned: Planned) -> dict[str, int]:
    actions = [step.verb for step in planned.plan]
    return {each: actions.count(each) for each in _COUNTED}


def _sum(planned: Planned) -> str:
    parts = [f"{count} to {action}" for action, count in _counts(planned).items() if count]
    if any(isinstance(step, SetTraffic) for step in planned.plan):
        parts.append("traffic to set")
    if uploaded := sum(planned.uploads.values()):
        parts.append(f"up to {size(uploaded)} to upload")
    if planned.obstacles:
        parts.append(f"{len(planned.obstacles)} in the way")
    return f"{', '.join(parts) or 'assets to register'}."


def _painter(colour: bool) -> Callable[[str, str], str]:
    def paint(words: str, code: str) -> str:
        return f"\x1b[{code}m{harmless(words)}\x1b[0m" if colour else harmless(words)

    return paint
