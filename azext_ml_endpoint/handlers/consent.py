"""What somebody has to agree to before it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azext_ml_endpoint.errors import Declined, UsageError
from azext_ml_endpoint.handlers import session

if TYPE_CHECKING:
    from azure.cli.core.commands import AzCliCommand


def require(cmd: AzCliCommand, question: str) -> None:
    """Raises UsageError where nobody can be asked, Declined where it is not agreed to."""
    if cmd.cli_ctx.config.getboolean("core", "disable_confirm_prompt", fallback=False):
        return
    if not session.agreed(question):
        raise Declined("Not agreed to: nothing was changed.")


def given(cmd: AzCliCommand, question: str, *, yes: bool) -> bool:
    """Whether it is to be done. Where nobody can be asked, nothing is."""
    if yes:
        return True
    try:
        return session.agreed(question)
    except UsageError:
        session.report(cmd).step("Nothing is removed. --yes removes them.")
        return False
