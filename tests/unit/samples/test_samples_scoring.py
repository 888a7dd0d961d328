"""The sample scripts compile and answer as their documents and the README say."""

from __future__ import annotations

import ast
import importlib.util
import json
import re
import sys
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

ONLINE = Path(__file__).resolve().parents[3] / "samples/endpoints/online"
MODEL_1 = ONLINE / "model-1"
CUSTOM = ONLINE / "custom-container"
SCORE = MODEL_1 / "onlinescoring/score.py"
MODELS = sorted(MODEL_1.glob("model*/sklearn_regression_model.pkl"))
PREDICTIONS = {"model": [205.486010, 68.634248], "model-v2": [202.452124, 79.004574]}

needs_scikit_learn = pytest.mark.skipif(
    importlib.util.find_spec("sklearn") is None, reason="scikit-learn is not installed"
)


@pytest.fixture(autouse=True)
def no_bytecode_among_the_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)


def load(script: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(script.stem, script)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def pip_packages() -> list[str]:
    dependencies = yaml.safe_load((MODEL_1 / "environment/conda.yml").read_text())["dependencies"]
    assert [re.split("[<>=]", line)[0] for line in dependencies[:-1]] == ["python", "pip"]
    packages: list[str] = dependencies[-1]["pip"]
    return packages


@pytest.mark.parametrize("script", sorted(ONLINE.rglob("*.py")), ids=lambda path: path.name)
def test_every_script_compiles(script: Path) -> None:
    compile(script.read_text(), str(script), "exec")


def test_the_scoring_script_has_what_the_inference_server_calls() -> None:
    functions = {
        n.name: n for n in ast.parse(SCORE.read_text()).body if isinstance(n, ast.FunctionDef)
    }
    assert list(functions) == ["init", "run"]
    assert [argument.arg for argument in functions["run"].args.args] == ["raw_data"]


def test_init_ends_with_the_line_after_which_the_walkthrough_adds_another() -> None:
    init = next(n for n in ast.parse(SCORE.read_text()).body if isinstance(n, ast.FunctionDef))
    assert ast.unparse(init.body[-1]) == "logging.info('Init complete')"


@pytest.mark.parametrize("model", MODELS, ids=lambda path: path.parent.name)
def test_models_are_small_and_made_by_the_pinned_scikit_learn(model: Path) -> None:
    (pin,) = (
        line.removeprefix("scikit-learn==") for line in pip_packages() if "scikit-learn" in line
    )
    assert model.stat().st_size < 100_000
    assert pin.encode() in model.read_bytes()


def test_the_conda_file_brings_the_inference_server_and_needs_conda_for_python_only() -> None:
    assert any(line.startswith("azureml-inference-server-http") for line in pip_packages())


@needs_scikit_learn
@pytest.mark.parametrize("model", MODELS, ids=lambda path: path.parent.name)
def test_the_scoring_script_answers_the_sample_request(
    model: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("AZUREML_MODEL_DIR", str(model.parent))
    score = load(SCORE)
    with caplog.at_level("INFO"):
        score.init()
        answer = score.run((MODEL_1 / "sample-request.json").read_text())
    assert json.loads(json.dumps(answer)) == pytest.approx(PREDICTIONS[model.parent.name])
    assert caplog.messages == ["Init complete", "Request processed"]


@needs_scikit_learn
def test_training_again_gives_the_same_models(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train = load(MODEL_1 / "train.py")
    monkeypatch.setattr(train, "HERE", tmp_path)
    for folder in PREDICTIONS:
        (tmp_path / folder).mkdir()
    train.main()
    score = load(SCORE)
    for folder, expected in PREDICTIONS.items():
        monkeypatch.setenv("AZUREML_MODEL_DIR", str(tmp_path / folder))
        score.init()
        assert score.run((MODEL_1 / "sample-request.json").read_text()) == pytest.approx(expected)


class Connection:
    """A socket's two ends in memory, as far as http.server uses them."""

    def __init__(self, request: bytes) -> None:
        self.request = request
        self.answer = b""

    def makefile(self, *_: Any) -> BytesIO:
        return BytesIO(self.request)

    def sendall(self, data: bytes) -> None:
        self.answer += data


def ask(server: ModuleType, request_line: str, body: bytes = b"") -> tuple[int, Any]:
    head = f"{request_line} HTTP/1.0\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    connection = Connection(head + body)
    server.Handler(connection, ("client", 0), None)
    status, _, content = connection.answer.partition(b"\r\n\r\n")
    return int(status.split()[1]), json.loads(content)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The custom container's server, in its deployment's environment, its model not yet loaded."""
    (deployment,) = yaml.safe_load((CUSTOM / "endpoint.yml").read_text())["deployments"]
    monkeypatch.setenv(
        "AZUREML_MODEL_DIR", str((CUSTOM / deployment["model"]["local_path"]).parent)
    )
    monkeypatch.setenv("MODEL_FILE", deployment["environment_variables"]["MODEL_FILE"])
    return load(CUSTOM / "environment/server.py")


def test_the_custom_server_is_live_before_it_is_ready(server: ModuleType) -> None:
    assert ask(server, "GET /live")[0] == 200
    assert ask(server, "GET /ready")[0] == 503
    assert ask(server, "POST /predict", b"{}")[0] == 503
    server.Handler.model = server.load_model()
    assert ask(server, "GET /ready")[0] == 200


def test_the_custom_server_answers_its_sample_request(server: ModuleType) -> None:
    server.Handler.model = server.load_model()
    request = (CUSTOM / "sample-request.json").read_bytes()
    assert ask(server, "POST /predict", request) == (200, {"prices": [335000, 200000]})


@pytest.mark.parametrize("body", [b"", b"[1]", b"{}", b'{"houses": [{}]}'])
def test_the_custom_server_refuses_what_is_not_a_request(server: ModuleType, body: bytes) -> None:
    server.Handler.model = server.load_model()
    assert ask(server, "POST /predict", body)[0] == 400


def test_the_custom_server_knows_no_other_route(server: ModuleType) -> None:
    assert ask(server, "GET /")[0] == 404
    assert ask(server, "POST /score", b"{}")[0] == 404


def test_document_dockerfile_and_server_agree_on_port_and_routes(server: ModuleType) -> None:
    (deployment,) = yaml.safe_load((CUSTOM / "endpoint.yml").read_text())["deployments"]
    routes = deployment["environment"]["inference_config"]
    server.Handler.model = server.load_model()
    assert {route["port"] for route in routes.values()} == {server.PORT}
    assert f"EXPOSE {server.PORT}\n" in (CUSTOM / "environment/Dockerfile").read_text()
    for probe in ("liveness_route", "readiness_route"):
        assert ask(server, f"GET {routes[probe]['path']}")[0] == 200
    assert ask(server, f"POST {routes['scoring_route']['path']}", b"{}")[0] == 400
