"""What a server finds below ``/var/azureml-app`` in Azure, laid out in a folder of its own."""

from __future__ import annotations

import contextlib
from pathlib import Path, PurePosixPath

from azext_ml_endpoint.document.model import Model
from azext_ml_endpoint.errors import UnsupportedError
from azext_ml_endpoint.local.runtime import InstanceSpec
from azext_ml_endpoint.local.warm import spare

_CONF = "gunicorn.conf.py"
_GUNICORN_CONF = """\
# gunicorn reads this in its working directory, which is AML_APP_ROOT, as in Azure; versions that
# do not know a setting pass over it.
# Without it every server would open the same socket for remote control in the home directory.
control_socket_disable = True
"""


def lay_out(root: Path, spec: InstanceSpec, *, waits: bool = False) -> dict[str, str]:
    """The variables that tell the server where its things are. Raises UnsupportedError, OSError.

    waits: its code comes later, by :func:`put_code`; only what is read before it is there.
    """
    if spec.code is None or spec.entry_script is None:
        raise UnsupportedError(
            f"Deployment {spec.deployment} has no scoring script, which a process needs.",
            "Give it code_configuration, or use Docker: --runtime docker.",
        )
    code = root / (spec.code_name or spec.code.name)
    script = PurePosixPath(spec.entry_script)
    (spare.put_settings if waits else spare.put_code)(spec, code)
    with contextlib.suppress(FileExistsError), (code / script.parent / _CONF).open("x") as conf:
        conf.write(_GUNICORN_CONF)
    return {
        "AML_APP_ROOT": str(code / script.parent),
        "AZUREML_ENTRY_SCRIPT": script.name,
        **(_lay_out_model(root, spec.model) if spec.model else {}),
    }


def put_code(root: Path, spec: InstanceSpec) -> None:
    """Of one that has waited for it. Raises OSError."""
    spare.put_code(spec, root / (spec.code_name or Path(spec.code or "").name))


def _lay_out_model(root: Path, model: Model) -> dict[str, str]:
    folder = root / "azureml-models" / model.name / model.version
    folder.mkdir(parents=True)
    if model.path:
        (folder / model.path.name).symlink_to(model.path)
    return {"AZUREML_MODEL_DIR": str(folder)}
