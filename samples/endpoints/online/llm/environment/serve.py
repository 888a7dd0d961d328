"""llama.cpp's server, which speaks OpenAI's protocol, with the model that Azure has mounted."""

import os
import signal
from pathlib import Path

import xllamacpp

params = xllamacpp.CommonParams()
params.model.path = str(Path(os.environ["AZUREML_MODEL_DIR"], os.environ["MODEL_FILE"]))
params.model_alias = {os.environ.get("MODEL_NAME", "model")}
params.n_ctx = int(os.environ.get("CONTEXT", "512"))
params.n_parallel = int(os.environ.get("REQUESTS_AT_ONCE", "2"))
params.hostnames = ["0.0.0.0"]
params.port = 8000
server = xllamacpp.Server(params)  # loads the model; /health answers from then on
print(f"{params.model.path} is served at {server.listening_address}")
signal.sigwait({signal.SIGTERM, signal.SIGINT})
