"""What a browser would make of a page, and strings that try to make it another."""

from __future__ import annotations

from html.parser import HTMLParser

import httpx
from hypothesis import strategies as st

from tests.hostile import names as odd_names

LURES = [
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</title><script>", "&lt;b&gt;",
    "' onmouseover='x", "{0}", "{}", "%s", "%(by)s", "{{ 7*7 }}", "javascript:alert(1)", "<!--",
    "]]>", "\u202e", "</bdi>", "</style>", "</svg>", "http://evil.example", "@all",
]  # fmt: skip
hostile = odd_names | st.lists(st.sampled_from(LURES), min_size=1, max_size=3).map("".join)
"""Names that an adversary may choose."""


class ReadPage(HTMLParser):
    """The elements of a page, and its texts."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(answer.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def shape(self) -> list[str]:
        """Its elements, without what they hold."""
        return [tag for tag, _ in self.elements]

    @property
    def said(self) -> str:
        """All its text, with single spaces."""
        return " ".join(" ".join(self.texts).split())

    def faults(self) -> list[str]:
        """Whatever could run, or load something from elsewhere."""
        found = []
        for tag, attributes in self.elements:
            bad = [key for key in attributes if key.startswith("on") or key == "style"]
            outside = [
                str(value)
                for key, value in attributes.items()
                if key in ("src", "href", "action") and not str(value).startswith(("/", "#"))
            ]
            inline = tag == "script" and "src" not in attributes
            if bad or outside or inline or tag in ("style", "iframe", "object"):
                found.append(f"{tag} {attributes}")
        return found
