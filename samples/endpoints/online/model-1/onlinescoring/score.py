"""Scores with the regression model: the server calls init() once, and run() for each request."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path
from typing import Any

import joblib

model: Any = None


def init() -> None:
    """Load the model file from the folder that the deployment's model is in."""
    global model  # noqa: PLW0603
    model = joblib.load(Path(os.environ["AZUREML_MODEL_DIR"]) / "sklearn_regression_model.pkl")
    logging.info("Init complete")


def run(raw_data: str) -> list[float]:
    """Answer {"data": [[ten numbers], ...]} with one prediction per row."""
    predictions: list[float] = model.predict(json.loads(raw_data)["data"]).tolist()
    logging.info("Request processed")
    return predictions
