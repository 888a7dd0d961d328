"""The help texts of rollouts, the way back, and the history."""

from __future__ import annotations

TEXTS = {
    "ml endpoint rollout": """
type: command
short-summary: Move traffic to a deployment step by step, and back as soon as it does not do well.
long-summary: |
    Makes or updates the deployment beside the others, without traffic, proves it with the tests
    of the file and the probe, then raises its share of the traffic. Every step is watched: the
    probe, and in Azure the metrics of the deployment where the account may read them. When a guard
    breaks, the traffic returns to where it was, and the exit code is 1. How far it is stands on
    the endpoint itself: the same command goes on with a rollout that was interrupted, and
    `az ml endpoint rollback` ends it.
examples:
    - name: Replace blue by green, half an hour at each step.
      text: |
        az ml endpoint rollout -f endpoint.yml --to green --bake 30m --probe request.json
    - name: Watch errors, latency and the answer itself.
      text: |
        az ml endpoint rollout -f endpoint.yml --to green --steps 5,25,100 --max-error-rate 1% \
--max-p95 800ms --probe request.json --expect "length(@) == 2"
    - name: Rehearse it on this machine.
      text: |
        az ml endpoint rollout --local -f endpoint.yml --to green --bake 10s --probe request.json
""",
    "ml endpoint rollback": """
type: command
short-summary: Return the traffic to the last split that was good, in one change.
long-summary: |
    Takes the newest entry of `az ml endpoint history` that is not what the traffic is now, and
    whose deployments are there and ready. A rollout that is under way is ended, and the traffic
    returns to where it was before.
examples:
    - name: Take the last change of traffic back.
      text: az ml endpoint rollback -n my-endpoint
""",
    "ml endpoint history": """
type: command
short-summary: Show who set the traffic of an endpoint, when, and from which file.
long-summary: |
    The newest comes first. The last ten are kept, on the endpoint itself, so that everybody sees
    the same. A split that something else has set is noted when it is found, without a name.
examples:
    - name: Show the history.
      text: az ml endpoint history -n my-endpoint -o table
""",
}
