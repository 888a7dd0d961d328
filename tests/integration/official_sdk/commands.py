"""Commands of the extension `ml`, each by the operation of azure-ai-ml that it is made of.

Runs in the SDK's own environment: ``python commands.py ANSWER online-endpoint show -n houses``, in
the folder of the files that the command names. ANSWER is written: a JSON value, what the operation
answered. An update without a file changes what is there, as az's own generic update does.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from azure.ai.ml import (  # type: ignore[import-not-found]
    MLClient,
    load_online_deployment,
    load_online_endpoint,
)
from azure.identity import ManagedIdentityCredential

Options = argparse.Namespace


def main(answer: Path, group: str, verb: str, *words: str) -> None:
    client = MLClient(
        ManagedIdentityCredential(),
        "00000000-0000-0000-0000-000000000001",
        "rg",
        "ws",
        enable_telemetry=False,
    )
    kind = Endpoints if group == "online-endpoint" else Deployments
    answered = getattr(kind(client), verb.replace("-", "_"))(_options(words))
    answer.write_text(json.dumps(answered))


def _options(words: tuple[str, ...]) -> Options:
    parser = argparse.ArgumentParser()
    parser.add_argument("-n", dest="name")
    parser.add_argument("-e", dest="endpoint")
    parser.add_argument("-f", dest="file")
    for each in ("set", "remove", "traffic", "mirror-traffic", "key-type"):
        parser.add_argument(f"--{each}")
    for each in ("request-file", "deployment-name", "container", "lines"):
        parser.add_argument(f"--{each}")
    parser.add_argument("--all-traffic", action="store_true")
    return parser.parse_args(words)


def _edit(entity: Any, options: Options) -> None:
    """One value of the entity itself, or of one of its mappings."""
    path, _, text = (options.set or options.remove or "").partition("=")
    first, _, rest = path.partition(".")
    value = int(text) if text.isdigit() else text
    if rest:
        mapping = dict(getattr(entity, first) or {})
        mapping.pop(rest, None)
        setattr(entity, first, mapping if options.remove else {**mapping, rest: value})
    elif first:
        setattr(entity, first, value)


def _split(text: str) -> dict[str, int]:
    pairs = (each.split("=") for each in text.split())
    return {name: int(percent) for name, percent in pairs}


class Endpoints:
    def __init__(self, client: MLClient) -> None:
        self.all = client.online_endpoints

    def create(self, options: Options) -> None:
        self.all.begin_create_or_update(load_online_endpoint(source=options.file)).result()

    def update(self, options: Options) -> None:
        if options.file:
            said = load_online_endpoint(source=options.file)
            there = self.all.get(said.name)
            said.traffic = said.traffic or there.traffic
            self.all.begin_create_or_update(said).result()
            return
        there = self.all.get(options.name)
        _edit(there, options)
        there.traffic = _split(options.traffic) if options.traffic else there.traffic
        if options.mirror_traffic:
            there.mirror_traffic = _split(options.mirror_traffic)
        self.all.begin_create_or_update(there).result()

    def show(self, options: Options) -> Any:
        return self.all.get(options.name)._to_dict()

    def list(self, _: Options) -> Any:
        return [each.name for each in self.all.list()]

    def invoke(self, options: Options) -> Any:
        answer = self.all.invoke(
            options.name,
            request_file=options.request_file,
            deployment_name=options.deployment_name,
        )
        return json.loads(answer)

    def get_credentials(self, options: Options) -> Any:
        keys = self.all.get_keys(options.name)
        return {"primaryKey": keys.primary_key, "secondaryKey": keys.secondary_key}

    def regenerate_keys(self, options: Options) -> None:
        self.all.begin_regenerate_keys(options.name, key_type=options.key_type).result()

    def delete(self, options: Options) -> None:
        self.all.begin_delete(options.name).result()


class Deployments:
    def __init__(self, client: MLClient) -> None:
        self.all, self.endpoints = client.online_deployments, client.online_endpoints

    def create(self, options: Options) -> None:
        made = load_online_deployment(source=options.file)
        self.all.begin_create_or_update(made).result()
        if options.all_traffic:
            endpoint = self.endpoints.get(made.endpoint_name)
            endpoint.traffic = {made.name: 100}
            self.endpoints.begin_create_or_update(endpoint).result()

    def update(self, options: Options) -> None:
        if options.file:
            there = load_online_deployment(source=options.file)
        else:
            there = self.all.get(options.name, options.endpoint)
            _edit(there, options)
        self.all.begin_create_or_update(there).result()

    def show(self, options: Options) -> Any:
        return self.all.get(options.name, options.endpoint)._to_dict()

    def list(self, options: Options) -> Any:
        return [each.name for each in self.all.list(options.endpoint)]

    def get_logs(self, options: Options) -> Any:
        lines = int(options.lines or 5000)
        container = options.container
        return self.all.get_logs(options.name, options.endpoint, lines, container_type=container)

    def delete(self, options: Options) -> None:
        self.all.begin_delete(options.name, options.endpoint).result()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
