# What the scripts ask the Docker Engine. Needs say.sh.

# The engine is found as the docker command finds it: DOCKER_HOST, then its context, then the usual socket.
engine_version() { timeout 15 docker version --format '{{.Server.Version}}' 2>/dev/null; }

engine_answers() { command -v docker >/dev/null && engine_version >/dev/null; }
