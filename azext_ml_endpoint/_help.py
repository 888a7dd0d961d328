"""The help texts."""

from __future__ import annotations

from knack.help_files import helps

_ML = """
type: group
short-summary: Manage Azure Machine Learning resources.
"""

_TEXTS = {
    "ml endpoint": """
type: group
short-summary: Put models behind scoring endpoints, on this machine first, then in Azure.
long-summary: |
    One YAML file describes an endpoint, its deployments and the traffic between them. With
    --local it is served on this machine, without a login.
""",
    "ml endpoint create": """
type: command
short-summary: Create an endpoint and its deployments from a YAML file.
long-summary: |
    Makes what is missing and is safe to repeat. Stops before changing anything if what exists
    differs from the file; `az ml endpoint update` makes it what the file says.
examples:
    - name: Try the endpoint on this machine.
      text: az ml endpoint create --local -f endpoint.yml
    - name: Use another name than the file's.
      text: az ml endpoint create --local -n my-endpoint -f endpoint.yml
""",
    "ml endpoint update": """
type: command
short-summary: Make an endpoint what its YAML file says.
long-summary: |
    Deployments that the file does not have are deleted. A deployment that changed is started
    beside the old one, and takes its place once it is ready; until then the old one serves.
examples:
    - name: Take over an edited file or score.py.
      text: az ml endpoint update --local -n my-endpoint -f endpoint.yml
    - name: Change one value without editing the file.
      text: >
        az ml endpoint update --local -f endpoint.yml
        --set deployments[0].environment_variables.LOG_LEVEL=debug
""",
    "ml endpoint validate": """
type: command
short-summary: Check a YAML file and all that it refers to, offline.
long-summary: Every finding is shown as file:line:column. Exit code 0 means that there is no error.
examples:
    - name: Check a file.
      text: az ml endpoint validate -f endpoint.yml
""",
    "ml endpoint show": """
type: command
short-summary: Show an endpoint and its deployments.
examples:
    - name: Show where a local endpoint listens.
      text: az ml endpoint show --local -n my-endpoint --query scoring_uri -o tsv
""",
    "ml endpoint list": """
type: command
short-summary: List endpoints.
examples:
    - name: List the endpoints of this machine.
      text: az ml endpoint list --local -o table
""",
    "ml endpoint invoke": """
type: command
short-summary: Send a request to an endpoint and print its answer.
long-summary: |
    Without --deployment the request follows the traffic split. It is sent once, whatever happens.
    An answer with an error status ends the command with exit code 1.
examples:
    - name: Send a file.
      text: az ml endpoint invoke --local -n my-endpoint --request-file request.json
    - name: Send text to one deployment.
      text: az ml endpoint invoke --local -n my-endpoint -d green --data '{"data":[[1,2]]}'
""",
    "ml endpoint get-logs": """
type: command
short-summary: Print the log of a deployment.
examples:
    - name: Print the last lines.
      text: az ml endpoint get-logs --local -n my-endpoint -d blue --lines 100
    - name: Follow the log.
      text: az ml endpoint get-logs --local -n my-endpoint -d blue --follow
""",
    "ml endpoint get-credentials": """
type: command
short-summary: Print the keys or the token that open an endpoint in Azure.
long-summary: |
    With auth_mode key: primaryKey and secondaryKey. With aml_token and aad_token: accessToken,
    and when it expires.
examples:
    - name: Print the keys of an endpoint.
      text: az ml endpoint get-credentials -n my-endpoint
    - name: Keep the primary key for a REST client.
      text: az ml endpoint get-credentials -n my-endpoint --query primaryKey -o tsv
""",
    "ml endpoint list-keys": """
type: command
short-summary: Print the keys or the token that open an endpoint in Azure.
examples:
    - name: Print the keys of an endpoint.
      text: az ml endpoint list-keys -n my-endpoint
""",
    "ml endpoint regenerate-keys": """
type: command
short-summary: Make a new key for an endpoint in Azure; the old one opens it no more.
examples:
    - name: Replace the secondary key.
      text: az ml endpoint regenerate-keys -n my-endpoint --key-type secondary
""",
    "ml endpoint wait": """
type: command
short-summary: Wait until an endpoint in Azure is as it should be.
long-summary: |
    Exit code 0 means that it is. What failed meanwhile, and a --timeout that is over, are errors.
examples:
    - name: Wait for what create --no-wait has begun.
      text: az ml endpoint wait -n my-endpoint --created
    - name: Wait until a deployment has two instances.
      text: >
        az ml endpoint wait -n my-endpoint -d blue
        --custom "scale_settings.instance_count==`2`" --interval 10
""",
    "ml endpoint delete": """
type: command
short-summary: Delete an endpoint, or one of its deployments.
examples:
    - name: Delete an endpoint and all that was made for it.
      text: az ml endpoint delete --local -n my-endpoint --yes
    - name: Delete a deployment.
      text: az ml endpoint delete --local -n my-endpoint -d blue --yes
""",
}


def register(*, alone: bool) -> None:
    """alone: no other extension explains the group `ml`."""
    helps.update(_TEXTS)
    if alone:
        helps["ml"] = _ML
