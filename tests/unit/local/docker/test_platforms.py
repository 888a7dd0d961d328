"""For which machine an image is."""

from __future__ import annotations

import pytest

from azext_ml_endpoint.local.docker import platforms

AMD = {"Os": "linux", "Architecture": "amd64"}
ARM = {"Os": "linux", "Architecture": "arm64", "Variant": "v8"}


@pytest.mark.parametrize(
    ("image", "wanted", "fits"),
    [
        (AMD, None, True),
        (AMD, "linux/amd64", True),
        (AMD, "linux/x86_64", True),
        (AMD, "linux/arm64", False),
        (AMD, "windows/amd64", False),
        (ARM, "linux/arm64", True),
        (ARM, "linux/aarch64", True),
        (ARM, "linux/arm64/v8", True),
        (ARM, "linux/arm64/v9", False),
        ({"Architecture": "arm64"}, "linux/arm64/v8", True),
    ],
)
def test_an_image_fits_a_platform(image: dict[str, str], wanted: str | None, fits: bool) -> None:
    assert platforms.fits(image, wanted) is fits


@pytest.mark.parametrize(
    ("image", "machine", "emulated"),
    [
        (AMD, "amd64", False),
        (AMD, "x86_64", False),
        (AMD, "arm64", True),
        (ARM, "aarch64", False),
        ({}, "amd64", False),
        (AMD, "", False),
    ],
)
def test_another_architecture_is_emulated(
    image: dict[str, str], machine: str, emulated: bool
) -> None:
    assert platforms.is_emulated(image, machine) is emulated


def test_it_is_called_as_docker_calls_it() -> None:
    assert platforms.of(ARM) == "linux/arm64"
