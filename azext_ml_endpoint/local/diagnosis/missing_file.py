"""Why a scoring script does not find a file, and the next step.

It runs in the folder that AML_APP_ROOT names: in the images that Azure uses, the start script of
the server (``/var/runit/gunicorn/run``) does ``cd "${AML_APP_ROOT:-/var/azureml-app}"``, and both
runtimes here do the same. So a relative path is looked for beside the script.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from azext_ml_endpoint.content import ignore
from azext_ml_endpoint.document.model import Model, Reference
from azext_ml_endpoint.errors import FileAccessError
from azext_ml_endpoint.local.diagnosis import logs
from azext_ml_endpoint.local.remembered import code_folder, recalled
from azext_ml_endpoint.local.runtime import Instance

_SAID = "No such file or directory: "
_OF_MODELS = frozenset(
    {
        *(".bin", ".h5", ".joblib", ".keras", ".mlmodel", ".model", ".onnx", ".pb", ".pickle"),
        *(".pkl", ".pt", ".pth", ".safetensors"),
    }
)


def advice(trouble: Sequence[str], instance: Instance) -> str | None:
    """trouble: what the log complains of, with the code's folder on this machine in its paths.

    None where no file is missing.
    """
    for line in logs.last_first(trouble):
        if path := _path(line):
            return _step(path, instance)
    return None


def _path(line: str) -> str:
    """As Python writes it: in quotes, behind the words of the operating system."""
    text = line.partition(_SAID)[2]
    return text[1:].partition(text[:1])[0] if text[:1] in ("'", '"') else ""


def _step(path: str, instance: Instance) -> str:
    there, code = recalled(instance), code_folder(instance)
    if not code or _is_model(path, there.model):
        return _where_it_is(path, there.model) or logs.MODEL_FILES
    file = Path(code) / PurePosixPath(there.scoring_script or "").parent / path
    if not file.is_relative_to(code) or ".." in file.parts:
        return (
            "A deployment has its code and its model, and no other files of this machine: put it "
            f"into the code folder {code}, and open it by a relative path."
        )
    if not is_there(file):
        return f"Put it into the code folder: {file} is not there."
    return taken_over(Path(code), file)


def taken_over(code: Path, file: Path) -> str:
    """How a file that is in the code's folder comes into a deployment that lacks it."""
    if ignoring := _ignoring(code, file):
        return f"{ignoring} leaves it out of the code: take it out there (a line !NAME does it)."
    return f"{file} is there now: az ml endpoint update --local takes it over."


def is_there(file: Path) -> bool:
    try:
        return file.exists()
    except (OSError, ValueError):
        return False


def _where_it_is(path: str, model: Model | Reference | None) -> str | None:
    """A folder stands there with its own name: what is in it is a level deeper than expected."""
    folder = model.path if isinstance(model, Model) else None
    name = PurePosixPath(path).name
    if not folder or not is_there(folder):
        return None
    found = folder.name if folder.name == name else f"{folder.name}/{name}"
    if found != folder.name and not is_there(folder / name):
        return None
    return f"It is {found} below the folder that AZUREML_MODEL_DIR names."


def _is_model(path: str, model: Model | Reference | None) -> bool:
    asked = PurePosixPath(path)
    if asked.suffix.lower() in _OF_MODELS or "azureml-models" in asked.parts:
        return True
    if not isinstance(model, Model) or not model.path:
        return False
    return model.path.name == asked.name or is_there(model.path / asked.name)


def _ignoring(code: Path, file: Path) -> Path | None:
    """The ignore file that leaves the file, or a folder that it is in, out."""
    try:
        ignored, found = ignore.of_folder(code), ignore.file_of(code)
    except (FileAccessError, OSError):
        return None
    relative = file.relative_to(code)
    names = [relative.as_posix(), *(each.as_posix() for each in relative.parents if each.name)]
    return found if any(ignored.matches(each) for each in names) else None
