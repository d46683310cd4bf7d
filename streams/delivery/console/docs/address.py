"""The addresses of the documentation."""

from __future__ import annotations

from functools import lru_cache
from http import HTTPStatus
from pathlib import PurePosixPath
from typing import Final

from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse

from streams.delivery.console.docs.documents import documents
from streams.delivery.console.docs.rendering import PREFIX, Rendered, address, render, title_of
from streams.delivery.console.frame.console import Console
from streams.delivery.feed.problem import ProblemError
from streams.language.catalogue import Language

_PICTURES: Final = {".svg": "image/svg+xml", ".png": "image/png"}
_KEPT: Final = 64
"""Rendered documents that are kept."""


def add_docs(app: FastAPI, console: Console) -> None:
    """Add the addresses.

    Parameters
    ----------
    app
        The application.
    console
        The console.
    """
    files = documents()
    titles = {
        path: title_of(path, file.read_text("utf-8")) if file.suffix == ".md" else path
        for path, file in files.items()
    }

    @lru_cache(_KEPT)
    def rendered(path: str) -> Rendered:
        return render(path, files[path].read_text("utf-8"), titles)

    @app.get("/docs", include_in_schema=False)
    async def contents() -> Response:
        return RedirectResponse(address("docs/index.md"), HTTPStatus.SEE_OTHER)

    @app.get(f"{PREFIX}{{path:path}}", include_in_schema=False)
    async def document(request: Request) -> Response:
        asked: str = request.path_params["path"]
        path = next((each for each in places(asked) if each in files), None)
        if path is None:
            raise ProblemError(HTTPStatus.NOT_FOUND, HTTPStatus.NOT_FOUND.phrase)
        kind = _PICTURES.get(PurePosixPath(path).suffix)
        if kind is not None:
            return Response(files[path].read_bytes(), media_type=kind)
        if address(path) != request.url.path:
            return RedirectResponse(address(path), HTTPStatus.SEE_OTHER)
        reader = console.reader(request)
        other = in_language(path, reader.language)
        if request.query_params.get("for") == "reader" and other in files and other != path:
            # Help leads a reader to their language; whoever asks for a document gets that one.
            return RedirectResponse(address(other), HTTPStatus.SEE_OTHER)
        found = rendered(path)
        here: Language = "zh" if path.startswith("docs/zh/") else "en"
        return console.pages.render(
            "docs/document.html",
            reader,
            title=found.title,
            document=found.html,
            headings=found.headings,
            written_in=here,
            translation=address(other) if other in files and other != path else None,
        )


def places(asked: str) -> list[str]:
    """Return the paths that an address below `PREFIX` may mean, the likeliest first.

    Parameters
    ----------
    asked
        The rest of the address.

    Examples
    --------
    >>> places("how-to/act")
    ['docs/how-to/act.md', 'how-to/act.md', 'docs/how-to/act', 'docs/how-to/act/index.md']
    """
    name = asked.rstrip("/").removesuffix(".md") or "index"
    return [f"docs/{name}.md", f"{name}.md", f"docs/{name}", f"docs/{name}/index.md"]


def in_language(path: str, language: Language) -> str:
    """Return the path that a document has in a language, if it is written in it.

    Parameters
    ----------
    path
        Of the document in any language.
    language
        The language.

    Examples
    --------
    >>> in_language("docs/how-to/act.md", "zh"), in_language("docs/zh/quickstart.md", "en")
    ('docs/zh/how-to/act.md', 'docs/quickstart.md')
    """
    english = f"docs/{path.removeprefix('docs/').removeprefix('zh/')}"
    return english if language == "en" else f"docs/zh/{english.removeprefix('docs/')}"
