"""az reads its environment when it is imported: it is prepared here, before any test module is.

No test in this process sees or changes the az of the person who runs the tests.
"""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import tempfile
from pathlib import Path

from hypothesis import settings

# The same inputs each time, however long they take; --hypothesis-profile default tries others.
settings.load_profile("ci")

AZ_HOME = Path(tempfile.mkdtemp(prefix="az-of-the-tests-"))
EXTENSION_SOURCES = AZ_HOME / "sources"
atexit.register(shutil.rmtree, AZ_HOME, ignore_errors=True)

# A shell that starts something in the background has it ignore Ctrl-C, and all that it starts.
signal.signal(signal.SIGINT, signal.default_int_handler)

for _name in [name for name in os.environ if name.startswith("AZURE_")]:
    del os.environ[_name]

os.environ |= {
    "AZURE_CONFIG_DIR": str(AZ_HOME / "config"),
    "AZURE_EXTENSION_DIR": str(AZ_HOME / "extensions"),
    "AZURE_EXTENSION_SYS_DIR": str(AZ_HOME / "system-extensions"),
    "AZURE_EXTENSION_DEV_SOURCES": str(EXTENSION_SOURCES),
    "AZURE_EXTENSION_USE_DYNAMIC_INSTALL": "no",
    "AZURE_CORE_COLLECT_TELEMETRY": "no",
    "AZURE_CORE_NO_COLOR": "yes",
    "AZURE_CORE_SURVEY_MESSAGE": "no",
}
