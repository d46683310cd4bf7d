"""``weathervane init``: writes a commented configuration file."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

from streams.archive.atomic_files import output_file
from streams.cli.arguments import DEFAULT_CONFIG
from streams.cli.console import err, fail


def template() -> str:
    """Return the commented configuration; each of its values is the default."""
    return resources.files("streams.cli.setup").joinpath("template.toml").read_text("utf-8")


def init(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE", help="The file to write. Default: weathervane.toml.", show_default=False
        ),
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", help="The same as FILE.", hidden=True)
    ] = None,
) -> None:
    """Write a commented configuration file with the default values.

    An existing file is never overwritten.

    Example: weathervane init && weathervane check-config
    """
    path = file or config or DEFAULT_CONFIG
    try:
        with output_file(path, new=True) as written:
            written.write(template().encode())
    except FileExistsError:
        fail(f"{path}: must not exist yet; found one: move it away, or name another path")
    except OSError as error:
        fail(f"{path}: cannot be written: {error.strerror}")
    note = f"wrote {path}; check it with: weathervane check-config {path}"
    err.print(note, markup=False, highlight=False, soft_wrap=True)
