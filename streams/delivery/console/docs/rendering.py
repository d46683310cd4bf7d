"""Markdown of a document as HTML: links lead to other documents here, or to none. Pure."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterator, Mapping, MutableMapping
from itertools import pairwise
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup, escape

PREFIX: Final = "/docs/"

_TOCTREE: Final = "{toctree}"
_OUTSIDE: Final = ("https://", "http://", "mailto:")


class Heading(NamedTuple):
    """A heading of a document: where it is, and what it says."""

    anchor: str
    text: str


class Rendered(NamedTuple):
    """A document as it is shown.

    Attributes
    ----------
    title
        Its first heading.
    html
        All of it.
    headings
        Its headings of the second level.
    """

    title: str
    html: Markup
    headings: list[Heading]


def address(path: str) -> str:
    """Return where a document or a picture is shown.

    Parameters
    ----------
    path
        Its path in the repository.

    Examples
    --------
    >>> address("docs/how-to/act.md"), address("operations/README.md")
    ('/docs/how-to/act', '/docs/operations/README')
    """
    return PREFIX + path.removeprefix("docs/").removesuffix(".md")


def render(path: str, source: str, titles: Mapping[str, str]) -> Rendered:
    """Make HTML of a document.

    Parameters
    ----------
    path
        Its path in the repository.
    source
        Its Markdown. HTML in it is shown as text.
    titles
        The titles of all documents, and of pictures, by path: a link to another file becomes its
        text.
    """
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(source)
    headings = list(_anchored(tokens))
    parser.add_render_rule("fence", _code)
    parser.add_render_rule("code_block", _code)
    parser.add_render_rule("table_open", _table_open)
    parser.add_render_rule("table_close", _table_close)
    for token in tokens:
        if token.type == "inline":
            token.children = list(_linked(path, token.children or [], titles))
    html = parser.renderer.render(tokens, parser.options, {"path": path, "titles": titles})
    title = next((text for level, (_, text) in headings if level == "h1"), path)
    seconds = [heading for level, heading in headings if level == "h2"]
    return Rendered(title, Markup(html), seconds)  # noqa: S704 - of our own documents


def title_of(path: str, source: str) -> str:
    r"""Return the title of a document.

    Parameters
    ----------
    path
        Its path, which stands in for a title.
    source
        Its Markdown.

    Examples
    --------
    >>> title_of("docs/a.md", "# Read a *feed*\n\nText")
    'Read a *feed*'
    """
    first = source.lstrip().partition("\n")[0]
    return first.removeprefix("# ").strip() if first.startswith("# ") else path


def _anchored(tokens: list[Token]) -> Iterator[tuple[str, Heading]]:
    """Give each heading an id, as GitHub and the site of `make docs` do."""
    taken: dict[str, int] = {}
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open":
            text = "".join(_text(token) for token in inline.children or [])
            anchor = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
            count = taken.get(anchor, 0)
            taken[anchor] = count + 1
            opening.attrSet("id", anchor if count == 0 else f"{anchor}-{count}")
            yield opening.tag, Heading(str(opening.attrGet("id")), text)


def _text(token: Token) -> str:
    return token.content if token.type in ("text", "code_inline") else ""


def _linked(path: str, tokens: list[Token], known: Collection[str]) -> Iterator[Token]:
    """Have links and pictures lead to addresses of the console."""
    is_link = True
    for token in tokens:
        if token.type == "link_open":
            target = str(token.attrGet("href"))
            found = _target(path, target, known)
            is_link = found is not None
            if found is None:
                continue
            token.attrSet("href", found)
            if found.startswith(_OUTSIDE):
                token.attrSet("rel", "noreferrer")
        elif token.type == "link_close" and not is_link:
            is_link = True
            continue
        elif token.type == "image":
            found = _target(path, str(token.attrGet("src")), known)
            token.attrSet("src", found or "")
        yield token


def _target(path: str, link: str, known: Collection[str]) -> str | None:
    """Return where a link of a document leads; None where that is not served."""
    if link.startswith(("#", *_OUTSIDE)):
        return link
    file, mark, anchor = link.partition("#")
    place = _place(path, unquote(file))
    return f"{address(place)}{mark}{anchor}" if place in known else None


def _place(path: str, link: str) -> str:
    """Return the path of a file to which a document links."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), link))


def _code(
    renderer: RendererHTML,
    tokens: list[Token],
    at: int,
    options: Any,
    env: MutableMapping[str, Any],
) -> str:
    token = tokens[at]
    if token.info.strip() != _TOCTREE:
        # One that scrolls must be reached by the keyboard, too.
        return f'<pre tabindex="0"><code>{escape(token.content)}</code></pre>\n'
    lines = [line.strip() for line in token.content.splitlines() if line.strip()]
    caption = next((line.removeprefix(":caption:") for line in lines if ":caption:" in line), "")
    items = []
    for line in lines:
        place = _place(env["path"], f"{line}.md")
        if place in env["titles"]:
            text = escape(env["titles"][place])
            items.append(f'<li><a href="{escape(address(place))}">{text}</a></li>')
    heading = f"<h2>{escape(caption.strip())}</h2>" if caption else ""
    return f"{heading}<ul>{''.join(items)}</ul>\n"


def _table_open(*_: object) -> str:
    return '<div class="wide" tabindex="0"><table>\n'


def _table_close(*_: object) -> str:
    return "</table></div>\n"
