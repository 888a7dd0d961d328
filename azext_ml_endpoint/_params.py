"""The options of the commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from azext_ml_endpoint import _params_plan, _params_rollout
from azext_ml_endpoint._params_plan import FILES, agreed
from azext_ml_endpoint._validators import (
    InOrder,
    age,
    asset,
    condition,
    instance_count,
    line_count,
    one_body,
    one_source,
    online_only,
    place,
    seconds,
    shares,
    update_form,
)

if TYPE_CHECKING:
    from azure.cli.core import AzCommandsLoader

_WITH_FILE = ("create", "validate", "plan", "apply", "rollout", "test")


def load_arguments(loader: AzCommandsLoader) -> None:
    with loader.argument_context("ml endpoint") as context:
        _common(context)
    for command in _WITH_FILE:
        with loader.argument_context(f"ml endpoint {command}") as context:
            _file(context)
    with loader.argument_context("ml endpoint update") as context:
        _update(context)
    for command in ("create", "update"):
        with loader.argument_context(f"ml endpoint {command}") as context:
            agreed(context, "Make an endpoint anew whose creation failed, without asking.")
    with loader.argument_context("ml endpoint plan") as context:
        _params_plan.plan(context)
    with loader.argument_context("ml endpoint apply") as context:
        _params_plan.apply(context)
    with loader.argument_context("ml endpoint invoke") as context:
        _invoke(context)
    with loader.argument_context("ml endpoint get-logs") as context:
        _get_logs(context)
    with loader.argument_context("ml endpoint delete") as context:
        context.argument("deployment", help="Delete this deployment only.")
    with loader.argument_context("ml endpoint regenerate-keys") as context:
        _regenerate_keys(context)
    with loader.argument_context("ml endpoint wait") as context:
        _wait(context)
    with loader.argument_context("ml endpoint export") as context:
        _export(context)
    with loader.argument_context("ml endpoint prune") as context:
        _prune(context)
    with loader.argument_context("ml endpoint rollout") as context:
        _params_rollout.rollout(context)
    with loader.argument_context("ml endpoint test") as context:
        _test(context)
    for kind in ("model", "environment"):
        with loader.argument_context(f"ml {kind}") as context:
            _asset(context, kind)
    with loader.argument_context("ml model create") as context:
        _model(context)
    with loader.argument_context("ml environment create") as context:
        _environment(context)


def _common(context: Any) -> None:
    from azure.cli.core.commands.parameters import get_enum_type, get_three_state_flag

    context.argument("endpoint_name", options_list=["--name", "-n"], help="Name of the endpoint.")
    _workspace(context)
    context.argument(
        "local",
        arg_type=get_three_state_flag(),
        help="Work on this machine, in Docker or in processes, instead of in Azure.",
    )
    context.argument(
        "runtime",
        arg_type=get_enum_type(["docker", "process"]),
        help="Where local deployments run. Default: what `ml_endpoint.local_runtime` in az "
        "config says, else docker; processes where Docker is not installed.",
    )
    context.argument(
        "endpoint_type",
        options_list=["--type", "-t"],
        arg_type=get_enum_type(["online", "batch"]),
        validator=online_only,
        help="Type of the endpoint; only online endpoints are served.",
    )
    context.argument(
        "deployment",
        options_list=["--deployment", "-d"],
        help="Name of the deployment.",
        validator=None,  # az's own one makes a name up where none is given
    )
    context.argument(
        "ready_timeout",
        options_list=["--timeout"],
        type=seconds,
        help="Seconds that it may take. Default: 300 for a deployment with --local, else as long "
        "as Azure works on it.",
    )


def _workspace(context: Any) -> None:
    context.argument(
        "workspace_name",
        options_list=["--workspace-name", "-w"],
        configured_default="workspace",
        validator=place,
        help="Name of the Azure Machine Learning workspace. You can configure the default "
        "workspace using `az configure --defaults workspace=WORKSPACE`.",
    )


def _file(context: Any) -> None:
    from azure.cli.core.commands.parameters import file_type

    context.argument("endpoint_name", help="Name of the endpoint, in place of the one in the file.")
    context.argument(
        "file",
        options_list=["--file", "-f"],
        type=file_type,
        nargs="+",
        action="extend",
        help=FILES,
    )
    context.argument(
        "traffic",
        options_list=["--traffic"],
        type=shares,
        help="Percent of the requests for each deployment, in place of what the files say: "
        "`blue:90,green:10`.",
    )
    _settings(
        context,
        "Values in place of those in the files, such as "
        "`deployments[blue].instance_count=2` or `endpoint.tags.team=x`.",
    )


def _update(context: Any) -> None:
    from azure.cli.core.commands.parameters import file_type

    context.argument(
        "endpoint_name", help="Name of the endpoint. It goes before the one in the file."
    )
    context.argument(
        "file",
        options_list=["--file", "-f"],
        type=file_type,
        nargs="+",
        action="extend",
        validator=update_form,
        help=f"{FILES} Deployments that files of the endpoint and of deployments do not have are "
        "deleted; a file of the endpoint alone, in the format of the extension ml, and files of "
        "deployments alone leave the others as they are.",
    )
    context.argument(
        "deployment",
        help="Name of the deployment to change. With --file: change this one of the file only.",
    )
    context.argument(
        "deployment_file",
        options_list=["--deployment-file", "-e"],
        type=file_type,
        help="YAML file of one deployment, which is added or changed. The others stay.",
    )
    context.argument(
        "instance_count",
        options_list=["--instance-count", "-i"],
        type=instance_count,
        help="Number of instances of the deployment.",
    )
    context.argument(
        "traffic",
        options_list=["--traffic", "-r"],
        type=shares,
        help="Percent of the requests for each deployment, such as `blue:90,green:10`.",
    )
    _generic_update(context)


def _generic_update(context: Any) -> None:
    group = {"arg_group": "Generic Update", "nargs": "+", "action": InOrder}
    context.argument(
        "edits",
        options_list=["--set"],
        metavar="KEY=VALUE",
        help="Values in place of those in the file or, without a file, of what is there: "
        "`deployments[0].scale_settings.instance_count=2`, `tags.team=prices`.",
        **group,
    )
    context.argument(
        "additions",
        options_list=["--add"],
        metavar="LIST KEY=VALUE",
        help="Add something to a list of what is there.",
        **group,
    )
    context.argument(
        "removals",
        options_list=["--remove"],
        metavar="LIST INDEX",
        help="Remove a value, or one of a list: `tags.team`, `deployments[name=green]`.",
        **group,
    )
    context.argument(
        "force_string",
        action="store_true",
        arg_group="Generic Update",
        help="Take the values of --set and --add as text, whatever they look like.",
    )


def _settings(context: Any, help_text: str) -> None:
    context.argument(
        "settings",
        options_list=["--set"],
        nargs="+",
        action="extend",
        metavar="KEY=VALUE",
        help=help_text,
    )


def _invoke(context: Any) -> None:
    from azure.cli.core.commands.parameters import file_type

    context.argument("deployment", help="Call this deployment, whatever the traffic split says.")
    context.argument(
        "request_file",
        options_list=["--request-file", "-r"],
        type=file_type,
        help="File with the body of the request.",
        validator=one_body,
    )
    context.argument("data", help="Body of the request as text, or - to read it from stdin.")
    context.argument("content_type", help="Content type of the body.")
    context.argument(
        "answer_timeout",
        options_list=["--timeout"],
        type=seconds,
        help="Seconds to wait for the answer.",
    )


def _test(context: Any) -> None:
    from azure.cli.core.commands.parameters import file_type

    context.argument(
        "deployment",
        help="Test this deployment only, whether or not it has traffic: the tests of the endpoint "
        "and its own are sent to it.",
    )
    context.argument("junit", type=file_type, help="File to write a JUnit report to, for CI.")
    agreed(context, "Overwrite the file of --junit even where it is no such report.")
    context.argument(
        "answer_timeout",
        options_list=["--timeout"],
        type=seconds,
        help="Seconds to wait for each answer.",
    )


def _get_logs(context: Any) -> None:
    from azure.cli.core.commands.parameters import get_enum_type

    context.argument(
        "lines",
        options_list=["--lines", "-l", "--tail"],
        type=line_count,
        help="How many lines to show, counted from the end.",
    )
    context.argument(
        "follow",
        options_list=["--follow", "-f"],
        action="store_true",
        help="Go on showing lines as they are logged, until Ctrl-C.",
    )
    context.argument(
        "container",
        options_list=["--container", "-c"],
        arg_type=get_enum_type(["inference-server", "storage-initializer"]),
        help="The container whose log is wanted.",
    )


def _regenerate_keys(context: Any) -> None:
    from azure.cli.core.commands.parameters import get_enum_type

    context.argument(
        "key_type",
        arg_type=get_enum_type(["primary", "secondary"]),
        help="The key to regenerate.",
    )


def _wait(context: Any) -> None:
    """As in every other `az … wait`."""
    for name, help_text in _CONDITIONS.items():
        context.argument(
            name, action="store_true", arg_group=_WAIT, help=help_text, validator=condition
        )
    context.argument("deployment", help="Wait for this deployment only.")
    context.argument(
        "custom",
        arg_group=_WAIT,
        help="Wait until this JMESPath query of what `show` prints is true, such as "
        "`provisioning_state=='Succeeded'`.",
    )
    context.argument("interval", type=seconds, arg_group=_WAIT, help="Seconds between two looks.")
    context.argument(
        "wait_timeout",
        options_list=["--timeout"],
        type=seconds,
        arg_group=_WAIT,
        help="Seconds to wait at most.",
    )


def _export(context: Any) -> None:
    from azure.cli.core.commands.parameters import file_type, get_enum_type

    context.argument(
        "deployment", help="Export this deployment only, as a file for --deployment-file."
    )
    context.argument(
        "official",
        options_list=["--from"],
        nargs="+",
        type=file_type,
        metavar="FILE",
        validator=one_source,
        help="Convert these YAML files of the official extension ml instead: an endpoint's, and "
        "those of its deployments.",
    )
    context.argument(
        "out",
        type=file_type,
        help="File to write, or the folder of two-files. Default: stdout.",
    )
    context.argument(
        "file_format",
        options_list=["--format"],
        arg_type=get_enum_type(["one-file", "two-files"]),
        help="One file of the endpoint with its deployments; or endpoint.yml and a file of each "
        "deployment, as the extension ml has them.",
    )
    agreed(context, "Overwrite the file.")


def _prune(context: Any) -> None:
    context.argument(
        "older_than",
        type=age,
        help="Only those that have neither been changed nor served for so long: `7d`, `12h`.",
    )
    agreed(context, "Remove without asking.")


def _asset(context: Any, kind: str) -> None:
    from azure.cli.core.commands.parameters import file_type

    _workspace(context)
    context.argument("asset_name", options_list=["--name", "-n"], help=f"Name of the {kind}.")
    context.argument(
        "asset_version",
        options_list=["--version", "-v"],
        help=f"Version of the {kind}. Default: the latest one; 1 where it is created.",
    )
    context.argument(
        "file",
        options_list=["--file", "-f"],
        type=file_type,
        validator=asset,
        help=f"YAML file of the {kind}. Other options are put in place of what it says.",
    )
    context.argument("description", help=f"What the {kind} is for.")
    _settings(context, "Values in place of those in the file, such as `tags.team=houses`.")


def _model(context: Any) -> None:
    context.argument(
        "path",
        options_list=["--path", "--local-path", "-p"],
        help="File or folder on this machine, or azureml://datastores/NAME/paths/PATH.",
    )


def _environment(context: Any) -> None:
    from azure.cli.core.commands.parameters import file_type

    context.argument("image", options_list=["--image", "-i"], help="Docker image.")
    context.argument(
        "conda_file",
        options_list=["--conda-file", "-c"],
        type=file_type,
        help="File with the conda packages that are installed on top of the image.",
    )
    context.argument(
        "build_context",
        options_list=["--build-context", "-b"],
        type=file_type,
        help="Folder with a Dockerfile and what it copies, instead of an image.",
    )
    context.argument(
        "dockerfile_path",
        options_list=["--dockerfile-path", "-d"],
        help="The Dockerfile, relative to the build context. Default: Dockerfile.",
    )


_WAIT = "Wait Condition"
_CONDITIONS = {
    "created": "Wait until endpoint and deployments are there, and nothing works on them.",
    "updated": "Wait until nothing works on endpoint and deployments.",
    "deleted": "Wait until it is gone.",
    "exists": "Wait until it is there.",
}
