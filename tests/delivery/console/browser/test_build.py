"""The browser's code: locked by hashes, installed once, never committed, and light."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from streams.delivery.console.browser import build
from streams.delivery.console.frame.static_files import installed_files
from tests.delivery.access.serving import Served

ROOT = Path(__file__).parents[4]
INSTALLED = Path(build.__file__).parents[1] / "static" / "installed"
MOST_BYTES = 200_000


def test_the_lock_has_a_hash_for_every_package_and_names_no_registry() -> None:
    """Whatever registry is asked, it gives these bytes, or nothing is installed."""
    text = (build.HERE / "package-lock.json").read_text()
    assert "http" not in text
    wanted = json.loads((build.HERE / "package.json").read_text())["dependencies"]
    packages = json.loads(text)["packages"]
    own = packages.pop("")
    assert own["dependencies"] == wanted
    assert set(packages) == {f"node_modules/{name}" for name in wanted}
    for name, package in packages.items():
        assert package["version"] == wanted[name.removeprefix("node_modules/")]
        assert package["integrity"].startswith("sha512-")
        assert not package.get("hasInstallScript")


def test_it_is_not_committed() -> None:
    """Nobody else's code is in the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "--", str(INSTALLED)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert listed.stdout == ""


def test_what_is_there_is_not_fetched_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only of another lock; then npm is asked, and what it says is passed on."""
    said = subprocess.CompletedProcess([], 1, "", "npm error\ncode EINTEGRITY")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: said)
    with pytest.raises(build.NotInstalled, match=r"npm error code EINTEGRITY.*NPM_CONFIG_REGISTRY"):
        build.build(tmp_path / "installed")
    assert list((tmp_path / "installed").iterdir()) == []
    (tmp_path / "installed" / build.STAMP).write_text(build.stamp())
    build.build(tmp_path / "installed")


def test_npm_installs_what_is_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files of the table, by the names that pages use, and their licences."""

    def npm(_: object, cwd: Path, **__: object) -> subprocess.CompletedProcess[str]:
        for source in build.FILES.values():
            place = cwd / "node_modules" / source
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(source)
        return subprocess.CompletedProcess([], 0, "", "")

    monkeypatch.setattr(subprocess, "run", npm)
    build.build(tmp_path)
    found = {file.name: file.read_text() for file in tmp_path.iterdir()}
    assert found == {**build.FILES, build.STAMP: build.stamp()}


def test_it_is_installed_where_tests_run() -> None:
    """As `make` does it; in a checkout: python streams/delivery/console/browser/build.py."""
    assert {file.name for file in INSTALLED.iterdir()} == {*build.FILES, build.STAMP}
    assert installed_files().address("htmx.js")


@pytest.mark.parametrize("path", ["/", "/login"])
def test_a_page_is_light(path: str) -> None:
    """With all that it loads, without compression."""
    on = Served(host="0.0.0.0") if path == "/login" else Served()
    page = on.ask("GET", path)
    assert page.status_code == 200
    addresses = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text))
    assert any("htmx" in address for address in addresses)
    sizes = [len(on.ask("GET", address).content) for address in addresses]
    assert len(page.content) + sum(sizes) <= MOST_BYTES
