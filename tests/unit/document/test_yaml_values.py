from __future__ import annotations

import pytest
import yaml

from azext_ml_endpoint.document import yaml_values

PACKAGES = """\
# values that the document's own reader takes otherwise
name: e
1: [2, 0x10, 1:30, yes, ~, 2.50]
made: 2026-01-02
dependencies: &d [python=3.11]
again: *d
name: f
price: ${PRICE}
"""


def test_values_and_spelling_are_those_that_the_sdk_computes_digests_of() -> None:
    values = yaml_values.load(PACKAGES)
    assert values == yaml.safe_load(PACKAGES)
    assert yaml_values.dump({"b": values["again"], "a": values["dependencies"]}) == (
        "a: &id001\n- python=3.11\nb: *id001\n"
    )


MERGES = "\n".join(
    ["a0: &a0 {k: v}", *(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}" for n in range(1, 40))]
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("a: [1", "the '[' opened here is never closed (line 1, column 4)"),
        (
            "a: 1\n---\nb: 2",
            "but found another document (line 2, column 1)",
        ),
        ("a: " + "[" * 100_000, "values are nested more than 50 deep (line 1, column 54)"),
        ("- " * 100_000, "values are nested more than 50 deep (line 1, column 103)"),
        ("{a: " * 100_000, "values are nested more than 50 deep (line 1, column 205)"),
        (MERGES, "more than 3,000 values in one file"),
        ("a: 2026-13-01", "a value that YAML does not know: month must be in 1..12"),
        ("a: !!int ''", "a value that YAML does not know: "),
        ("a: !!bool maybe", "a value that YAML does not know: "),
        ("a: !!python/name:os.system", "not YAML: could not determine a constructor"),
    ],
)
def test_what_is_refused_is_said_with_its_place(text: str, message: str) -> None:
    with pytest.raises(yaml_values.Unusable) as raised:
        yaml_values.load(text)
    assert message in str(raised.value)
