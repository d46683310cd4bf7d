"""``python -m tests.words``: bring the catalogues up to date; status 1 where something is left."""

from __future__ import annotations

import sys

from tests.words.faults import faults
from tests.words.texts import FOLDER, files, in_files, in_program


def main() -> int:
    """Write the files, and list what people must do."""
    texts = in_program()
    for part, content in files(texts, in_files()).items():
        (FOLDER / f"{part}.po").write_bytes(content)
    left = faults(texts, in_files())
    sys.stdout.write("".join(f"{fault}\n" for fault in left))
    sys.stdout.write(f"{len(texts)} texts, {len(left)} faults\n")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
