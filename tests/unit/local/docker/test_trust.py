"""Certificates that builds trust, because this machine does."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from azext_ml_endpoint.local.docker import trust


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "ca.pem").write_text("-----BEGIN CERTIFICATE-----\n")
    return tmp_path / "ca.pem"


@pytest.mark.parametrize(
    "name", ["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE", "PIP_CERT"]
)
def test_the_usual_variables_name_them(file: Path, name: str) -> None:
    assert trust.bundle({name: str(file)}) == file.read_text()


def test_the_one_that_az_heeds_goes_first(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    other.write_text("other")
    said = {"SSL_CERT_FILE": str(other), "REQUESTS_CA_BUNDLE": str(file)}
    assert trust.bundle(said) == file.read_text()


@pytest.mark.parametrize("value", ["", "/no/such/file", "/", "/dev/zero", "a\0b"])
def test_a_file_that_cannot_be_read_is_nobodys(value: str) -> None:
    assert trust.bundle({"REQUESTS_CA_BUNDLE": value}) is None
    assert trust.bundle({}) is None


@pytest.mark.parametrize("content", [b"", b"\x30\x82\xff\x00" * 100, b"{}", b"x" * (11 << 20)])
def test_a_file_of_something_else_would_only_break_builds(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "odd").write_bytes(content)
    assert trust.bundle({"REQUESTS_CA_BUNDLE": str(tmp_path / "odd")}) is None


def test_nobody_waits_for_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert trust.bundle({"REQUESTS_CA_BUNDLE": str(tmp_path / "pipe")}) is None


def test_the_command_alone_has_them_in_its_environment() -> None:
    first, second = trust.instruction("conda env create").splitlines()
    assert first == "COPY ml-endpoint-ca.pem /tmp/ml-endpoint-ca.pem"
    assert second.startswith("RUN REQUESTS_CA_BUNDLE=/tmp/ml-endpoint-ca.pem ")
    assert "CONDA_SSL_VERIFY=/tmp/ml-endpoint-ca.pem" in second
    assert second.endswith(" conda env create")
