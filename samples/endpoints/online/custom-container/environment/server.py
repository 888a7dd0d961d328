"""A whole scoring server in the standard library: what a custom container has to do, and no more.

GET /live says that the server runs, GET /ready that its model is loaded, POST /predict scores.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

PORT = 8501


def load_model() -> dict[str, Any]:
    """Read the model file from the folder in which the deployment's model is mounted."""
    file = Path(os.environ["AZUREML_MODEL_DIR"]) / os.environ["MODEL_FILE"]
    model: dict[str, Any] = json.loads(file.read_text())
    return model


def predict(model: dict[str, Any], request: dict[str, Any]) -> list[float]:
    """One price for each house: the intercept, plus what each of its features adds."""
    weights = model["coefficients"].items()
    return [
        model["intercept"] + sum(weight * house[feature] for feature, weight in weights)
        for house in request["houses"]
    ]


class Handler(BaseHTTPRequestHandler):
    model: dict[str, Any] | None = None  # None while it is loading

    def do_GET(self) -> None:
        if self.path == "/live":
            self.answer(HTTPStatus.OK, {"status": "live"})
        elif self.path == "/ready" and self.model:
            self.answer(HTTPStatus.OK, {"status": "ready"})
        elif self.path == "/ready":
            self.answer(HTTPStatus.SERVICE_UNAVAILABLE, {"status": "loading the model"})
        else:
            self.answer(HTTPStatus.NOT_FOUND, {"message": f"no GET {self.path}"})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path != "/predict":
            self.answer(HTTPStatus.NOT_FOUND, {"message": f"no POST {self.path}"})
        elif self.model is None:
            self.answer(HTTPStatus.SERVICE_UNAVAILABLE, {"message": "loading the model"})
        else:
            self.answer(*score(self.model, body))

    def answer(self, status: HTTPStatus, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def score(model: dict[str, Any], body: bytes) -> tuple[HTTPStatus, dict[str, Any]]:
    try:
        return HTTPStatus.OK, {"prices": predict(model, json.loads(body))}
    except (ValueError, KeyError, TypeError) as error:
        return HTTPStatus.BAD_REQUEST, {"message": f"not a valid request: {error!r}"}


def main() -> None:
    logging.basicConfig(level=logging.INFO)
    # Process 1 of a container ignores SIGTERM unless told otherwise; stopping it would take 10 s.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server = ThreadingHTTPServer(("", PORT), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Handler.model = load_model()  # where this fails, the process ends, and its log says why
    logging.info("Model loaded")
    threading.Event().wait()


if __name__ == "__main__":
    main()
