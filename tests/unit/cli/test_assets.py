"""Models and environments: what is created, and what a list shows."""

from __future__ import annotations

from argparse import Namespace

import pytest

from azext_ml_endpoint.cli.assets import asset_rows, described
from azext_ml_endpoint.errors import UsageError


def test_an_asset_has_a_file_or_a_name() -> None:
    described(Namespace(file="model.yml", asset_name=None))
    described(Namespace(file=None, asset_name="prices"))
    with pytest.raises(UsageError, match="--file, or --name"):
        described(Namespace(file=None, asset_name=None))


def test_assets_are_listed_by_their_latest_version_or_their_own() -> None:
    kinds = {"name": "prices", "latest_version": "3", "description": "Prices of houses"}
    assert asset_rows([kinds, {"name": "prices", "version": "1"}, {"name": "new"}]) == [
        {"Name": "prices", "Version": "3", "Description": "Prices of houses"},
        {"Name": "prices", "Version": "1", "Description": ""},
        {"Name": "new", "Version": "", "Description": ""},
    ]
