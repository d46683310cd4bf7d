"""Settings of the site that ``make docs`` builds: Sphinx, MyST and the Furo theme.

The source folder is the repository itself, so that a link between two documents works on GitHub
and in the site alike.
"""

from __future__ import annotations

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

project = "Weathervane"
copyright = "2026, the Weathervane authors"
html_title = "Weathervane"

extensions = ["myst_parser"]
root_doc = "docs/index"
include_patterns = [
    "docs/**",
    "operations/README.md",
    "benchmarks/README.md",
    "detectors/README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
]
exclude_patterns = [".*", "build", "streams", "tests", "docs/_*"]

myst_heading_anchors = 4

nitpicky = True
html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_extra_path = ["_root"]
html_copy_source = False
html_show_sphinx = False


def setup(app: Sphinx) -> None:
    """Show CSV as plain text: Pygments has no lexer for it."""
    app.add_lexer("csv", TextLexer)
