"""The help texts."""

from __future__ import annotations

from knack.help_files import helps

from azext_ml_endpoint import _help_plan, _help_rollout

_TEXTS = {
    "ml endpoint": """
type: group
short-summary: Put models behind scoring endpoints, on this machine first, then in Azure.
long-summary: |
    One YAML file describes an endpoint, its deployments and the traffic between them; or
    several do, as the extension ml has them. With --local it is served on this machine, without
    a login; without, in an Azure Machine Learning workspace.
""",
    "ml endpoint create": """
type: command
short-summary: Create an endpoint and its deployments from a YAML file.
long-summary: |
    Makes what is missing and is safe to repeat. Stops before changing anything if what exists
    differs from the file; `az ml endpoint update` makes it what the file says. In Azure, files
    are uploaded and registered first; what is there already is not sent again.
examples:
    - name: Try the endpoint on this machine.
      text: az ml endpoint create --local -f endpoint.yml
    - name: Create it from the files of the extension ml.
      text: >-
        az ml endpoint create -f endpoint.yml -f blue.yml -f green.yml
        --traffic "blue:90,green:10"
    - name: Create it in Azure, with another name than the file's.
      text: az ml endpoint create -n my-endpoint -f endpoint.yml -g my-group -w my-workspace
    - name: Let Azure go on alone, and wait for it later.
      text: |
        az ml endpoint create -n my-endpoint -f endpoint.yml --no-wait
        az ml endpoint wait -n my-endpoint --created
""",
    "ml endpoint update": """
type: command
short-summary: Change an endpoint, its deployments, or the traffic between them.
long-summary: |
    With --file the endpoint becomes what the file says: deployments that the file does not have
    are deleted. Files of deployments alone change these only. Without --file only what the
    options name is changed. On this machine a deployment
    that changed is started beside the old one, and takes its place once it is ready.
examples:
    - name: Take over an edited file or score.py.
      text: az ml endpoint update -n my-endpoint -f endpoint.yml
    - name: Change one value without editing the file.
      text: >-
        az ml endpoint update --local -f endpoint.yml
        --set deployments[0].environment_variables.LOG_LEVEL=debug
    - name: Change one deployment by its file, which names its endpoint.
      text: az ml endpoint update -f green.yml --set deployments[green].instance_count=2
    - name: Add a deployment that gets no traffic yet, or change it.
      text: >-
        az ml endpoint update -n my-endpoint --deployment-file green.yml
        --traffic "blue:100,green:0"
    - name: Let a tenth of the requests go to another deployment.
      text: az ml endpoint update -n my-endpoint --traffic "blue:90,green:10"
    - name: Change the number of instances.
      text: az ml endpoint update -n my-endpoint -d blue --instance-count 2
    - name: Change values of what is there, without a file.
      text: >-
        az ml endpoint update -n my-endpoint
        --set deployments[0].scale_settings.instance_count=2 tags.team=prices
    - name: Remove a tag.
      text: az ml endpoint update -n my-endpoint --remove tags.team
""",
    "ml endpoint export": """
type: command
short-summary: Write what is there as a YAML file, or convert files of the extension ml.
long-summary: |
    The file plans to no change, also for an endpoint that was made with the official extension
    ml or with the SDK. Models, code and environments are named as they are registered. Secrets
    are not written: the file takes them from the environment, as ${secret:NAME}. What no file can
    say is warned of. A local endpoint's file names the files that it was made of. Of the files
    of the extension ml nothing is lost without a word: what would mean something else is an
    error. What is written is valid; otherwise nothing is written, and the exit code is 1.
examples:
    - name: Put an endpoint under the care of a file.
      text: az ml endpoint export -n my-endpoint --out endpoint.yml
    - name: Write one deployment, for az ml endpoint update --deployment-file.
      text: az ml endpoint export -n my-endpoint -d blue --out blue.yml
    - name: Make one file of those for az ml online-endpoint and az ml online-deployment, offline.
      text: az ml endpoint export --from endpoint.yml blue.yml green.yml --out all.yml
    - name: Write endpoint.yml and a file of each deployment, as the extension ml has them.
      text: az ml endpoint export -n my-endpoint --format two-files --out cloud
""",
    "ml endpoint prune": """
type: command
short-summary: List the deployments that receive no traffic, and remove them.
long-summary: |
    Removes after asking, or with --yes; where nobody can be asked, it only lists. What serves,
    gets mirrored traffic, is being changed or is part of a rollout stays. So does everything
    while no deployment of the endpoint receives traffic. What an instance costs is not known here.
examples:
    - name: See what could go.
      text: az ml endpoint prune -n my-endpoint -o table
    - name: Remove what has neither been changed nor served for a week.
      text: az ml endpoint prune -n my-endpoint --older-than 7d --yes
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
    - name: Show the states of an endpoint and its deployments in Azure.
      text: >
        az ml endpoint show -n my-endpoint
        --query "{endpoint: provisioning_state, deployments: deployments[].provisioning_state}"
""",
    "ml endpoint list": """
type: command
short-summary: List endpoints.
examples:
    - name: List the endpoints of this machine.
      text: az ml endpoint list --local -o table
    - name: List the endpoints of a workspace.
      text: az ml endpoint list -g my-group -w my-workspace -o table
""",
    "ml endpoint invoke": """
type: command
short-summary: Send a request to an endpoint and print its answer.
long-summary: |
    Without --deployment the request follows the traffic split. It is sent once, whatever happens.
    An answer with an error status ends the command with exit code 1. In Azure, the key or token
    is fetched first; --verbose shows how long that and the answer took.
examples:
    - name: Send a file to a local endpoint.
      text: az ml endpoint invoke --local -n my-endpoint --request-file request.json
    - name: Send a file to an endpoint in Azure.
      text: az ml endpoint invoke -n my-endpoint --request-file request.json
    - name: Send text to one deployment.
      text: az ml endpoint invoke --local -n my-endpoint -d green --data '{"data":[[1,2]]}'
""",
    "ml endpoint test": """
type: command
short-summary: Run the tests of a YAML file against its endpoint.
long-summary: |
    The tests of the endpoint are sent where the traffic leads, those of a deployment to that
    deployment, each once. A test that fails is shown with what it expected and what came, and
    ends the command with exit code 1. `az ml endpoint apply` and `az ml endpoint rollout` run
    the same tests before a new or changed deployment receives traffic.
examples:
    - name: Test an endpoint on this machine.
      text: az ml endpoint test --local -f endpoint.yml
    - name: Test an endpoint in Azure, and keep a report for CI.
      text: az ml endpoint test -n my-endpoint -f endpoint.yml --junit results.xml
    - name: Test a deployment before it gets traffic.
      text: az ml endpoint test -n my-endpoint -f endpoint.yml -d green -o table
""",
    "ml endpoint get-logs": """
type: command
short-summary: Print the log of a deployment.
long-summary: |
    In Azure it is the end of the log of one instance, which Azure chooses. The container
    storage-initializer puts model and code in place before the inference server starts.
examples:
    - name: Print the last lines of a local deployment.
      text: az ml endpoint get-logs --local -n my-endpoint -d blue --lines 100
    - name: See how model and code were put in place in Azure.
      text: az ml endpoint get-logs -n my-endpoint -d blue --container storage-initializer
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
    - name: Delete a local endpoint and all that was made for it.
      text: az ml endpoint delete --local -n my-endpoint --yes
    - name: Delete a deployment in Azure; give its traffic to another one before.
      text: az ml endpoint delete -n my-endpoint -d blue --yes
    - name: Delete an endpoint in Azure without waiting. Registered models and environments stay.
      text: az ml endpoint delete -n my-endpoint --yes --no-wait
""",
}

_WITHOUT_THE_OFFICIAL_EXTENSION = {
    "ml": """
type: group
short-summary: Manage Azure Machine Learning resources.
""",
    "ml model": """
type: group
short-summary: Register models in a workspace, and see which there are.
""",
    "ml model create": """
type: command
short-summary: Upload and register a model.
long-summary: |
    Files that are there already are not sent again. A version that is registered with other
    content is never changed: raise the version.
examples:
    - name: Register a file.
      text: az ml model create --name my-model --version 1 --path model/model.pkl
    - name: Register what a YAML file describes, as another version.
      text: az ml model create -f model.yml --version 2
""",
    "ml model show": """
type: command
short-summary: Show a registered model.
examples:
    - name: Show the latest version.
      text: az ml model show -n my-model
""",
    "ml model list": """
type: command
short-summary: List registered models, or the versions of one.
examples:
    - name: List the models of the workspace.
      text: az ml model list -o table
    - name: List the versions of a model.
      text: az ml model list -n my-model
""",
    "ml model delete": """
type: command
short-summary: Delete a version of a registered model.
examples:
    - name: Delete version 1.
      text: az ml model delete -n my-model --version 1 --yes
""",
    "ml environment": """
type: group
short-summary: Register environments in a workspace, and see which there are.
""",
    "ml environment create": """
type: command
short-summary: Register an environment.
examples:
    - name: Register an image with conda packages on top.
      text: >
        az ml environment create --name my-env --version 1
        --image mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04 --conda-file conda.yml
    - name: Register what a YAML file describes.
      text: az ml environment create -f environment.yml
""",
    "ml environment show": """
type: command
short-summary: Show a registered environment.
examples:
    - name: Show the latest version.
      text: az ml environment show -n my-env
""",
    "ml environment list": """
type: command
short-summary: List registered environments, or the versions of one.
examples:
    - name: List the environments of the workspace.
      text: az ml environment list -o table
""",
    "ml environment delete": """
type: command
short-summary: Delete a version of a registered environment.
examples:
    - name: Delete version 1.
      text: az ml environment delete -n my-env --version 1 --yes
""",
}


def register(*, alone: bool) -> None:
    """alone: the official extension, which has commands of these names, is not there."""
    helps.update(_TEXTS)
    helps.update(_help_plan.TEXTS)
    helps.update(_help_rollout.TEXTS)
    if alone:
        helps.update(_WITHOUT_THE_OFFICIAL_EXTENSION)
