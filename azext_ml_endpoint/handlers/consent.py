"""What somebody has to agree to before it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azext_ml_endpoint.errors import Interrupted
from azext_ml_endpoint.handlers import session

if TYPE_CHECKING:
    from azure.cli.core.commands import AzCliCommand


def require(cmd: AzCliCommand, question: str) -> None:
    """Raises UsageError where nobody can be asked, Interrupted where it is not agreed to."""
    if cmd.cli_ctx.config.getboolean("core", "disable_confirm_prompt", fallback=False):
        return
    if not session.agreed(question):
        raise Interrupted("Not agreed to: nothing was changed.")
