from __future__ import annotations

import pytest

from azext_ml_endpoint.document import quantities


@pytest.mark.parametrize(("text", "cores"), [("0.5", 0.5), ("500m", 0.5), ("2", 2)])
def test_cores_are_read_in_both_spellings(text: str, cores: float) -> None:
    assert quantities.cores(text) == cores


@pytest.mark.parametrize(("text", "size"), [("0.5Gi", 0.5), ("512Mi", 0.5), ("1073741824", 1)])
def test_memory_is_read_in_every_unit(text: str, size: float) -> None:
    assert quantities.gigabytes(text) == size


def test_what_is_no_quantity_is_refused() -> None:
    with pytest.raises(ValueError, match="a lot is no quantity"):
        quantities.cores("a lot")
