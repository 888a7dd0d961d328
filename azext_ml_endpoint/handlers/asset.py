"""`az ml model …` and `az ml environment …`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from azext_ml_endpoint.handlers import places, session

if TYPE_CHECKING:
    from azure.cli.core.commands import AzCliCommand

    from azext_ml_endpoint.handlers.places import Place


def create_model(
    cmd: AzCliCommand,
    *,
    place: Place,
    file: str | None = None,
    asset_name: str | None = None,
    asset_version: str | None = None,
    path: str | None = None,
    description: str | None = None,
    settings: list[str] | None = None,
) -> dict[str, Any]:
    flags = {
        "--name": ("name", asset_name),
        "--version": ("version", asset_version),
        "--path": ("path", path),
        "--description": ("description", description),
    }
    model = session.read_model(cmd, file, settings, flags)
    return places.catalogue(cmd, place).create(model)


def create_environment(
    cmd: AzCliCommand,
    *,
    place: Place,
    file: str | None = None,
    asset_name: str | None = None,
    asset_version: str | None = None,
    image: str | None = None,
    conda_file: str | None = None,
    build_context: str | None = None,
    dockerfile_path: str | None = None,
    description: str | None = None,
    settings: list[str] | None = None,
) -> dict[str, Any]:
    flags = {
        "--name": ("name", asset_name),
        "--version": ("version", asset_version),
        "--image": ("image", image),
        "--conda-file": ("conda_file", conda_file),
        "--build-context": ("build.path", build_context),
        "--dockerfile-path": ("build.dockerfile_path", dockerfile_path),
        "--description": ("description", description),
    }
    environment = session.read_environment(cmd, file, settings, flags)
    return places.catalogue(cmd, place).create(environment)


def show_model(
    cmd: AzCliCommand,
    *,
    place: Place,
    asset_name: str,
    asset_version: str | None = None,
) -> dict[str, Any]:
    catalogue = places.catalogue(cmd, place)
    return catalogue.show("models", asset_name, asset_version)


def show_environment(
    cmd: AzCliCommand,
    *,
    place: Place,
    asset_name: str,
    asset_version: str | None = None,
) -> dict[str, Any]:
    catalogue = places.catalogue(cmd, place)
    return catalogue.show("environments", asset_name, asset_version)


def list_models(
    cmd: AzCliCommand,
    *,
    place: Place,
    asset_name: str | None = None,
) -> list[dict[str, Any]]:
    return places.catalogue(cmd, place).list("models", asset_name)


def list_environments(
    cmd: AzCliCommand,
    *,
    place: Place,
    asset_name: str | None = None,
) -> list[dict[str, Any]]:
    catalogue = places.catalogue(cmd, place)
    return catalogue.list("environments", asset_name)


def delete_model(
    cmd: AzCliCommand,
    *,
    place: Place,
    asset_name: str,
    asset_version: str,
) -> None:
    catalogue = places.catalogue(cmd, place)
    catalogue.delete("models", asset_name, asset_version)


def delete_environment(
    cmd: AzCliCommand,
    *,
    place: Place,
    asset_name: str,
    asset_version: str,
) -> None:
    catalogue = places.catalogue(cmd, place)
    catalogue.delete("environments", asset_name, asset_version)
