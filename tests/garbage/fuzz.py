"""``python -m tests.garbage.fuzz TARGET``: coverage-guided, for as long as one likes.

It needs Atheris, which is not among the locked dependencies: ``pip install -e '.[fuzz]'``.
Half of its mutations know the structure: they bend a JSON document as a tree.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.garbage.json_tree import Pairs, bend, tree_of, write
from tests.garbage.pieces import bent_bytes

_NAMES = ("send", "complaint", "csv", "ftc", "arf", "own", "mapped", "counts", "alert")


def bent(chance: random.Random, data: bytes) -> bytes:
    """An input made of another, as a tree where it is an object of JSON."""
    try:
        tree = tree_of(json.loads(data))
    except (ValueError, RecursionError):
        tree = None
    if not isinstance(tree, Pairs) or not tree:
        return bent_bytes(chance, data)
    bend(chance, tree)
    text = write(chance, tree, ascii_only=chance.random() < 0.5)
    return text.encode("utf-8", "surrogatepass")


def main() -> None:
    """Fuzz one target; a finding is kept in the folder, told, and ends it."""
    parser = argparse.ArgumentParser(prog="python -m tests.garbage.fuzz", description=__doc__)
    parser.add_argument("target", choices=_NAMES)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--folder", type=Path, help="inputs that are kept for the next time")
    asked = parser.parse_args()
    folder = asked.folder or Path(tempfile.mkdtemp(prefix=f"fuzz-{asked.target}-"))
    folder.mkdir(parents=True, exist_ok=True)
    _fuzz(asked.target, asked.seconds, folder)


def _fuzz(name: str, seconds: int, folder: Path) -> None:
    import atheris

    # What is imported in here tells the fuzzer which branches an input has taken.
    with atheris.instrument_imports(include=["streams", "email"]):
        from tests.garbage.targets import TARGETS, seeds

    def mutate(data: bytes, most: int, seed: int) -> Any:
        chance = random.Random(seed)
        return atheris.Mutate(data, most) if chance.random() < 0.5 else bent(chance, data)[:most]

    for number, seed in enumerate(seeds(name)):
        (folder / f"seed-{number}").write_bytes(seed)
    options = [
        f"-max_total_time={seconds}",
        f"-artifact_prefix={folder}/",
        "-max_len=4096",
        "-timeout=10",
        "-rss_limit_mb=1024",
        "-print_final_stats=1",
    ]
    atheris.Setup([sys.argv[0], *options, str(folder)], TARGETS[name](), custom_mutator=mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
