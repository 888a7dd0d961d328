"""What to do about an error of Azure: the next step, in a few sentences. Pure.

service     of the deployment of managed endpoints
kubernetes  of endpoints on a cluster
quota       of what is used up, by its kind
arm         of Azure Resource Manager

Each has ``CODES``, remedies by code, and ``WORDS``, remedies by words of the message, which tell
apart what one code stands for. Sources: Microsoft's "Troubleshoot online endpoints", and messages
that people have pasted.
"""

from __future__ import annotations

import re

from azext_ml_endpoint.cloud.remedies import arm, kubernetes, quota, service
from azext_ml_endpoint.cloud.remedies.words import said

_KINDS = (quota, service, kubernetes, arm)
_WORDS = [each for kind in _KINDS for each in kind.WORDS]
_NAMES = {code.lower(): code for kind in _KINDS for code in kind.CODES}
_NAMES |= {code.lower(): code for code in service.WRAPPERS}
_BY_CODE = {code.lower(): text for kind in _KINDS for code, text in kind.CODES.items()}
_WRAPPERS = {code.lower(): text for code, text in service.WRAPPERS.items()}
_REASON = re.compile(r"\bReason:\s?([A-Za-z]\w{2,60})")


def remedy(code: str | None, status: int | None = None, told: str = "") -> str | None:
    """None where nothing better is known than what the message says itself.

    status: the HTTP status, for codes that nobody has written about. told: the message.
    """
    found = quota.figures(told) or said(_WORDS, told) or _by_code(code, told)
    found = found or arm.BY_STATUS.get(status or 0)
    if found is None and status != 404:  # what is not there is no fault of the file
        found = _WRAPPERS.get((code or "").lower())
    return found or (arm.INTERNAL if status and status >= 500 else None)


def canonical(code: str) -> str | None:
    """A code that there is a remedy for, as Azure spells it; None for another word."""
    return _NAMES.get(code.lower())


def _by_code(code: str | None, told: str) -> str | None:
    """``DeploymentIdentityError: … Reason:ACRTokenExchangeForbidden``: the reason says more."""
    reasons = (each.lower() for each in _REASON.findall(told))
    inner = next((each for each in reasons if each in _BY_CODE), None)
    return _BY_CODE.get(inner or (code or "").lower())
