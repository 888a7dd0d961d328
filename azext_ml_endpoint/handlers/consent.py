"""What somebody has to agree to before it is done."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

from azext_ml_endpoint.errors import Interrupted, UsageError

if TYPE_CHECKING:
    from azure.cli.core.commands import AzCliCommand


def require(cmd: AzCliCommand, question: str) -> None:
    """Asks on stderr: stdout is for the result.

    Raises UsageError where nobody can be asked, Interrupted where it is not agreed to.
    """
    from knack.prompting import NoTTYException, prompt_y_n

    if cmd.cli_ctx.config.getboolean("core", "disable_confirm_prompt", fallback=False):
        return
    try:
        with contextlib.redirect_stdout(sys.stderr):
            agreed = bool(prompt_y_n(question))
    except NoTTYException as error:
        raise UsageError(
            f"{question} Nobody can be asked here, and nothing was changed.",
            "Agree to it with --yes, or change the file.",
        ) from error
    if not agreed:
        raise Interrupted("Not agreed to: nothing was changed.")
