"""A whole page: its head, its style, and the headers that keep everything else out of it."""

from __future__ import annotations

import base64
import hashlib
from http import HTTPStatus
from typing import Final

from fastapi import Response

from streams.delivery.feed.problem import ProblemError
from streams.delivery.page.markup import Markup, element, joined
from streams.language.catalogue import TAGS, Language, catalogue, mark

_STYLE: Final = Markup(
    ":root{color-scheme:light dark;--ink:#1b1f24;--soft:#545d68;--line:#d0d7de;--paper:#fff;"
    "--link:#0757b5;--critical:#b3151d;--warning:#8a4b00;--over:#176b2c}"
    "@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#a3adb8;--line:#3d444d;"
    "--paper:#0f1318;--link:#79b8ff;--critical:#ff8f87;--warning:#f2b04e;--over:#6fd083}}"
    "*{box-sizing:border-box}"
    "body{margin:0 auto;padding:1rem;max-width:44rem;background:var(--paper);color:var(--ink);"
    "font:1rem/1.5 system-ui,-apple-system,'Segoe UI','PingFang SC','Microsoft YaHei',"
    "'Noto Sans CJK SC',sans-serif;overflow-wrap:anywhere}"
    "h1{font-size:1.25rem;line-height:1.4;margin:.5rem 0 1rem}"
    "h2{font-size:1rem;margin:1.5rem 0 .25rem;padding-top:1rem;border-top:1px solid var(--line)}"
    "dl{display:grid;grid-template-columns:minmax(5rem,9rem) 1fr;gap:.25rem 1rem;margin:.5rem 0}"
    "dt,.soft,time{color:var(--soft)}dd{margin:0}dd time{color:inherit}"
    "ol{list-style:none;margin:.5rem 0;padding:0}li{margin:.5rem 0}"
    "blockquote{margin:.25rem 0 0;padding-left:.75rem;border-left:3px solid var(--line)}"
    ".tag{display:inline-block;margin:0 .5rem 0 0;padding:0 .5rem;border:1px solid;"
    "border-radius:1rem;font-size:.875rem}"
    ".critical{color:var(--critical)}.warning{color:var(--warning)}.resolved,.retracted"
    "{color:var(--over)}"
    "a{color:var(--link)}footer{margin-top:1.5rem;font-size:.875rem}"
)

_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

HEADERS: Final = {
    # Nothing but this one style: no script, image, form, frame, or address of others.
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Vary": "Accept-Language",
}


REFUSED: Final = {
    401: mark(
        "You must log in to see this alert: ask whoever runs this monitor for the address to"
        " log in at, or send Authorization: Bearer TOKEN."
    ),
    403: mark("You may not see this alert."),
    404: mark(
        "This monitor does not hold such an alert. It holds the newest ones (serve.keep);"
        " `weathervane alerts` lists all that are kept on the broker."
    ),
    503: mark("The monitor is still starting. Try again in a moment."),
}
"""Why there is no page, and what to do, by the status of the answer."""


def page(
    title: str, body: Markup, language: Language, status: HTTPStatus = HTTPStatus.OK
) -> Response:
    """Return a page as an answer.

    Parameters
    ----------
    title
        What its tab is called.
    body
        What it shows.
    language
        The language of its words.
    status
        The answer's status.
    """
    lang = TAGS[language]
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="robots", content="noindex"),
        element("title", title),
        element("style", _STYLE),
    )
    text = joined(
        Markup("<!doctype html>\n"), element("html", head, element("body", body), lang=lang)
    )
    headers = {**HEADERS, "Content-Language": lang}
    return Response(text.encode(), status, headers, "text/html; charset=utf-8")


def problem_page(problem: ProblemError, language: Language) -> Response:
    """Return the page that says why there is none, and what to do.

    Parameters
    ----------
    problem
        Why.
    language
        The language of the page; what only the problem says is in English.
    """
    words = catalogue(language)
    refused = REFUSED.get(int(problem.status))
    sentence = problem.detail if refused is None else words.gettext(refused)
    title = words.gettext("No page")
    answer = page(
        title,
        element("main", element("h1", title), element("p", sentence)),
        language,
        problem.status,
    )
    answer.headers.update(problem.headers or {})
    return answer
