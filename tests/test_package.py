"""The wheel holds all that the program needs, and works where the checkout is not.

It is built and installed without a network, into an environment of its own. The dependencies come
from the environment that runs the tests: a ``.pth`` file names its folder of packages. So this
proves that no module, no file of data and no entry point of ours is missing. That the dependencies
can be installed is shown by `make`, which installs them from the lock file.
"""

from __future__ import annotations

import ast
import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from streams import DISTRIBUTION, version
from streams.broker.local.broker import Recipe
from streams.broker.local.port_and_folder import free_port
from streams.cli.python_version import NEWEST, OLDEST, problem
from streams.delivery.console.docs.documents import SHIPPED, documents_in
from tests.needs import require

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
PACKAGES = ("streams", "detectors")
READ_BY_AN_OLDER_PYTHON = (
    "streams/__init__.py",
    "streams/cli/__init__.py",
    "streams/cli/main.py",
    "streams/cli/python_version.py",
)

IMPORT_ALL = """
import importlib, pkgutil, sys
for name in sys.argv[1:]:
    package = importlib.import_module(name)
    for module in pkgutil.walk_packages(package.__path__, f"{name}."):
        print(importlib.import_module(module.name).__file__)
"""

FIND_DEMO = """
from importlib import resources
print(resources.files("streams.demo"))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of what goes into it."""
    place = tmp_path_factory.mktemp("wheel")
    source = place / "source"
    source.mkdir()
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    for name in PACKAGES:
        left_out = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, source / name, ignore=left_out)
    for name, path in documents_in(ROOT).items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, source / name)
    _pip("wheel", "--no-deps", "--no-build-isolation", "-w", str(place), str(source))
    (built,) = place.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment that holds the wheel, and sees the dependencies."""
    place = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place)], check=True)
    programs = place / "bin"
    _pip("--python", str(programs / "python"), "install", "--no-deps", str(wheel))
    (packages,) = place.glob("lib/python*/site-packages")
    # A folder that a .pth file names is searched, but .pth files in it are not read: the checkout,
    # which is installed there as editable, stays out.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    return programs


def _pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check", *arguments]
    environ = {**os.environ, "PIP_NO_INDEX": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environ, check=False)
    assert done.returncode == 0, done.stderr


def _run(command: list[str], place: Path) -> str:
    """Run a program in a folder, without the checkout's path and without Java; return its output.

    Without Java the local broker is the stand-in.
    """
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        command,
        cwd=place,
        env={**kept, "PATH": str(place / "no programs")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_is_called_by_its_name_on_the_index(wheel: Path) -> None:
    """`weathervane` is another project's there; the version is the project's."""
    assert PROJECT["name"] == DISTRIBUTION
    assert wheel.name.startswith(f"{DISTRIBUTION.replace('-', '_')}-{PROJECT['version']}-")


def test_all_files_are_in_the_wheel(wheel: Path) -> None:
    """Modules and the data beside them, and nothing of the tests."""
    with zipfile.ZipFile(wheel) as archive:
        found = {name for name in archive.namelist() if ".dist-info/" not in name}
    there = {
        path.relative_to(ROOT).as_posix()
        for name in PACKAGES
        for path in (ROOT / name).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    # Documents are beside the page that shows them; in a checkout they are read where they stand.
    assert there - found == {"detectors/README.md"}
    shipped = SHIPPED.relative_to(ROOT).as_posix()
    assert found - there == {f"{shipped}/{name}" for name in documents_in(ROOT)}


def test_every_module_can_be_imported(installed: Path, tmp_path: Path) -> None:
    """All of them, from the environment and not from the checkout."""
    command = [str(installed / "python"), "-W", "ignore", "-c", IMPORT_ALL, *PACKAGES]
    files = _run(command, tmp_path).split()
    assert len(files) > 100
    assert {file for file in files if not file.startswith(str(installed.parent))} == set()


def test_it_says_its_version(installed: Path, tmp_path: Path) -> None:
    """`weathervane --version`: the version that is installed, or that of the checkout."""
    said = _run([str(installed / "weathervane"), "--version"], tmp_path)
    assert said == f"weathervane {PROJECT['version']}\n"
    assert version() in (PROJECT["version"], f"{PROJECT['version']}+checkout")


@pytest.fixture(scope="module")
def shortened(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The installed demo, its recordings cut to a tenth of the lines.

    That what is shipped can be read whole, and what it gives, is shown in the checkout
    (tests/documents, tests/integration/test_demo.py): here the files need only be the same.
    """
    place = tmp_path_factory.mktemp("anywhere")
    demo = Path(_run([str(installed / "python"), "-c", FIND_DEMO], place).strip())
    for name, lines in (("complaints.csv.gz", 30_000), ("mail.csv.gz", 3_000)):
        file = demo / "data" / name
        assert file.read_bytes() == (ROOT / "streams" / "demo" / "data" / name).read_bytes()
        with gzip.open(file) as recording:
            kept = b"".join(islice(recording, lines))
        file.write_bytes(gzip.compress(kept, 1))
    return demo


@pytest.fixture(scope="module")
def replayed(
    installed: Path, shortened: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """What a replay of them says, with the shipped configuration; and the lines of its alerts."""
    place = tmp_path_factory.mktemp("replayed")
    files = [f"ftc={shortened}/data/complaints.csv.gz", f"mail={shortened}/data/mail.csv.gz"]
    options = ["--config", f"{shortened}/demo.toml", "--alerts", "alerts.jsonl", "--json"]
    said = _run([str(installed / "weathervane"), "replay", *files, *options], place)
    return {**json.loads(said), "lines": (place / "alerts.jsonl").read_text().splitlines()}


def test_it_replays_the_shipped_recordings(replayed: dict[str, Any]) -> None:
    """Records in, alerts out."""
    assert replayed["records"] == 29_999 + 2_999
    assert len(replayed["lines"]) >= replayed["alerts"] > 0


def test_its_demo_runs_on_the_stand_in(
    installed: Path, replayed: dict[str, Any], tmp_path: Path, noida: Recipe
) -> None:
    """Broker, processes and recordings, all from the wheel: it ends when all is judged."""
    ports = ["--port", str(free_port()), "--http-port", str(free_port())]
    printed = _run([str(installed / "weathervane"), "demo", *ports], tmp_path)
    assert "ten largest alerts" in printed
    found = "{alerts} alerts: {open} open, {resolved} resolved".format(**replayed)
    assert found in printed


@pytest.mark.parametrize(("found", "is_refused"), [
    ((3, 6, 15), True), ((3, 10, 9), True), ((3, 11, 0), False), ((3, 13, 1), False),
    ((3, 14, 0), True), ((4, 0, 0), True),
])  # fmt: skip
def test_a_python_that_does_not_do_is_refused(found: tuple[int, ...], is_refused: bool) -> None:
    """What is refused is what the package says that it requires."""
    assert (problem(found, "python3") is not None) is is_refused
    least, bound = f"{OLDEST[0]}.{OLDEST[1]}", f"{NEWEST[0]}.{NEWEST[1] + 1}"
    assert PROJECT["requires-python"] == f">={least},<{bound}"


def test_the_command_refuses_an_old_python_in_a_sentence() -> None:
    """Status 2 and one line, before anything is imported that an old Python has not."""
    code = (
        "import sys; sys.version_info = (3, 9, 2, 'final', 0); sys.path.insert(0, sys.argv[1]);"
        "from streams.cli.main import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code, str(ROOT)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert re.fullmatch(r"Python must be version 3\.11 to 3\.13; \S+ is 3\.9: .+\n", done.stderr)


@pytest.mark.parametrize("name", READ_BY_AN_OLDER_PYTHON)
def test_an_old_python_can_read_what_refuses_it(name: str) -> None:
    """The modules up to the refusal hold no syntax that is newer than Python 3.4."""
    source = (ROOT / name).read_text("utf-8")
    tree = ast.parse(source, feature_version=(3, 4))
    assert not any(isinstance(node, ast.JoinedStr) for node in ast.walk(tree))
    assert "from __future__" not in re.sub(r'"""[\s\S]*?"""', "", source)


@pytest.mark.parametrize("python", ["old", "none"])
def test_make_refuses_an_old_python_in_a_sentence(tmp_path: Path, python: str) -> None:
    """One that is too old, or is not there: what is wrong, and how to name another."""
    require("make")
    old = tmp_path / "old"
    code = "import sys; sys.version_info = (3, 9, 2, 'final', 0); import runpy;"
    run = "runpy.run_module('streams.cli.python_version', run_name='__main__')"
    old.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{code} {run}"\n')
    old.chmod(0o755)
    # In a folder of its own: the checkout's environment is there already.
    for name in ("Makefile", "requirements-dev.txt", "pyproject.toml", "setup.py"):
        shutil.copy(ROOT / name, tmp_path)
    done = subprocess.run(
        ["make", f"PYTHON={tmp_path / python}", ".venv/.installed"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    said = [line for line in done.stderr.splitlines() if not line.startswith("make")]
    assert len(said) == 1
    assert said[0].startswith("Python must be version 3.11 to 3.13; ")
    assert said[0].endswith("make PYTHON=/path/to/python3")
    assert not (tmp_path / ".venv").exists()
