"""How commands are put into az's table, and what holds for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from azext_ml_endpoint.errors import EndpointError, raise_for_az

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from azure.cli.core import AzCommandsLoader

    Handler = Callable[[dict[str, Any]], Any]


def group(loader: AzCommandsLoader, module: str, name: str = "ml endpoint") -> Any:
    """Of commands whose handlers are in this module of :mod:`azext_ml_endpoint.handlers`."""
    from azure.cli.core.commands import CliCommandType

    handlers = CliCommandType(operations_tmpl=f"azext_ml_endpoint.handlers.{module}#{{}}")
    return loader.command_group(name, custom_command_type=handlers, exception_handler=raise_for_az)


def finish(loader: AzCommandsLoader) -> None:
    """What ``custom_command`` has no words for.

    az hands all options to a handler, those too that it does not have, its extra ones. For the
    help of a group it imports the handlers of all its commands: there might be a docstring.
    """
    for name, command in loader.command_table.items():
        command.handler = _without_extras(loader, name, command.handler)
        command.description = None


def _without_extras(loader: AzCommandsLoader, name: str, handler: Handler) -> Handler:
    def handle(arguments: dict[str, Any]) -> Any:
        extras = loader.extra_argument_registry[name]
        return handler({key: value for key, value in arguments.items() if key not in extras})

    return handle


def confirmed(arguments: Mapping[str, Any]) -> bool:
    """az asks itself, but falls over a stdin that is closed, and names nothing."""
    from azext_ml_endpoint.handlers import session

    try:
        return session.agreed(f"Delete {_named(arguments)}?")
    except EndpointError as error:
        raise_for_az(error)


def _named(arguments: Mapping[str, Any]) -> str:
    """What a command is to delete, and where: who forgets --local is to see it.

    arguments: the options as they were given; none has been checked yet.
    """
    where = "on this machine" if arguments.get("local") else "in Azure"
    if "asset_name" in arguments:
        return f"version {arguments['asset_version']} of {arguments['asset_name']} {where}"
    endpoint = f"endpoint {arguments['endpoint_name']} {where}"
    deployment = arguments.get("deployment")
    return (
        f"deployment {deployment} of {endpoint}" if deployment else f"{endpoint}, with all it has"
    )


def guard_printing(loader: AzCommandsLoader) -> None:
    """Where stdout takes no more, az ends in a traceback when it prints a result."""
    producer = loader.cli_ctx.output
    printed = producer.out

    def out(*arguments: Any, **options: Any) -> None:
        from azext_ml_endpoint.handlers import output

        try:
            with output.written():
                printed(*arguments, **options)
                output.flush()
        except EndpointError as error:
            raise_for_az(error)

    producer.out = out
