"""The compose file: what can be known of it without a Docker engine."""

from __future__ import annotations

import http.server
import importlib.util
import json
import re
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import typer.main
import yaml

from streams.cli.commands import app
from streams.config.load import load_config
from streams.config.model import Config
from tests.needs import lack

ROOT = Path(__file__).parents[1]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OWN = {name: service for name, service in SERVICES.items() if "build" in service}
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")

each_service = pytest.mark.parametrize("name", sorted(SERVICES))
each_own = pytest.mark.parametrize("name", sorted(OWN))
each_process = pytest.mark.parametrize("name", ["count", "detect", "serve"])


@pytest.fixture(scope="module")
def specification() -> dict[str, Any]:
    """The Compose specification's schema, from the package that ships a copy of it."""
    found = importlib.util.find_spec("check_jsonschema")
    if found is None or found.origin is None:
        lack("check-jsonschema", "it ships the schema (pip install check-jsonschema)")
    schema = Path(found.origin).parent / "builtin_schemas" / "vendor" / "compose-spec.json"
    read: dict[str, Any] = json.loads(schema.read_text("utf-8"))
    return read


def test_it_follows_the_compose_specification(specification: dict[str, Any]) -> None:
    """The file is what the Compose specification's own schema calls one."""
    validator = jsonschema.Draft202012Validator(specification)
    assert [error.message for error in validator.iter_errors(COMPOSE)] == []


def test_the_specification_refuses_what_it_does_not_know(specification: dict[str, Any]) -> None:
    """The check has teeth: a misspelt key of a service is found."""
    broken = {**COMPOSE, "services": {"serve": {"image": "weathervane:0.1.0", "port": ["1:1"]}}}
    validator = jsonschema.Draft202012Validator(specification)
    assert list(validator.iter_errors(broken)) != []


def test_it_holds_the_whole_way() -> None:
    """The broker, its topics and all three processes are in it, and nothing else is."""
    assert set(SERVICES) == {"kafka", "topics", "count", "detect", "serve"}


@each_own
def test_commands_are_real(name: str) -> None:
    """Each container runs a command that there is, with options that it takes."""
    command: list[str] = OWN[name]["command"]
    assert command[0] == name
    _parse(command)


def test_commands_in_its_comments_are_real() -> None:
    """What the file tells people to type parses too."""
    text = (ROOT / "docker-compose.yml").read_text("utf-8")
    commands = re.findall(r"docker compose run --rm -T (\w+) (.+)", text)
    assert commands
    for service, rest in commands:
        assert service in OWN
        _parse(shlex.split(rest.partition(" < ")[0]))


def _parse(arguments: list[str]) -> None:
    """Let the command line parse `arguments`, and run nothing; wrong usage raises."""
    group: Any = typer.main.get_command(app)
    context = group.make_context("weathervane", list(arguments))
    name, command, rest = group.resolve_command(context, list(arguments))
    command.make_context(name, rest, parent=context)


def test_wrong_commands_are_found() -> None:
    """The check has teeth: an option that no command takes is found."""
    with pytest.raises(Exception, match="No such option"):
        _parse(["serve", "--hots", "0.0.0.0"])


def test_the_image_runs_weathervane() -> None:
    """The image's entry point is the command, so that `command` holds its arguments alone."""
    assert 'ENTRYPOINT ["weathervane"]' in DOCKERFILE
    assert all("entrypoint" not in service for service in OWN.values())


@each_service
def test_ports_are_published_on_loopback_only(name: str) -> None:
    """Nothing is reachable from another machine unless someone changes the file."""
    for port in SERVICES[name].get("ports", []):
        assert re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port), port


def test_the_feed_listens_where_docker_can_reach_it() -> None:
    """Serve listens beyond the container's loopback, on the port that is published."""
    command: list[str] = SERVICES["serve"]["command"]
    given = dict(zip(command[1::2], command[2::2], strict=True))
    assert given["--host"] == "0.0.0.0"
    assert SERVICES["serve"]["ports"] == [f"127.0.0.1:8780:{given['--port']}"]
    assert int(given["--port"]) == Config().serve.port


@pytest.mark.parametrize(
    "image",
    [
        *(service["image"] for service in SERVICES.values()),
        *re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE),
    ],
)
def test_images_are_pinned(image: str) -> None:
    """Each image names a full version: the same file gives the same programs next year."""
    assert re.fullmatch(r"[\w/-]+:\d+\.\d+\.\d+[\w.-]*(@sha256:[0-9a-f]{64})?", image)


def test_our_image_has_the_projects_version() -> None:
    """The image's tag is the project's version."""
    version = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert version is not None
    assert {service["image"] for service in OWN.values()} == {f"weathervane:{version[1]}"}


@each_service
def test_no_service_runs_as_root(name: str) -> None:
    """Every container names a user, and none is root or may become it."""
    user = str(SERVICES[name]["user"]).split(":")[0]
    assert user not in ("", "0", "root")
    assert SERVICES[name]["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in SERVICES[name]["security_opt"]
    assert not SERVICES[name].get("privileged", False)


def test_the_image_has_the_same_user() -> None:
    """The compose file's user is the one that the image makes, and the image's last."""
    users = re.findall(r"^USER (\S+)", DOCKERFILE, re.MULTILINE)
    assert {service["user"] for service in OWN.values()} == {users[-1]}
    for number in users[-1].split(":"):
        assert f"id {number}" in DOCKERFILE


def test_dependencies_come_from_the_lock_file() -> None:
    """Nothing is installed that the lock file does not name with its hash."""
    installs = re.findall(r"pip install ([^\n\\]+)", DOCKERFILE)
    assert [install.strip() for install in installs] == [
        "--require-hashes -r requirements.txt",
        "--no-deps --no-build-isolation .",
    ]
    assert re.search(r"^setuptools==", (ROOT / "requirements.txt").read_text(), re.MULTILINE)


def test_the_build_sees_all_it_copies() -> None:
    """What the Dockerfile copies exists, and is not hidden from the build."""
    copied = [
        name for line in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
        for name in line.split()
    ]  # fmt: skip
    shown = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert copied
    assert [name for name in copied if not (ROOT / name).exists()] == []
    assert [name for name in copied if f"!{name}" not in shown] == []


@each_own
def test_the_broker_comes_from_the_environment(name: str) -> None:
    """Each of our containers finds the broker by the variable that overrides the configuration."""
    config = load_config(None, environ=OWN[name]["environment"])
    inside = SERVICES["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"].split(",")
    assert f"INSIDE://{config.kafka.bootstrap}" in inside


def test_the_host_finds_the_broker_at_the_default() -> None:
    """Commands on the host reach the broker with no option: it is where they look by default."""
    outside = SERVICES["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"].split(",")
    assert f"HOST://{Config().kafka.bootstrap}" in outside
    assert SERVICES["kafka"]["ports"] == [f"{Config().kafka.bootstrap}:9092"]


def test_detects_state_outlives_its_container() -> None:
    """Detect's state lies on a named volume, where its command writes it."""
    directory = re.findall(r"^WORKDIR (\S+)", DOCKERFILE, re.MULTILINE)[-1]
    state = f"{directory}/{Config().data_dir}"
    assert f"detect-state:{state}" in SERVICES["detect"]["volumes"]
    assert "detect-state" in COMPOSE["volumes"]
    # A new volume belongs to whom the directory under it belongs to.
    assert re.search(rf"install -d -o weathervane[^&]*{re.escape(state)}", DOCKERFILE)


def test_the_brokers_data_outlives_its_container() -> None:
    """The broker's log directory is a named volume."""
    directory = SERVICES["kafka"]["environment"]["KAFKA_LOG_DIRS"]
    assert SERVICES["kafka"]["volumes"] == [f"kafka-data:{directory}"]
    assert "kafka-data" in COMPOSE["volumes"]


@each_process
def test_processes_wait_for_their_topics(name: str) -> None:
    """A process starts when the broker answers and every topic is as it must be."""
    assert SERVICES[name]["depends_on"] == {
        "kafka": {"condition": "service_healthy"},
        "topics": {"condition": "service_completed_successfully"},
    }
    assert "healthcheck" in SERVICES["kafka"]
    assert SERVICES["topics"]["restart"] == "no"


@each_process
def test_health_is_asked_where_the_process_answers(name: str) -> None:
    """Each health check asks the port that its process has by default."""
    config = Config()
    wanted = {
        "count": f"http://127.0.0.1:{config.metrics.count_port}/metrics",
        "detect": f"http://127.0.0.1:{config.metrics.detect_port}/metrics",
        "serve": f"http://127.0.0.1:{config.serve.port}/readyz",
    }
    assert f"'{wanted[name]}'" in _health_code(name)


@each_process
def test_health_follows_the_answer(name: str, answering: tuple[int, dict[str, int]]) -> None:
    """A check is well on 200, and ill on 503 and where nobody listens."""
    port, answers = answering
    answers["status"] = 200
    assert _run_health(name, port) == 0
    answers["status"] = 503
    assert _run_health(name, port) != 0
    assert _run_health(name, 1) != 0


@pytest.fixture
def answering() -> Iterator[tuple[int, dict[str, int]]]:
    """Port of a small HTTP server, and the status that it answers with."""
    answers = {"status": 200}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(answers["status"])
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep the tests' output to the tests."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server.server_port, answers
        server.shutdown()
        thread.join()


def _health_code(name: str) -> str:
    test: list[str] = SERVICES[name]["healthcheck"]["test"]
    assert test[:3] == ["CMD", "python", "-c"]
    return test[3]


def _run_health(name: str, port: int) -> int:
    code, changed = re.subn(r"(127\.0\.0\.1):\d+", rf"\1:{port}", _health_code(name))
    assert changed == 1
    return subprocess.run(
        [sys.executable, "-c", code], stderr=subprocess.DEVNULL, check=False
    ).returncode
