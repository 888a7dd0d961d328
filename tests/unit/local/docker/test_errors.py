"""What Docker says when it does not start a container, and what is made of it."""

from __future__ import annotations

import pytest

from azext_ml_endpoint.local.docker.errors import refused


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (
            'invalid mount config for type "bind": bind source path does not exist: /my code/score',
            "Docker does not see /my code/score.",
        ),
        ("Mounts denied: The path /srv is not shared from the host", "may not share a folder"),
        (
            "driver failed programming external connectivity on endpoint x: Error starting "
            "userland proxy: listen tcp4 127.0.0.1:32771: bind: address already in use",
            "another program took the port",
        ),
        ("write /var/lib/docker/tmp/x: no space left on device", "the disk of Docker is full"),
        (
            "failed to create shim task: OCI runtime create failed: runc create failed: unable to "
            'start container process: exec: "sh": executable file not found in $PATH: unknown',
            "its image has no sh.",
        ),
        ("No command specified", "does not say what to start"),
    ],
)
def test_a_known_reason_is_explained_with_the_next_step(reason: str, said: str) -> None:
    error = refused("blue", reason)
    assert error.message.startswith("Deployment blue: ")
    assert said in error.message
    assert error.recommendation
    assert error.detail == reason


def test_an_unknown_reason_is_told_as_it_is() -> None:
    assert "something new" in refused("blue", "something new").message
