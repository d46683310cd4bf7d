"""Figures of a benchmark, as people and programs read them."""

from __future__ import annotations

import json
from collections.abc import Mapping


def print_figures(figures: Mapping[str, float], *, as_json: bool) -> None:
    """Print each figure on a line, or all as one JSON object.

    Parameters
    ----------
    figures
        The figures, by their names.
    as_json
        Whether a program reads them.
    """
    if as_json:
        print(json.dumps(figures), flush=True)
    else:
        print("\n".join(f"{name:44} {value:>14,}" for name, value in figures.items()), flush=True)
