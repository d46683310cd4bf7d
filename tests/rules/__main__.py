"""Print what breaks the rules on names and layout: ``python -m tests.rules [FOLDER ...]``."""

from __future__ import annotations

import sys

from tests.rules.all import offences


def main() -> None:
    """Print the offences below the folders named, or all."""
    folders = [name.rstrip("/") for name in sys.argv[1:]]
    shown = [
        offence
        for offence in offences()
        if not folders or any(f"{offence.where}/".startswith(f"{name}/") for name in folders)
    ]
    sys.stdout.write("".join(f"{offence}\n" for offence in shown) + f"{len(shown)} offences\n")


if __name__ == "__main__":
    main()
