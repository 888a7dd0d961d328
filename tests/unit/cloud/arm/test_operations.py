"""Following what Azure does for minutes: how often it is asked, and how it ends."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from azext_ml_endpoint.cloud.arm.operations import Operations, duration
from azext_ml_endpoint.cloud.contract import Response
from azext_ml_endpoint.errors import (
    Interrupted,
    MissingResourceError,
    NotLoggedInError,
    ServiceError,
    StartError,
)
from tests.fakes.recording_report import RecordingReport
from tests.fakes.simulated_arm import WORKSPACE, simulated_arm
from tests.simulator.message import Reply, json_reply
from tests.unit.cloud.conversation import RESET, Conversation, ok, page, refused

ENDPOINT = f"{WORKSPACE.id}/onlineEndpoints/house"
RESOURCE = f"{ENDPOINT}/deployments/blue"
OPERATION = "https://management.azure.com/subscriptions/s/mfeOperationsStatus/od:1?api-version=1"
RESULT = "https://management.azure.com/subscriptions/s/mfeOperationResults/od:1?api-version=1"
STARTED = Response(
    status=201,
    headers={"azure-asyncoperation": OPERATION, "x-ms-correlation-request-id": "of-the-put"},
)
DELETED = Response(status=202, headers={"location": RESULT})
UPDATING = ok({"status": "Updating", "percentComplete": 0.0})
SUCCEEDED = ok({"status": "Succeeded", "percentComplete": 100.0})
WHAT = "deployment blue"


class Watch:
    """Time that passes in pauses alone. interrupted: the pause with this number is cut off."""

    def __init__(self, interrupted: int | None = None) -> None:
        self.pauses: list[float] = []
        self._interrupted = interrupted

    def pause(self, seconds: float) -> bool:
        self.pauses.append(seconds)
        return len(self.pauses) == self._interrupted

    def clock(self) -> float:
        return sum(self.pauses)


class Following:
    """One operation that is followed to its end, and all there is to know about it."""

    def __init__(
        self,
        azure: Callable[..., Reply],
        *,
        timeout: float | None = None,
        interrupted: int | None = None,
        live: bool = True,
    ) -> None:
        self.report, self.watch = RecordingReport(), Watch(interrupted)
        self.report.live = live
        self.operations = Operations(
            simulated_arm(azure),
            self.report,
            timeout=timeout,
            pause=self.watch.pause,
            clock=self.watch.clock,
        )

    def follow(self, started: Response = STARTED) -> None:
        self.operations.follow(started, what=WHAT, resource=RESOURCE)

    def fails(self, kind: type[ServiceError] = ServiceError) -> ServiceError:
        with pytest.raises(kind) as caught:
            self.follow()
        return caught.value


# Where and how often


@pytest.mark.parametrize("status", [200, 201, 204])
def test_what_is_done_is_not_followed(status: int) -> None:
    body = {"properties": {"provisioningState": "Succeeded"}} if status < 204 else {}
    following = Following(Conversation())
    following.follow(Response(status=status, body=body))
    assert following.watch.pauses == []


def test_the_first_look_is_at_once() -> None:
    azure = Conversation(SUCCEEDED)
    following = Following(azure)
    following.follow()
    assert azure.requests[0].url == OPERATION and following.watch.pauses == []


def test_looks_become_rarer_up_to_five_seconds() -> None:
    following = Following(Conversation(*[UPDATING] * 20, SUCCEEDED))
    following.follow()
    pauses = following.watch.pauses
    assert pauses[0] == 1 and pauses == sorted(pauses) and pauses[-1] == max(pauses) == 5


def test_retry_after_is_obeyed() -> None:
    asked = ok({"status": "Updating"}, Retry_After="17")
    following = Following(Conversation(asked, UPDATING, SUCCEEDED))
    following.follow()
    assert following.watch.pauses == [17, 5]


def test_a_retry_after_of_nothing_does_not_make_it_ask_without_pause() -> None:
    following = Following(Conversation(ok({"status": "Updating"}, Retry_After="0"), SUCCEEDED))
    following.follow()
    assert following.watch.pauses == [1]


def test_a_location_is_followed_while_it_answers_202() -> None:
    azure = Conversation(Reply(202), Reply(204))
    Following(azure).follow(DELETED)
    assert [each.url for each in azure.requests] == [RESULT, RESULT]


def test_the_status_is_preferred_to_the_location() -> None:
    azure = Conversation(SUCCEEDED)
    both = {"azure-asyncoperation": OPERATION, "location": RESULT}
    Following(azure).follow(Response(status=202, headers=both))
    assert azure.requests[0].url == OPERATION


def test_without_both_the_resource_is_asked() -> None:
    azure = Conversation(
        ok({"properties": {"provisioningState": "Creating"}}),
        ok({"properties": {"provisioningState": "Succeeded"}}),
    )
    Following(azure).follow(
        Response(status=201, body={"properties": {"provisioningState": "Creating"}})
    )
    assert azure.asked == [f"GET {RESOURCE}"] * 2


def test_a_forgotten_operation_is_read_from_its_resource() -> None:
    azure = Conversation(
        refused(404, "NotFound", "gone"), ok({"properties": {"provisioningState": "Succeeded"}})
    )
    Following(azure).follow()
    assert azure.asked[1] == f"GET {RESOURCE}"


def test_a_forgotten_operation_may_have_failed() -> None:
    azure = Conversation(
        refused(404, "NotFound", "gone"), ok({"properties": {"provisioningState": "Failed"}})
    )
    assert "failed in Azure: it gives no reason" in Following(azure).fails().message


def test_what_was_deleted_and_is_gone_is_done() -> None:
    gone = refused(404, "NotFound", "gone")
    Following(Conversation(gone, gone)).follow(DELETED)


def test_what_was_created_and_is_gone_is_an_error() -> None:
    gone = refused(404, "NotFound", "gone")
    Following(Conversation(gone, gone)).fails(MissingResourceError)


def test_an_operation_of_an_earlier_command_is_followed() -> None:
    azure = Conversation(UPDATING, SUCCEEDED)
    Following(azure).operations.attach(OPERATION, what=WHAT, resource=RESOURCE)
    assert azure.is_over


@pytest.mark.parametrize("status", [401, 403, 404])
def test_where_the_noted_address_is_refused_the_resource_is_asked(status: int) -> None:
    updating, done = (
        ok({"properties": {"provisioningState": state}}) for state in ("Updating", "Succeeded")
    )
    azure = Conversation(refused(status, "Refused", "no signature"), updating, done)
    Following(azure).operations.attach(OPERATION, what=WHAT, resource=RESOURCE)
    assert azure.asked[1:] == [f"GET {RESOURCE}"] * 2


@pytest.mark.parametrize("status", [401, 403])
def test_who_may_not_see_the_resource_either_is_told(status: int) -> None:
    refusal = refused(status, "Refused", "not for you")
    with pytest.raises((NotLoggedInError, ServiceError), match="not for you"):
        Following(Conversation(refusal, refusal)).operations.attach(
            OPERATION, what=WHAT, resource=RESOURCE
        )


# What is told meanwhile


def test_the_one_who_waits_sees_the_state_and_the_time() -> None:
    following = Following(Conversation(*[UPDATING] * 3, SUCCEEDED))
    following.follow()
    assert following.report.statuses == [
        (WHAT, "Updating, 0s"),
        (WHAT, "Updating, 1s"),
        (WHAT, "Updating, 2s"),
        (WHAT, None),
    ]


def test_a_line_each_minute_says_it_where_no_status_is_shown() -> None:
    plain = Following(Conversation(*[UPDATING] * 50, SUCCEEDED), live=False)
    plain.follow()
    assert [line[:28] for line in plain.report.steps] == [
        "deployment blue: Updating, 1",
        "deployment blue: Updating, 2",
        "deployment blue: Updating, 3",
    ]


def test_no_lines_are_said_where_the_status_is_shown() -> None:
    following = Following(Conversation(*[UPDATING] * 40, SUCCEEDED))
    following.follow()
    assert following.report.steps == []


def test_the_status_ends_with_a_failure_too() -> None:
    following = Following(Conversation(UPDATING, ok({"status": "Failed"})))
    following.fails()
    assert following.report.statuses[-1] == (WHAT, None)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.9, "0s"), (59, "59s"), (65, "1m 05s"), (3725, "1h 02m")]
)
def test_durations_are_short(seconds: float, text: str) -> None:
    assert duration(seconds) == text


# Looks that fail


@pytest.mark.parametrize("fault", [Reply(503), RESET, page(200, "Sign in"), Reply(429)], ids=str)
def test_an_outage_while_azure_works_is_survived(fault: Reply) -> None:
    azure = Conversation(*[fault] * 6, SUCCEEDED)  # more than the door tries by itself
    following = Following(azure)
    following.follow()
    assert azure.is_over and len(following.report.warnings) == 1


def test_an_outage_is_told_once() -> None:
    following = Following(Conversation(*[page(200, "Sign in")] * 3, SUCCEEDED))
    following.follow()
    [warning] = following.report.warnings
    assert "Sign in" in warning and WHAT in warning


def test_an_outage_without_end_is_an_error_that_says_how_to_go_on() -> None:
    following = Following(lambda _: page(200, "Sign in"))
    error = following.fails()
    assert "Sign in" in error.message and "Azure goes on with it" in error.message
    assert "az ml endpoint show -n house -g rg -w ws" in str(error.recommendation)
    assert 300 <= following.watch.clock() < 320


def test_each_outage_has_its_own_patience() -> None:
    outage = [page(200, "Sign in")] * 40  # 200 s
    azure = Conversation(*outage, UPDATING, *outage, SUCCEEDED)
    following = Following(azure)
    following.follow()
    assert azure.is_over and len(following.report.warnings) == 2


def test_a_refusal_to_look_is_an_error_at_once() -> None:
    following = Following(Conversation(refused(403, "AuthorizationFailed", "no right to read")))
    assert "no right to read" in following.fails().message and following.watch.pauses == []


def test_a_login_that_ends_while_azure_works_is_told() -> None:
    with pytest.raises(NotLoggedInError):
        Following(Conversation(refused(401, "ExpiredAuthenticationToken", "old"))).follow()


# Bad ends


def test_a_failure_says_the_unwrapped_reason_and_what_to_do() -> None:
    inner = '{"error": {"code": "ImageBuildFailure", "message": "pip: no such package"}}'
    error = {
        "code": "BadRequest",
        "message": inner,
        "additionalInfo": [
            {"type": "Correlation", "info": {"value": {"operation": "inner-id", "request": "r"}}}
        ],
    }
    raised = Following(Conversation(UPDATING, ok({"status": "Failed", "error": error}))).fails()
    assert raised.message == (
        "deployment blue failed in Azure: pip: no such package"
        " (ImageBuildFailure, correlation id inner-id)"
    )
    assert (raised.code, raised.correlation_id) == ("ImageBuildFailure", "inner-id")
    assert "build log" in str(raised.recommendation)


def test_a_failure_without_a_reason_says_where_to_look() -> None:
    raised = Following(Conversation(ok({"status": "Failed"}))).fails()
    assert raised.message == (
        "deployment blue failed in Azure: it gives no reason (correlation id of-the-put)"
    )
    assert "--correlation-id of-the-put" in str(raised.recommendation)


@pytest.mark.parametrize("state", ["Canceled", "Cancelled"])
def test_a_canceled_operation_is_told_as_such(state: str) -> None:
    raised = Following(Conversation(ok({"status": state}))).fails()
    assert "deployment blue was canceled in Azure" in raised.message
    assert raised.code == "OperationCanceled" and "in a minute" in str(raised.recommendation)


# Leaving it


def test_ctrl_c_says_what_goes_on_and_how_to_follow_it() -> None:
    following = Following(Conversation(UPDATING, UPDATING), interrupted=2)
    with pytest.raises(
        Interrupted, match=r"deployment blue: interrupted\. Azure goes on"
    ) as caught:
        following.follow()
    assert "az ml endpoint show -n house -g rg -w ws" in str(caught.value.recommendation)
    assert "same command again" in str(caught.value.recommendation)


def test_cancelling_wakes_who_waits() -> None:
    operations: list[Operations] = []

    def interrupt(_: object) -> Reply:
        operations[0].cancel()
        return json_reply(200, {"status": "Updating"}, {"Retry-After": "200"})

    operations.append(Operations(simulated_arm(interrupt), RecordingReport()))
    with pytest.raises(Interrupted, match="Azure goes on"):
        operations[0].follow(STARTED, what=WHAT, resource=RESOURCE)


def test_a_pause_that_nobody_cut_off_is_the_last_one_all_the_same() -> None:
    following = Following(Conversation(UPDATING))
    following.operations.cancel()
    with pytest.raises(Interrupted):
        following.follow()


def test_a_look_that_is_cut_off_says_the_same() -> None:
    arm = simulated_arm(Conversation())
    arm.cancel()
    with pytest.raises(Interrupted, match=r"deployment blue: interrupted\. Azure goes on"):
        Operations(arm, RecordingReport()).follow(STARTED, what=WHAT, resource=RESOURCE)


def test_nobody_waits_longer_than_the_timeout() -> None:
    following = Following(lambda _: UPDATING, timeout=60)
    with pytest.raises(StartError, match=r"not ready after 60 s\. Azure goes on") as caught:
        following.follow()
    assert "same command again" in str(caught.value.recommendation)
    assert following.watch.clock() == 60


@pytest.mark.parametrize("header", ["azure-asyncoperation", "location"])
@pytest.mark.parametrize("url", ["https://evil.example/o", "http://management.azure.com/o"])
def test_an_operation_is_not_asked_after_at_another_host(header: str, url: str) -> None:
    azure = Conversation()
    operations = Operations(simulated_arm(azure), RecordingReport())
    with pytest.raises(ServiceError, match="nothing was sent there"):
        operations.follow(
            Response(status=202, headers={header: url}),
            what="endpoint e",
            resource="/subscriptions/s",
        )
    assert azure.requests == []
