from __future__ import annotations

import pytest

from azext_ml_endpoint.document import quantities


@pytest.mark.parametrize(
    ("text", "cores"),
    [
        ("0.5", 0.5),
        ("500m", 0.5),
        ("2", 2),
        ("2k", 2000),
        ("5e-1", 0.5),
        (".5", 0.5),
        ("2.", 2),
        ("+2", 2),
        ("500000u", 0.5),
        ("500000000n", 0.5),
    ],
)
def test_cores_are_read_in_both_spellings(text: str, cores: float) -> None:
    assert quantities.cores(text) == cores


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0.5Gi", 0.5),
        ("512Mi", 0.5),
        ("1073741824", 1),
        ("107374182400m", 0.1),
        ("1048576Ki", 1),
        ("1Ti", 1024),
        ("1Pi", 1 << 20),
        ("2k", 2000 / (1 << 30)),
        ("1G", 1e9 / (1 << 30)),
        ("1e9", 1e9 / (1 << 30)),
    ],
)
def test_memory_is_read_in_every_unit(text: str, size: float) -> None:
    assert quantities.gigabytes(text) == pytest.approx(size)


@pytest.mark.parametrize(
    "text", ["a lot", "1GB", "1ki", "1e", "", "-1", "1 Gi", "1e999", "9" * 400]
)
def test_what_is_no_quantity_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no quantity"):
        quantities.cores(text)
