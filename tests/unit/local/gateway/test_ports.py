"""The port of an endpoint: the same for the same name, unless somebody else has it."""

from __future__ import annotations

import errno

import pytest

from azext_ml_endpoint.errors import ConflictError
from azext_ml_endpoint.local.gateway import ports


def anywhere(_: int) -> bool:
    return True


def test_a_name_has_a_port_of_its_own() -> None:
    port = ports.own("docker/houses", (), anywhere)
    assert port == ports.own("docker/houses", (), anywhere)
    assert port != ports.own("process/houses", (), anywhere)
    assert 20000 <= port < 30000


def test_what_others_have_or_listen_at_is_passed_over() -> None:
    first = ports.own("docker/houses", (), anywhere)
    second = ports.own("docker/houses", {first}, anywhere)
    assert second not in (first, ports.own("docker/houses", {first}, lambda port: port != second))


def test_where_no_port_is_free_one_has_to_be_chosen() -> None:
    with pytest.raises(ConflictError, match="No port is free"):
        ports.own("docker/houses", (), lambda _: False)


def test_a_port_is_free_until_somebody_listens_there() -> None:
    with ports.listening(0) as listener:
        port = listener.getsockname()[1]
        assert not ports.free(port)
        with pytest.raises(OSError, match="in use") as raised:
            ports.listening(port)
    assert ports.free(port)
    refused = ports.refused(port, raised.value)
    assert f"port {port} of 127.0.0.1: another program listens there" in refused.message
    assert refused.recommendation == "Choose another with --port."


def test_other_reasons_are_told_as_they_are() -> None:
    error = PermissionError(errno.EACCES, "Permission denied")
    assert "Permission denied" in ports.refused(80, error).message
