"""What nobody here has seen the service do: in one place, so that tests can run with either."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(kw_only=True)
class Assumptions:
    """Each default is what is believed; a test sets the other value.

    What has been seen is no assumption: it stands where the simulator answers, with its source.
    """

    unsigned_monitor: int = 200
    """The status of ``AzureAsyncOperationUri`` without its signature: 200, 401 or 404.

    The property came before the signatures (recorded 2022), and whoever asks has a token. Nobody
    was seen to follow it since.
    """
    lagging: int = 400
    """The status of ``Cannot create a deployment in endpoint …`` (azure-sdk-for-net#36961), whose
    text alone was pasted. Other checks of the same kind are 400."""
    doubled_braces: bool = False
    """The reason's JSON is ``{{"errors":{{"":[…]}},…}}``: seen in 2023 and 2024
    (azure-cli-extensions#7107, #7660, carnegie-mop), single braces in 2026."""
    variables_without_code: bool = False
    """AZUREML_MODEL_DIR is shown for deployments that have a model and no code. Those that were
    recorded with the service's variables had code."""
    renews_variables: bool = False
    """What the service had added itself is not taken for the user's own where a client sends it
    back, as the official SDK does: it is made anew, for another model too."""
    template_wins: bool = False
    """A deployment template makes the service drop the variables, request settings and probes
    that a deployment says itself. A user claims so of variables; otherwise they are shown."""
    keeps_queue_wait: bool = True
    """A maxQueueWait that was sent comes back as sent. Managed endpoints have no use for it."""
    endpoint_description: bool = True
    """A new description of an endpoint is taken over. Terraform's provider says it cannot be."""
    auth_mode_in_place: bool = True
    """The authentication mode of an endpoint can change. Terraform's provider lets it."""
    identity_in_place: bool = False
    """The identity of an endpoint can change. Terraform's provider makes a new endpoint."""
    partial_traffic: bool = True
    """Traffic may sum to less than 100. The documents want 0 or 100; the official clients do not
    care."""
    changed_environment: int = 409
    """The status of a PUT that would change an environment's version."""
