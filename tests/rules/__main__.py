"""Print what breaks the rules: ``python -m tests.rules [FOLDER ...] [--write]``.

``--write`` lowers the debt that is written down to what is there.
"""

from __future__ import annotations

import sys

from tests.rules.all import count, offences, read_debt, write_debt


def main() -> None:
    """Print the offences below the folders named, or all."""
    folders = [name.rstrip("/") for name in sys.argv[1:] if not name.startswith("-")]
    found = offences()
    shown = [
        offence
        for offence in found
        if not folders or any(f"{offence.where}/".startswith(f"{name}/") for name in folders)
    ]
    sys.stdout.write("".join(f"{offence}\n" for offence in shown) + f"{len(shown)} offences\n")
    if "--write" in sys.argv:
        now, allowed = count(found), read_debt()
        write_debt(now & allowed if allowed else now)


if __name__ == "__main__":
    main()
