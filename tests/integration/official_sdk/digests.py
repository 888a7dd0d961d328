"""What the official SDK makes of paths. Runs in its environment; JSON in, JSON out.

In: {"paths": [...], "environments": [{image, conda_file, inference_config}]}.
Out: {"paths": [[object hash, content hash, [[file, relative], ...]]], "environments": [version]}.
"""

from __future__ import annotations

import json
import sys

from azure.ai.ml._utils._asset_utils import (  # type: ignore[import-not-found]
    get_content_hash,
    get_ignore_file,
    get_object_hash,
    get_upload_files_from_folder,
)
from azure.ai.ml.entities import Environment  # type: ignore[import-not-found]


def told(path: str) -> list[object]:
    ignore = get_ignore_file(path)
    files = sorted(get_upload_files_from_folder(path, ignore_file=ignore))
    return [get_object_hash(path, ignore), get_content_hash(path, ignore), files]


asked = json.load(sys.stdin)
answer = {
    "paths": [told(path) for path in asked["paths"]],
    "environments": [Environment(**each).version for each in asked["environments"]],
}
json.dump(answer, sys.stdout)
