"""A file that cannot be read as TOML gives one clear line."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.config.load import ConfigError, load_config


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"name = ", "must be TOML; Invalid value (at end of document)"),
        (b'name = "a"\nname = "b"', "must be TOML; Cannot overwrite a value"),
        (b'name = "\xff"', "must be UTF-8; found another byte at 8"),
        (b"x = " + b"[" * 5000, "must be TOML; found values nested too deeply"),
        (b"x = " + b"9" * 5000, "must be TOML; Exceeds the limit"),
    ],
    ids=["cut off", "twice", "bytes", "deep", "digits"],
)
def test_what_is_no_toml_is_told(tmp_path: Path, content: bytes, problem: str) -> None:
    """A file that cannot be parsed gives one line that names the file and the reason."""
    path = tmp_path / "w.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load_config(path, environ={})
    (line,) = caught.value.problems
    assert line.startswith(f"{path}: {problem}")


def test_a_directory_is_told(tmp_path: Path) -> None:
    """A directory in place of the file gives one line."""
    with pytest.raises(ConfigError) as caught:
        load_config(tmp_path, environ={})
    assert caught.value.problems == [f"{tmp_path}: must be a file; found a directory"]


def test_a_path_through_a_file_is_told(tmp_path: Path) -> None:
    """What the system refuses to open gives one line, not a traceback."""
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "w.toml"
    with pytest.raises(ConfigError) as caught:
        load_config(path, must_exist=True, environ={})
    assert caught.value.problems == [f"{path}: must be readable; Not a directory"]


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    """A file that someone named is missed, and the way to make one is told."""
    path = tmp_path / "w.toml"
    with pytest.raises(ConfigError) as caught:
        load_config(path, must_exist=True, environ={})
    assert caught.value.problems == [
        f"{path}: must exist; found no such file (`weathervane init` writes one)"
    ]
