"""Makes the logs beside this file: what the real inference server says about broken scripts.

    python record.py AZMLINFSRV [NAME...]    (the program of azureml-inference-server-http 1.5.1)

Only paths are changed: the code stands where containers have it, and packages in /opt.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

HERE = Path(__file__).parent
RUN = "\ndef run(data):\n    return data\n"
DYING = """
import ctypes
import os
import time
from pathlib import Path

def init():
    again = Path(os.environ["AML_APP_ROOT"], "again")
    if again.exists():
        Path(os.environ["AML_APP_ROOT"], "seen").touch()
        time.sleep(600)
    again.touch()
    END
"""
"""The worker dies; gunicorn starts another one, and would go on like that."""
SCRIPTS = {
    "syntax_error": "def init(:\n    pass\n" + RUN,
    "missing_module": "import lightgbm\n\ndef init():\n    pass\n" + RUN,
    "no_run": "def init():\n    pass\n",
    "init_raises": """
import os

def load(path):
    return open(path)

def init():
    load(os.environ["AZUREML_MODEL_DIR"] + "/model.pkl")
"""
    + RUN,
    "in_another_module": "import parts.model\n\ndef init():\n    parts.model.load()\n" + RUN,
    "chained": """
def init():
    try:
        {}["model"]
    except KeyError as error:
        raise RuntimeError("no model in the registry") from error
"""
    + RUN,
    "long_message": """
import logging

def init():
    logging.warning("two\\nlines")
    raise ValueError("2 errors:\\n  rows\\n    missing\\ncolumns are wrong\\n\\nSee the manual.")
"""
    + RUN,
    "group": """
def check(number):
    raise ValueError(f"column {number} is wrong")

def init():
    errors = []
    for number in (1, 2):
        try:
            check(number)
        except ValueError as error:
            errors.append(error)
    raise ExceptionGroup("wrong columns", errors)
"""
    + RUN,
    "run_raises": """
import json

def init():
    pass

def run(data):
    return json.loads(data)["data"]
""",
    "taken_name": "from utils import load\n\ndef init():\n    load()\n" + RUN,
    "taken_package": "from config.text import load\n\ndef init():\n    load()\n" + RUN,
    "taken_attribute": "import exceptions\n\ndef init():\n    exceptions.load()\n" + RUN,
    "taken_module": "import routes\n\ndef init():\n    routes.load()\n" + RUN,
    "worker_killed": DYING.replace("END", "os.kill(os.getpid(), 9)") + RUN,
    "worker_crashed": DYING.replace("END", "ctypes.string_at(0)") + RUN,
    "worker_aborted": DYING.replace("END", "os.abort()") + RUN,
    "worker_left": DYING.replace("END", "os._exit(7)") + RUN,
    "run_answers_an_object": "def init():\n    pass\n\ndef run(data):\n    return object()\n",
}


def main(program: str, *names: str) -> None:
    for name in names or SCRIPTS:
        with tempfile.TemporaryDirectory() as folder:
            log = record(program, Path(folder), SCRIPTS[name])
        (HERE / f"{name}.log").write_text(log)


def record(program: str, folder: Path, script: str) -> str:
    """The log of a server, from gunicorn's first line on."""
    code = folder / "azureml-app/onlinescoring"
    for name in ("parts/model.py", "utils.py", "config/text.py", "exceptions.py", "routes.py"):
        (code / name).parent.mkdir(parents=True, exist_ok=True)
        (code / name).write_text("def load():\n    return int('five')\n")
    (code / "score.py").write_text(script.lstrip())
    told = serve(program, code)
    paths = {
        str(folder): "/var",
        sys.base_prefix: "/opt/conda",
        sys.prefix: "/usr",
        str(Path(program).parents[1]): "/opt/conda",
    }
    for real, shown in sorted(paths.items(), key=lambda each: -len(each[0])):
        told = told.replace(real, shown)
    told = re.sub(r"/[^\" ]+(?=/lib/python3\.\d+/json/)", "/opt/conda", told)
    return told[told.rindex("\n", 0, told.index("Starting gunicorn")) + 1 :]


def serve(program: str, code: Path) -> str:
    """stdout and stderr of a server that has ended, or has answered one request."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [program, "--entry_script", str(code / "score.py"), "--port", str(port)]
    variables = {
        "AML_APP_ROOT": str(code),
        "AZUREML_MODEL_DIR": str(code.parent / "azureml-models/prices/1"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
    }
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, **variables},
        text=True,
    )
    while process.poll() is None and not asked(f"http://127.0.0.1:{port}"):
        if (code / "seen").exists():
            break
        time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    return process.communicate()[0]


def asked(uri: str) -> bool:
    """Whether it was ready and has had its request."""
    try:
        urllib.request.urlopen(uri, timeout=1).close()
        urllib.request.urlopen(f"{uri}/score", data=b'{"rows": 1}').close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


if __name__ == "__main__":
    main(*sys.argv[1:])
