"""For which machine an image is made. Pure.

A platform is ``linux/amd64`` or ``linux/arm64/v8``: system, architecture, perhaps a variant, as in
Docker's own ``--platform``.
"""

from __future__ import annotations

from azext_ml_endpoint.local.docker.contract import Facts

_SAME = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm"}
"""Other words, as kernels have them, for architectures."""


def fits(image: Facts, wanted: str | None) -> bool:
    """None fits all. A variant counts where the image has one."""
    if wanted is None:
        return True
    system, architecture, *variant = wanted.split("/")
    made_for = image.get("Variant") or (variant[0] if variant else "")
    return (_system(image), _architecture(image), made_for) == (
        system,
        _SAME.get(architecture, architecture),
        variant[0] if variant else made_for,
    )


def of(image: Facts) -> str:
    return f"{_system(image)}/{_architecture(image)}"


def is_emulated(image: Facts, machine: str) -> bool:
    """machine: the daemon's own architecture. What it does not say counts as the machine's."""
    own = _SAME.get(machine, machine)
    return bool(machine and image.get("Architecture")) and _architecture(image) != own


def _system(image: Facts) -> str:
    return str(image.get("Os") or "linux")


def _architecture(image: Facts) -> str:
    found = str(image.get("Architecture") or "")
    return _SAME.get(found, found)
