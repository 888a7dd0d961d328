"""A deployment runs a snapshot of its code, not the folder that is being edited.

The server imports score.py again whenever it restarts a worker. If it read the user's folder,
an edit that is half done would reach a deployment that serves. The snapshot is also where the
server's logging configuration stands: the user's folder is never written to.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
from pathlib import Path, PurePosixPath

from azext_ml_endpoint import disk
from azext_ml_endpoint.content import tree
from azext_ml_endpoint.document.model import Code

LOGGING_CONFIG = "logging.json"
_LOG_FORMAT = "%(asctime)s %(levelname).1s [%(process)d] %(name)s - %(message)s"


def take(code: Code, entry_script: str | None, folder: Path) -> Path:
    """Copies the code below ``folder``; a second call with the same content copies nothing.

    Raises FileAccessError.
    """
    target = folder / code.digest[:16]
    try:
        if not target.exists():
            _make(code.path, target)
        _configure_logging(target, entry_script)
    except OSError as error:
        raise disk.failure(error, folder, "Make room on the disk, or make it readable.") from error
    return target


def discard(folder: Path, keep: frozenset[str]) -> None:
    """Removes the snapshots below ``folder`` whose content digests are not to be kept."""
    kept = {digest[:16] for digest in keep}
    for each in folder.iterdir() if folder.is_dir() else ():
        if each.name not in kept:
            shutil.rmtree(each, ignore_errors=True)
    if not kept:
        shutil.rmtree(folder, ignore_errors=True)


def _make(source: Path, target: Path) -> None:
    """Whole or not at all, also where another deployment makes the same at the same time.

    Only its owner gets as far as the snapshot.
    """
    disk.make_folder(target.parent)  # the snapshot itself is for whoever runs in the container
    draft = Path(tempfile.mkdtemp(dir=target.parent))
    try:
        _copy(source, draft)
        draft.chmod(0o755)
        _put(draft, target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _put(draft: Path, target: Path) -> None:
    try:
        draft.rename(target)
    except OSError:
        if not target.exists():
            raise


def _copy(source: Path, target: Path) -> None:
    for each in tree.files(source):
        place = target / each.relative
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(each.path, place)
        disk.flush(place)


def _configure_logging(snapshot: Path, entry_script: str | None) -> None:
    """The server reads logging.json in AML_APP_ROOT, which is the folder of the entry script."""
    if entry_script is None:
        return
    config = snapshot / PurePosixPath(entry_script).parent / LOGGING_CONFIG
    with contextlib.suppress(FileExistsError), config.open("x") as file:
        json.dump(_logging_config(), file, indent=2)


def _logging_config() -> dict[str, object]:
    """What the server configures for itself, and a root logger that shows INFO.

    azureml-inference-server-http configures its own loggers and leaves the root logger alone, so
    that `logging.info()` in a scoring script is lost. Formatter and filter are the server's own:
    they are there in every version that reads logging.json (0.8 and later).
    """
    server = "azureml_inference_server_http.log_config"
    quiet = {"level": "WARNING"}
    own = {"level": "INFO", "handlers": ["stdout"], "propagate": False}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"server": {"class": f"{server}.AMLLogFormatter", "format": _LOG_FORMAT}},
        "filters": {"probes": {"()": f"{server}.RootAccessFilter"}},
        "handlers": {
            "stdout": {
                "class": "logging.StreamHandler",
                "stream": "ext://sys.stdout",
                "formatter": "server",
            }
        },
        "root": {"level": "INFO", "handlers": ["stdout"]},
        "loggers": {
            "azmlinfsrv": own,
            "gunicorn.access": {**own, "filters": ["probes"]},
            "gunicorn.error": own,
            "azure": quiet,
            "opentelemetry": quiet,
        },
    }
