"""The keys and tokens of a local endpoint: made once, kept for their owner, given out again."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from azext_ml_endpoint.local.gateway import credentials
from azext_ml_endpoint.local.gateway.credentials import FILE, LIFETIME, REFRESH
from azext_ml_endpoint.local.gateway.limits import refused

NOW = 1_000_000.0


def test_they_are_made_once(tmp_path: Path) -> None:
    first = credentials.kept(tmp_path, NOW)
    assert first.primary != first.secondary
    assert credentials.kept(tmp_path, NOW + 60) == first


def test_only_their_owner_may_read_them(tmp_path: Path) -> None:
    credentials.kept(tmp_path / "houses", NOW)
    file = tmp_path / "houses" / FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_the_gateway_is_told_no_secret(tmp_path: Path) -> None:
    known = credentials.kept(tmp_path, NOW)
    told = str(known.openers("key") + known.openers("aml_token"))
    assert not any(each in told for each in (known.primary, known.bearer("aml_token")))


@pytest.mark.parametrize("mode", ["key", "aml_token", "aad_token"])
def test_what_is_shown_opens(tmp_path: Path, mode: str) -> None:
    known = credentials.kept(tmp_path, NOW)
    shown = known.shown(mode)
    secret = shown["primaryKey"] if mode == "key" else shown["accessToken"]
    assert known.bearer(mode) == secret
    assert not refused(known.openers(mode), f"Bearer {secret}", NOW)


def test_keys_open_nothing_where_tokens_do(tmp_path: Path) -> None:
    known = credentials.kept(tmp_path, NOW)
    assert refused(known.openers("aml_token"), f"Bearer {known.primary}", NOW)
    assert refused(known.openers("key"), f"Bearer {known.bearer('aml_token')}", NOW)


def test_a_token_is_given_out_until_it_is_to_be_refreshed(tmp_path: Path) -> None:
    first = credentials.kept(tmp_path, NOW).shown("aml_token")
    assert (first["expiryTimeUtc"], first["refreshAfterTimeUtc"]) == (NOW + LIFETIME, NOW + REFRESH)
    assert credentials.kept(tmp_path, NOW + REFRESH - 1).shown("aml_token") == first
    known = credentials.kept(tmp_path, NOW + REFRESH)
    second = known.shown("aml_token")["accessToken"]
    assert second != first["accessToken"]
    openers = known.openers("aml_token")
    before, after = NOW + LIFETIME - 1, NOW + LIFETIME
    assert not refused(openers, f"Bearer {first['accessToken']}", before)
    assert refused(openers, f"Bearer {first['accessToken']}", after)
    assert not refused(openers, f"Bearer {second}", after)


def test_tokens_that_have_expired_are_forgotten(tmp_path: Path) -> None:
    credentials.kept(tmp_path, NOW)
    assert len(credentials.kept(tmp_path, NOW + LIFETIME).tokens) == 1


@pytest.mark.parametrize("key_type", ["primary", "secondary"])
def test_a_key_is_regenerated_and_the_other_one_stays(tmp_path: Path, key_type: str) -> None:
    before = credentials.kept(tmp_path, NOW)
    after = before.regenerated(key_type)
    assert (after.primary == before.primary) is (key_type == "secondary")
    assert (after.secondary == before.secondary) is (key_type == "primary")


@pytest.mark.parametrize("content", ["", "[]", '{"primary": 1}', '{"tokens": []}'])
def test_what_cannot_be_read_is_made_anew(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE).write_text(content)
    known = credentials.kept(tmp_path, NOW)
    assert credentials.kept(tmp_path, NOW) == known
