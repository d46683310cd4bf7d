"""Write every generated part of the documents anew: ``python -m tests.documents``."""

from __future__ import annotations

from tests.documents import figures
from tests.documents.generated import PARTS, with_parts
from tests.documents.markdown import ROOT, documents

if __name__ == "__main__":
    for path, parts in PARTS.items():
        file = ROOT / path
        file.write_text(with_parts(file.read_text("utf-8"), parts), "utf-8")
    blocks = figures.make()
    for document in documents():
        text = figures.with_figures(document.text, blocks)
        if figures.timeless(text) != figures.timeless(document.text):
            (ROOT / document.path).write_text(text, "utf-8")
