"""What a deployment is made of: model, code, environment. Their names, and the files they name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from azext_ml_endpoint.content import READS_CONTEXT
from azext_ml_endpoint.document import conda, files, folders, reference, script, spelling
from azext_ml_endpoint.document.finding import Finding, Place
from azext_ml_endpoint.document.node import spell
from azext_ml_endpoint.document.server_modules import hidden
from azext_ml_endpoint.document.spot import Spot, shown


def registered(spot: Spot, kind: reference.Kind) -> Iterator[Finding]:
    """Rules of a reference to what is registered. Other text is the schema's business."""
    if not spot.text or not reference.is_reference(spot.text):
        return
    try:
        reference.parse(spot.text, kind)
    except reference.Malformed as why:
        yield spot.finding(f"{shown(spot.node)} {why.message}", why.hint)


def model(model: Spot) -> Iterator[Finding]:
    yield from registered(model, "model")
    if not isinstance(model.node.value, dict):
        return
    yield from one_spelling(spelling.given(model, spelling.LOCAL_PATH))
    local = spelling.local_path(model)
    if local:
        path = spelling.absolute(local)
        missing = list(files.check(local, path, "file or folder"))
        yield from missing
        if path and not missing:
            yield from folders.check(local, path)
    else:
        yield from _remote(model, "a model")
    yield from _triton(model, local)


def _triton(model: Spot, local: Spot | None) -> Iterator[Finding]:
    """What Triton serves is a repository: ``<model>/<version>/…`` (its user guide, "Model
    Repository"); Azure hands it the folder as it is."""
    kind, path = model.get("type"), spelling.absolute(local) if local else None
    if kind is None or kind.text != "triton_model" or path is None or not path.exists():
        return
    if not any(each.is_dir() and each.name.isdecimal() for each in path.glob("*/*")):
        yield kind.finding(
            f"{shown(local.node) if local else path} has no folders as Triton wants them",
            "Put each model into <model>/<version>/, such as densenet/1/model.onnx.",
            severity="warning",
        )


def _remote(asset: Spot, name: str) -> Iterator[Finding]:
    path, is_known = asset.get("path"), name == "a model" and spelling.azure_uri(asset)
    if path is None:
        yield asset.finding(f"{name} needs 'local_path', or 'datastore' and 'path'")
    elif path.text and not spelling.datastore_path(asset) and not is_known:
        yield path.finding(
            f"path {shown(path.node)} is neither on this machine nor in a datastore",
            "Write azureml://datastores/<name>/paths/<path>.",
        )


def code_configuration(configuration: Spot, has_own_server: bool) -> Iterator[Finding]:
    """``has_own_server``: the environment has an inference_config, and rules of its own."""
    code, named = configuration.get("code"), configuration.get("scoring_script")
    if code and not configuration.has("scoring_script") and not has_own_server:
        yield configuration.finding(
            "a code configuration needs 'scoring_script'", "It names a file in the code folder."
        )
    wrong = list(_code(code)) if code else []
    yield from wrong
    folder = _code_folder(code) if code and not wrong else None
    if code is None or folder is None:
        return
    script_file = spelling.absolute(named, folder) if named else None
    if named and script_file:
        yield from _script(named, folder, has_own_server)
    is_there = script_file is not None and files.is_there(script_file, "file")
    contained = (named, script_file) if named and script_file and is_there else None
    if contained and not has_own_server:
        yield from _hidden_modules(*contained, folder)
    yield from folders.check(spelling.local_path(code) or code, folder, contained)


def _code(code: Spot) -> Iterator[Finding]:
    yield from registered(code, "code")
    local = spelling.local_path(code)
    if isinstance(code.node.value, dict):
        yield from one_spelling(spelling.given(code, spelling.LOCAL_PATH))
        if local is None:
            yield from _remote(code, "code")
    if local:
        yield from files.check(local, _code_folder(code), "folder")


def _code_folder(code: Spot) -> Path | None:
    """None for code that is registered, in a datastore, or in a file that could not be read."""
    if code.text and reference.is_reference(code.text):
        return None
    local = spelling.local_path(code)
    folder = spelling.absolute(local) if local else None
    is_unread = code.text and code.text.startswith("file:")
    return None if is_unread and folder and not files.is_there(folder, "folder") else folder


def _script(named: Spot, folder: Path, has_own_server: bool) -> Iterator[Finding]:
    file = spelling.absolute(named, folder)
    if file is None or folder not in file.parents:
        yield named.finding(f"scoring_script {shown(named.node)} is not in the code folder")
        return
    missing = list(files.check(named, file, "file"))
    yield from missing
    if missing or has_own_server:
        return
    if file.suffix != ".py":
        yield named.finding(f"scoring_script {shown(named.node)} is no Python file (.py)")
        return
    for remark in script.read(file):
        place = Place(files.from_here(file), remark.line, remark.column)
        yield named.finding(remark.message, remark.hint, place=place, severity=remark.severity)


def _hidden_modules(named: Spot, script_file: Path, folder: Path) -> Iterator[Finding]:
    """The script itself is found by its path."""
    found = dict.fromkeys(each for at in (folder, script_file.parent) for each in hidden(at))
    for path in [each for each in found if each != script_file]:
        yield named.finding(
            f"the inference server has a module '{path.stem}' of its own, which is imported in "
            "place of this one",
            f"Give it another name, such as my_{path.name}.",
            place=Place(files.from_here(path), 1, 1),
            severity="warning",
        )


def environment(environment: Spot) -> Iterator[Finding]:
    yield from registered(environment, "environment")
    if not isinstance(environment.node.value, dict):
        return
    images = spelling.given(environment, spelling.IMAGE)
    builds = spelling.given(environment, spelling.DOCKERFILE)
    packages = spelling.conda(environment)
    yield from one_spelling(images)
    yield from one_spelling(builds)
    if images and builds:
        yield builds[0].finding("an environment has an image or a Dockerfile, not both")
    elif not images and not builds:
        yield environment.finding("an environment needs 'docker.image' or a Dockerfile")
    elif builds and packages:
        message = "conda_file needs an image, and here is a Dockerfile"
        yield packages.spot.finding(message, "Install the packages in the Dockerfile.")
    yield from _build(environment)
    if packages and (packages.content or packages.file):
        needs_server = bool(images) and not environment.has("inference_config")
        yield from conda.check(packages, needs_server)


def _build(environment: Spot) -> Iterator[Finding]:
    context, dockerfile = spelling.context(environment), spelling.dockerfile(environment)
    missing = list(_folder(context)) if context else []
    yield from missing
    if dockerfile is None or missing:
        return
    unreadable = list(files.check_text(dockerfile))
    yield from unreadable
    if not unreadable:
        yield from _context(context, dockerfile)


def _context(named: Spot | None, dockerfile: spelling.Text) -> Iterator[Finding]:
    """Azure is sent the whole folder that the Dockerfile is in or reads."""
    folder = spelling.absolute(named) if named else None
    folder = folder or (dockerfile.file and dockerfile.file.parent)
    if folder is None:
        return
    inside = dockerfile.file is not None and dockerfile.file.is_relative_to(folder)
    if inside or READS_CONTEXT.search(dockerfile.read()):
        spot, file = dockerfile.spot, dockerfile.file
        yield from folders.check(named or spot, folder, (spot, file) if file else None)


def _folder(spot: Spot) -> Iterator[Finding]:
    yield from files.check(spot, spelling.absolute(spot), "folder")


def one_spelling(spots: list[Spot]) -> Iterator[Finding]:
    """Two spellings of one thing may contradict each other."""
    for double in spots[1:]:
        first = spell(spots[0].path)
        yield double.finding(f"{double.key} is the same thing as {first}; keep one of them")
