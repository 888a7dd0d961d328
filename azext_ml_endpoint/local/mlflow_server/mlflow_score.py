"""Serves an MLflow model that brings no script. It runs in the deployment's own environment.

A request is ``{"input_data": …, "params": {…}}``; ``input_data`` is a table (``columns``, ``data``
and ``index``, as pandas splits them), a list that becomes an array, or named arrays. Texts are
handed as they are to models of text. The answer is what the model returns, tables as records.
Source of these forms: ``mlflow_score_script.py`` of Azure's environment mlflow-py312-inference
(public repository azureml-assets). Whatever MLflow and Python the model brings have to do.
"""

# pylint: disable=import-error
import inspect
import json
import logging
import os
from pathlib import Path

import mlflow.pyfunc
import numpy as np
import pandas as pd
from inference_schema.parameter_types.abstract_parameter_type import AbstractParameterType
from inference_schema.parameter_types.pandas_parameter_type import PandasParameterType
from inference_schema.schema_decorators import input_schema
from mlflow.models import Model

try:
    from azureml.ai.monitoring import Collector
except ImportError:  # nothing is collected
    Collector = None

_OF_TEXT = {"transformers", "langchain", "openai", "hftransformersv2"}


class _Anything(AbstractParameterType):
    """What no signature describes."""

    def __init__(self):
        super().__init__(None)

    def deserialize_input(self, input_data):
        return input_data

    def input_to_swagger(self):
        return {"type": "object", "example": {}}


def _folder():
    """The model's, which Azure has within the folder that the variable names."""
    for folder, _, files in os.walk(os.environ["AZUREML_MODEL_DIR"], followlinks=True):
        if "MLmodel" in files:
            return str(Path(folder).resolve())  # MLflow leaves no folder by a link
    raise FileNotFoundError("There is no file MLmodel below AZUREML_MODEL_DIR.")


def _table(described):
    """One row of the columns that the signature names; None for another signature."""
    inputs = described.signature.inputs if described.signature else None
    if not inputs or inputs.is_tensor_spec() or not inputs.has_input_names():
        return None
    columns = zip(inputs.input_names(), inputs.pandas_types())  # noqa: B905 - not in Python 3.8
    try:
        return pd.DataFrame({name: _one(kind) for name, kind in columns})
    except Exception:  # columns of arrays or objects have no type of pandas
        return None


def _one(kind):
    is_number = np.issubdtype(kind, np.number) or np.issubdtype(kind, np.bool_)
    is_time = np.issubdtype(kind, np.datetime64)
    value = 0 if is_number else "2000-01-01" if is_time else "text"
    return pd.Series([value]).astype(kind)


def _arrays(described):
    """The types of the arrays that the signature has, by their names; None names the only one.

    MLflow takes no other, and JSON does not say them.
    """
    inputs = described.signature.inputs if described.signature else None
    is_said = inputs and inputs.is_tensor_spec()
    return {each.name: each.type for each in inputs.inputs} if is_said else {}


_collectors = {}
_described = Model.load(_folder())
_types = _arrays(_described)
_sample = _table(_described)
_input = (
    _Anything()
    if _sample is None
    else PandasParameterType(_sample, enforce_shape=False, orient="split")
)


def init():
    global model  # noqa: PLW0603 - that is the form of a scoring script
    model = mlflow.pyfunc.load_model(_folder())
    if Collector and "AZUREML_MDC_CONFIG_PATH" in os.environ:
        _collectors.update({name: _collector(name) for name in ("model_inputs", "model_outputs")})


def _collector(name):
    return Collector(name=name, on_error=lambda why: logging.info("%s: %s", name, why))


@input_schema("input_data", _input)
@input_schema("params", _Anything(), optional=True)
def run(input_data, params=None):
    knows_params = "params" in inspect.signature(model.predict).parameters
    more = {"params": params} if params and knows_params else {}
    data = _read(input_data)
    context = _collect("model_inputs", data)
    result = model.predict(data, **more)
    _collect("model_outputs", result, context)
    return _plain(result)


def _collect(name, data, context=None):
    """A table of it; what makes none is answered all the same."""
    if name in _collectors:
        try:
            return _collectors[name].collect(pd.DataFrame(data), context)
        except Exception as why:
            logging.warning("%s is not collected: %s", name, why)
    return context


def _read(data):
    if isinstance(data, pd.DataFrame) or _is_text(data):
        return data
    if isinstance(data, dict) and "columns" in data and "data" in data:
        return pd.DataFrame(data["data"], columns=data["columns"], index=data.get("index"))
    if isinstance(data, dict):
        return {name: np.asarray(each, _types.get(name)) for name, each in data.items()}
    return np.asarray(data, _types.get(None))


def _is_text(data):
    if not _OF_TEXT & set(_described.flavors):
        return False
    parts = data.values() if isinstance(data, dict) else data if isinstance(data, list) else [data]
    return all(isinstance(each, (str, list, dict)) for each in parts)


def _plain(result):
    """As JSON has it."""
    return json.loads(json.dumps(result, default=_known))


def _known(value):
    if isinstance(value, pd.Series):
        value = value.to_frame()
    if isinstance(value, pd.DataFrame):
        return value.to_dict(orient="records")
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    return str(value)
