"""The command line of a benchmark of one thing: whole numbers in, a line for each figure out."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping


def numbers_asked(
    about: str | None, usual: Mapping[str, int], quick: Mapping[str, int] | None = None
) -> dict[str, int]:
    """Read whole numbers from the command line.

    Parameters
    ----------
    about
        The benchmark's docstring: its first line is the help.
    usual
        Options and what they are by default.
    quick
        What they are with ``--quick``; None where there is no such option.
    """
    parser = argparse.ArgumentParser(description=(about or "").partition("\n")[0])
    for name, number in usual.items():
        parser.add_argument(f"--{name}", type=int, default=number)
    if quick is not None:
        said = ", ".join(f"{name} {number}" for name, number in quick.items())
        parser.add_argument("--quick", action="store_true", help=said)
    asked = vars(parser.parse_args())
    if asked.pop("quick", False) and quick is not None:
        asked |= quick
    return asked


def say(figures: Mapping[str, object]) -> None:
    """Write a line for each figure."""
    for name, figure in figures.items():
        shown = f"{figure:.4g}" if isinstance(figure, float) else figure
        sys.stdout.write(f"{name}: {shown}\n")
