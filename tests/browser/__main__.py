"""Pictures of serve's pages in all looks: ``python -m tests.browser http://127.0.0.1:8780/``.

Each address gives eight files in the folder of `--out`: both widths, themes and languages. What is
wider than the window, keeps people out or goes wrong on a page is printed.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from urllib.parse import urlsplit

from tests.browser.chromium import LOOKS, launched
from tests.browser.judging import barriers, overflow, picture


def main() -> None:
    """Take the pictures that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", nargs="+")
    parser.add_argument("--out", type=Path, default=Path("build/pictures"))
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    with launched() as chromium:
        for url in given.url:
            place = urlsplit(url)
            name = re.sub(r"\W+", "-", f"{place.path}{place.query}").strip("-") or "now"
            for look in LOOKS:
                with chromium.visit(f"{place.scheme}://{place.netloc}", look) as visit:
                    page = visit.open(url.removeprefix(visit.base))
                    picture(page, given.out / f"{name}-{look.name}.png")
                    for fault in (*overflow(page), *barriers(page), *visit.faults):
                        sys.stdout.write(f"{name} {look.name}: {fault}\n")


if __name__ == "__main__":
    main()
