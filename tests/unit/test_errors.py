"""Every error of ours becomes one of az's, with its exit code, its detail and its next step."""

from __future__ import annotations

import inspect
from typing import Any, Literal

import pytest
from azure.cli.core import azclierror
from azure.cli.core.util import handle_exception

from azext_ml_endpoint import errors
from azext_ml_endpoint.document.finding import Finding, Place
from azext_ml_endpoint.errors import DocumentError, EndpointError, NotFoundError, raise_for_az

AZ_TYPES: dict[type[EndpointError], Any] = {
    errors.UsageError: azclierror.ArgumentUsageError,
    errors.NotFoundError: azclierror.ResourceNotFoundError,
    errors.MissingResourceError: azclierror.ResourceNotFoundError,
    errors.UnreachableError: azclierror.AzureConnectionError,
    errors.ServiceError: azclierror.AzureResponseError,
    errors.StorageError: azclierror.AzureConnectionError,
    errors.NotLoggedInError: azclierror.UnauthorizedError,
    errors.ConflictError: azclierror.UnclassifiedUserFault,
    errors.UnsupportedError: azclierror.UnclassifiedUserFault,
    errors.RuntimeUnavailableError: azclierror.UnclassifiedUserFault,
    errors.EnvironmentBuildError: azclierror.UnclassifiedUserFault,
    errors.StartError: azclierror.UnclassifiedUserFault,
    errors.ScoringError: azclierror.AzureResponseError,
    errors.BrokenAnswerError: azclierror.AzureResponseError,
    errors.GuardError: azclierror.UnclassifiedUserFault,
    errors.FileAccessError: azclierror.FileOperationError,
    errors.Interrupted: azclierror.ManualInterrupt,
    errors.Declined: azclierror.ManualInterrupt,
    errors.Superseded: azclierror.ManualInterrupt,
}
OURS = [
    each
    for _, each in inspect.getmembers(errors, inspect.isclass)
    if issubclass(each, EndpointError) and each not in (EndpointError, DocumentError)
]


def exit_code(error: Exception) -> int:
    """What the process ends with, once az has shown the error."""
    with pytest.raises(Exception) as raised:  # noqa: PT011
        raise_for_az(error)
    return int(handle_exception(raised.value))


def finding(
    message: str,
    line: int,
    file: str = "endpoint.yml",
    severity: Literal["error", "warning"] = "error",
    **more: str,
) -> Finding:
    return Finding(severity=severity, message=message, place=Place(file, line, 3), **more)


@pytest.mark.parametrize("ours", OURS, ids=lambda each: each.__name__)
def test_each_type_has_its_type_in_az(ours: type[EndpointError]) -> None:
    with pytest.raises(AZ_TYPES[ours]) as raised:
        raise_for_az(ours("It is wrong.", "Correct it."))
    assert raised.value.error_msg == "It is wrong."
    assert raised.value.recommendations == ["Correct it."]


@pytest.mark.parametrize("ours", OURS, ids=lambda each: each.__name__)
def test_what_is_not_found_exits_3_and_every_other_failure_1(ours: type[EndpointError]) -> None:
    missing = (NotFoundError, errors.MissingResourceError)
    assert exit_code(ours("It is wrong.")) == (3 if ours in missing else 1)


def test_detail_and_next_step_stand_on_stderr_and_the_message_is_azs_to_show(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    exit_code(errors.StartError("It crashed.", "Look into the log.", detail="Traceback\n  line"))
    assert capsys.readouterr() == ("", "Traceback\n  line\nLook into the log.\n")
    assert "It crashed." in caplog.messages


def test_what_is_none_of_ours_goes_on_as_it_is() -> None:
    with pytest.raises(ZeroDivisionError):
        raise_for_az(ZeroDivisionError())


def test_a_wrong_document_shows_all_its_errors_with_their_places() -> None:
    error = DocumentError(
        [
            finding("unknown key 'modle'", 4, hint="Did you mean 'model'?", path="deployments[0]"),
            finding("tabs", 6),
            finding("no inference server in it", 1, "conda.yml", severity="warning"),
        ]
    )
    assert error.message == "2 errors in endpoint.yml"
    assert str(error.detail).splitlines() == [
        "endpoint.yml:4:3: unknown key 'modle'. Did you mean 'model'? (deployments[0])",
        "endpoint.yml:6:3: tabs",
    ]
    assert len(error.findings) == 3
    assert exit_code(error) == 1


def test_one_error_is_counted_in_the_singular_and_every_file_named() -> None:
    assert DocumentError([finding("tabs", 1)]).message == "1 error in endpoint.yml"
    both = DocumentError([finding("tabs", 1), finding("tabs", 1, "blue.yml")])
    assert both.message == "2 errors in blue.yml, endpoint.yml"
