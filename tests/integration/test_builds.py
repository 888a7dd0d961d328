"""What a build needs of this machine: BuildKit, its certificates, another platform, GPUs."""

from __future__ import annotations

import contextlib
import json
import os
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import pytest

from azext_ml_endpoint.local.docker import buildkit
from tests.fakes.http_server import local_server
from tests.integration import package_index, private_registry
from tests.integration.az import Az
from tests.integration.conftest import cannot_run
from tests.integration.deployed import containers
from tests.integration.private_registry import Registry
from tests.integration.project import BASE_IMAGE, Project
from tests.simulator.authority import Authority

SERVER = "python:3.12-slim"
NEWER = f"""\
FROM {SERVER}
RUN --mount=type=cache,target=/kept echo 'def init(): pass' > /kept/x && cp /kept/x /made.py
COPY --chmod=644 words.txt /words.txt
CMD ["python", "-m", "http.server", "8080"]
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "project")


@pytest.fixture
def bridge(engine: docker.DockerClient) -> str:
    """The address of this machine in a build."""
    return str(engine.networks.get("bridge").attrs["IPAM"]["Config"][0]["Gateway"])


def served_by(image: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An environment whose server answers at its root."""
    route = {"port": 8080, "path": "/"}
    routes = {f"{name}_route": route for name in ("liveness", "readiness", "scoring")}
    return {**more, "docker": image, "inference_config": routes}


def of_newer_dockerfile(project: Project) -> Path:
    return of_dockerfile(project, NEWER)


def of_dockerfile(project: Project, text: str) -> Path:
    """An environment of the test's own: what is made is kept."""
    context = project.folder / "context"
    context.mkdir(parents=True)
    (context / "words.txt").write_text("words")
    (context / "Dockerfile").write_text(f"{text}LABEL made.in={context}\n")
    build = {"build": {"dockerfile": f"file:{context / 'Dockerfile'}"}}
    environment = served_by(build, path=str(context))
    return project.endpoint(project.deployment(script=None, environment=environment))


def test_a_dockerfile_for_buildkit_is_built(
    az: Az, engine: docker.DockerClient, endpoint: str, project: Project
) -> None:
    if buildkit.find(os.environ.get("PATH")) is None:
        cannot_run("no docker command with BuildKit is on PATH")
    file = of_newer_dockerfile(project)
    made = az(f"ml endpoint create --local -n {endpoint} -f {file}", timeout=600)
    assert "RUN --mount=type=cache" in made.stderr
    (blue,) = engine.containers.list(filters={"label": f"ml-endpoint.endpoint={endpoint}"})
    assert blue.exec_run(["cat", "/made.py", "/words.txt"]).output == b"def init(): pass\nwords"
    assert "nothing to do" in az(f"ml endpoint update --local -n {endpoint} -f {file}").stderr


def test_without_buildkit_the_next_step_is_told(
    az: Az, engine: docker.DockerClient, endpoint: str, project: Project, tmp_path: Path
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/docker").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "bin/docker").chmod(0o755)
    file = of_newer_dockerfile(project)
    bare = az.having(PATH=str(tmp_path / "bin"))
    failed = bare(f"ml endpoint create --local -n {endpoint} -f {file}", expect=1)
    assert "it needs BuildKit, and no docker command on PATH has that" in failed.stderr
    assert "buildx" in failed.stderr
    assert containers(engine, endpoint) == []


def test_a_step_that_fails_in_buildkit_is_named(
    az: Az, engine: docker.DockerClient, endpoint: str, project: Project
) -> None:
    file = of_newer_dockerfile(project)
    dockerfile = project.folder / "context/Dockerfile"
    dockerfile.write_text(dockerfile.read_text().replace("echo 'def", "no-such-program 'def"))
    failed = az(f"ml endpoint create --local -n {endpoint} -f {file}", expect=1)
    assert "no-such-program" in failed.stderr and str(dockerfile) in failed.stderr
    assert "Traceback" not in failed.stderr
    assert containers(engine, endpoint) == []


def test_a_build_trusts_what_this_machine_trusts(
    az: Az, bridge: str, engine: docker.DockerClient, endpoint: str, tmp_path: Path
) -> None:
    authority, project = Authority(tmp_path), Project(tmp_path / "project")
    usual = Path(ssl.get_default_verify_paths().cafile or "").read_text()
    authority.bundle.write_text(usual + authority.bundle.read_text())
    package_index.put(tmp_path / "index", "1.0")
    with package_index.served(tmp_path, bridge, authority.context(bridge)) as address:
        lines = [f"--extra-index-url {address}/index", "thing", "azureml-inference-server-http"]
        conda = {"dependencies": ["python", "pip", {"pip": lines}]}
        environment = {"conda_file": conda, "docker": {"image": BASE_IMAGE}}
        script = "import thing\n\ndef init(): pass\n\ndef run(_): return thing.VERSION\n"
        file = project.endpoint(project.deployment(script=script, environment=environment))
        trusting = az.having(REQUESTS_CA_BUNDLE=str(authority.bundle))
        trusting(f"ml endpoint create --local -n {endpoint} -f {file}", timeout=600)
    asked = az(["ml", "endpoint", "invoke", "--local", "-n", endpoint, "--data", "{}"])
    assert asked.json == "1.0"
    (blue,) = engine.containers.list(filters={"label": f"ml-endpoint.endpoint={endpoint}"})
    assert not [each for each in blue.attrs["Config"]["Env"] if "ml-endpoint-ca" in each]


PROXIED = f"""\
FROM {SERVER}
RUN python3 -c "from urllib.request import urlretrieve as get; get('http://a.invalid', '/told')"
CMD ["python", "-m", "http.server", "8080"]
"""


def test_a_build_goes_through_the_proxy_and_the_image_knows_nothing_of_it(
    az: Az, engine: docker.DockerClient, endpoint: str, project: Project, bridge: str
) -> None:
    file = of_dockerfile(project, PROXIED)
    with local_server(host=bridge) as proxy:
        proxy.body = b"by the proxy"
        behind = az.having(http_proxy=proxy.uri)
        behind(f"ml endpoint create --local -n {endpoint} -f {file}", timeout=600)
    (blue,) = engine.containers.list(filters={"label": f"ml-endpoint.endpoint={endpoint}"})
    assert blue.exec_run(["cat", "/told"]).output == b"by the proxy"
    assert not [each for each in blue.attrs["Config"]["Env"] if "proxy" in each.lower()]


ACR_USER = "00000000-0000-0000-0000-000000000000"
"""Who `az acr login` says that one is. With --expose-token the token is a password."""
HELPER = """\
#!/bin/sh
read host
echo '{{"ServerURL": "'$host'", "Username": "{user}", "Secret": "{secret}"}}'
"""


@pytest.fixture(params=["docker login", "az acr login"])
def registry(
    request: pytest.FixtureRequest, engine: docker.DockerClient, tmp_path: Path
) -> Iterator[Registry]:
    given = {"docker login": "password", "az acr login": "refresh"}[request.param]
    with private_registry.served(Registry(ACR_USER, **{given: "a-token"})) as registry:
        registry.put("words.txt", f"of {tmp_path}", str(engine.version()["Arch"]))
        yield registry
        with contextlib.suppress(docker.errors.ImageNotFound):
            engine.images.remove(registry.image)


def logged_in(az: Az, folder: Path, config: dict[str, Any]) -> Az:
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(config))
    return az.having(DOCKER_CONFIG=str(folder))


def test_private_images_are_opened_by_what_a_login_has_left(
    az: Az,
    engine: docker.DockerClient,
    endpoint: str,
    project: Project,
    registry: Registry,
    tmp_path: Path,
) -> None:
    lines = (f"FROM {SERVER}", f"COPY --from={registry.image} /words.txt /words.txt")
    serving = 'CMD ["python", "-m", "http.server", "8080"]'
    file = of_dockerfile(project, "\n".join([*lines, serving, ""]))
    create = f"ml endpoint create --local -n {endpoint} -f {file}"
    stranger = logged_in(az, tmp_path / "nobody", {})
    refused = stranger(create, expect=1).stderr
    assert "or gives it only after a login" in refused and "az acr login" in refused
    assert registry.opened == 0

    auths = {"auths": {registry.host: registry.login}}
    logged_in(az, tmp_path / "somebody", auths)(create, timeout=600)
    (blue,) = engine.containers.list(filters={"label": f"ml-endpoint.endpoint={endpoint}"})
    assert blue.exec_run(["cat", "/words.txt"]).output.decode() == f"of {tmp_path}"


def test_a_program_that_keeps_credentials_is_asked(
    az: Az,
    engine: docker.DockerClient,
    endpoint: str,
    project: Project,
    registry: Registry,
    tmp_path: Path,
) -> None:
    """The image has nothing to start: that it came is all there is to see."""
    helper = tmp_path / "docker-credential-words"
    user, secret = registry.kept
    helper.write_text(HELPER.format(user=user, secret=secret))
    helper.chmod(0o755)
    keeping = logged_in(az, tmp_path / "kept", {"credHelpers": {registry.host: "words"}})
    keeping = keeping.having(PATH=f"{tmp_path}:{az.variables['PATH']}")
    environment = served_by({"image": registry.image})
    file = project.endpoint(project.deployment(script=None, environment=environment))
    failed = keeping(f"ml endpoint create --local -n {endpoint} -f {file}", expect=1)
    assert "login" not in failed.stderr, failed.stderr
    assert registry.image in engine.images.get(registry.image).tags
    assert containers(engine, endpoint) == []


def test_an_image_for_another_platform_is_not_that_of_this_machine(
    az: Az, engine: docker.DockerClient, endpoint: str, project: Project
) -> None:
    environment = served_by({"image": SERVER})
    file = project.endpoint(project.deployment(script=None, environment=environment))
    create = f"ml endpoint create --local -n {endpoint} -f {file}"
    failed = az(f"{create} --platform linux/s390x", expect=1)
    assert f"pulling {SERVER}" in failed.stderr
    assert f"{SERVER}: " in failed.stderr and "Traceback" not in failed.stderr
    refused = az(f"{create} --platform s390x", expect=2)
    assert "'s390x' is no platform, such as linux/amd64" in refused.stderr


def test_gpus_are_asked_of_docker(
    az: Az, engine: docker.DockerClient, endpoint: str, project: Project
) -> None:
    environment = served_by({"image": SERVER})
    file = project.endpoint(project.deployment(script=None, environment=environment))
    create = f"ml endpoint create --local -n {endpoint} -f {file}"
    if "nvidia" in engine.info()["Runtimes"]:
        cannot_run("this machine has GPUs, and what it says without them cannot be seen")
    failed = az(f"{create} --gpus all", expect=1)
    assert "Deployment blue: Docker has no GPUs to give." in failed.stderr
    assert containers(engine, endpoint) == []
