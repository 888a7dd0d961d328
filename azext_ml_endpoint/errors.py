"""What can go wrong, as types, and the one way from them to az's own errors.

    EndpointError                  where, what and the next step
    ├── DocumentError              the file is wrong: carries every finding
    ├── UsageError                 the options contradict each other
    ├── NotFoundError              no such endpoint or deployment (exit code 3)
    ├── ConflictError              it exists and differs, or another command is at work on it
    ├── ServiceError               Azure refused or failed: carries code, status, correlation id
    │   ├── MissingResourceError   … because there is no such thing (exit code 3)
    │   └── UnreachableError       … because nothing answered at all
    ├── StorageError               storage refused, or cannot be reached
    ├── NotLoggedInError           there is no credential for Azure
    ├── UnsupportedError           the document asks for what this target cannot do
    ├── RuntimeUnavailableError    no Docker daemon answers; no interpreter or installer is found
    ├── EnvironmentBuildError      image or packages could not be made
    ├── StartError                 the scoring server did not become ready
    ├── ScoringError               the scoring server refused or failed a request
    │   └── BrokenAnswerError      … when its answer had begun
    ├── GuardError                 a new deployment did not do well; the traffic is where it was
    ├── FileAccessError            a file could not be read or written
    └── Interrupted                Ctrl-C; says what was left as it was
        ├── Declined               … because somebody was asked, and said no
        └── Superseded             … because nobody wants it any more

Every door to the outside (:mod:`.local.docker.engine`, :mod:`.cloud.arm`, :mod:`.scoring`, …)
turns foreign exceptions into these; no other place does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NoReturn

from azext_ml_endpoint.harmless import harmless

if TYPE_CHECKING:
    from azext_ml_endpoint.document.finding import Finding


class EndpointError(Exception):
    """``message`` says where and what, ``recommendation`` what to do next.

    ``detail`` is text of the foreign system (a traceback, a build log's end) that is shown below
    the message as it is, without being wrapped or reworded.
    """

    def __init__(
        self,
        message: str,
        recommendation: str | None = None,
        *,
        detail: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.recommendation = recommendation
        self.detail = detail


class DocumentError(EndpointError):
    """Carries all findings of a document, errors and warnings, in the order of their places."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        errors = [finding for finding in findings if finding.severity == "error"]
        things = "1 error" if len(errors) == 1 else f"{len(errors)} errors"
        places = sorted({finding.place.file for finding in errors})
        super().__init__(
            f"{things} in {', '.join(places)}",
            detail="\n".join(str(finding) for finding in errors),
        )
        self.findings = tuple(findings)


class UsageError(EndpointError):
    def __str__(self) -> str:
        """az shows nothing else of what the check of an option raises."""
        return "\n".join(filter(None, (self.message, self.recommendation)))


class NotFoundError(EndpointError):
    pass


def no_deployment(where: str, name: str, names: Iterable[str]) -> NotFoundError:
    """where: what should have it, such as ``Endpoint houses``. names: of those that it has."""
    known = ", ".join(sorted(names)) or "none"
    return NotFoundError(f"{where} has no deployment {name}.", f"It has {known}.")


class ConflictError(EndpointError):
    pass


class ServiceError(EndpointError):
    """``code`` is Azure's own word for it, such as ``OutOfQuota``; ``status`` is the HTTP status.

    ``status`` is None for an operation that was accepted and failed later.
    """

    def __init__(
        self,
        message: str,
        recommendation: str | None = None,
        *,
        detail: str | None = None,
        code: str | None = None,
        status: int | None = None,
        correlation_id: str | None = None,
    ) -> None:
        super().__init__(message, recommendation, detail=detail)
        self.code = code
        self.status = status
        self.correlation_id = correlation_id


class MissingResourceError(ServiceError):
    pass


class UnreachableError(ServiceError):
    """There was no answer at all."""


class StorageError(EndpointError):
    pass


class NotLoggedInError(EndpointError):
    pass


class UnsupportedError(EndpointError):
    pass


class RuntimeUnavailableError(EndpointError):
    pass


class EnvironmentBuildError(EndpointError):
    pass


class StartError(EndpointError):
    pass


class ScoringError(EndpointError):
    pass


class BrokenAnswerError(ScoringError):
    """An answer had begun, and did not come to its end."""


class GuardError(EndpointError):
    pass


class FileAccessError(EndpointError):
    pass


class Interrupted(EndpointError):
    pass


class Declined(Interrupted):
    """Somebody was asked whether it is to be done, and said no."""


class Superseded(Interrupted):
    """Nobody wants any more what was being made."""


def raise_for_az(error: Exception) -> NoReturn:
    """Raises az's own error for one of ours, after its detail has been shown on stderr.

    The exit code follows from az's type: 3 for what is not found, 1 otherwise. What is none of
    ours goes on as it is: az reports it as a defect. Text of others is made harmless.
    """
    if not isinstance(error, EndpointError):
        raise error
    if error.detail:
        import sys

        from azext_ml_endpoint import streams

        streams.write(sys.stderr, f"{harmless(error.detail)}\n")
    advice = error.recommendation and harmless(error.recommendation)
    raise _az_type(error)(harmless(error.message), advice) from error


def _az_type(error: EndpointError) -> type[Exception]:
    from azure.cli.core import azclierror as az

    types: dict[type[EndpointError], type[Exception]] = {
        DocumentError: az.ValidationError,
        UsageError: az.ArgumentUsageError,
        NotFoundError: az.ResourceNotFoundError,
        MissingResourceError: az.ResourceNotFoundError,
        ServiceError: az.AzureResponseError,
        UnreachableError: az.AzureConnectionError,
        StorageError: az.AzureConnectionError,
        NotLoggedInError: az.UnauthorizedError,
        FileAccessError: az.FileOperationError,
        Interrupted: az.ManualInterrupt,
        Declined: az.ManualInterrupt,
        Superseded: az.ManualInterrupt,
        ScoringError: az.AzureResponseError,
        BrokenAnswerError: az.AzureResponseError,
    }
    fallback: type[Exception] = az.UnclassifiedUserFault
    return types.get(type(error), fallback)
