"""``weathervane init``: a commented configuration, never overwriting one."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

from streams.cli.arguments import DEFAULT_CONFIG
from streams.cli.console import err, fail


def template() -> str:
    """Return the commented configuration; every value in it is the default."""
    return resources.files("streams.cli.setup").joinpath("template.toml").read_text("utf-8")


def init(
    file: Annotated[
        Path | None, typer.Argument(help="Where. Default: weathervane.toml.", show_default=False)
    ] = None,
    config: Annotated[Path | None, typer.Option("--config", help="The same.", hidden=True)] = None,
) -> None:
    """Write a commented weathervane.toml; an existing file is left alone.

    Example: weathervane init && weathervane check-config
    """
    path = file or config or DEFAULT_CONFIG
    try:
        with path.open("x", encoding="utf-8") as out:
            out.write(template())
    except FileExistsError:
        fail(f"{path}: must not exist yet; found one: move it away, or name another path")
    except OSError as error:
        fail(f"{path}: cannot be written: {error.strerror}")
    said = f"wrote {path}; check it with: weathervane check-config {path}"
    err.print(said, markup=False, highlight=False, soft_wrap=True)
