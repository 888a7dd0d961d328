"""What is waited for must be said."""

from __future__ import annotations

from argparse import Namespace

import pytest

from azext_ml_endpoint.cli.wait import condition
from azext_ml_endpoint.errors import UsageError


@pytest.mark.parametrize("asked", ["created", "updated", "deleted", "exists", "custom"])
def test_any_condition_can_be_waited_for(asked: str) -> None:
    nothing = dict.fromkeys(("created", "updated", "deleted", "exists", "custom"))
    condition(Namespace(**{**nothing, asked: "true"}))
    with pytest.raises(UsageError, match="--exists or --custom QUERY"):
        condition(Namespace(**nothing))
