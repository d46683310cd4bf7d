"""Templates of pages: whatever came in is text in them, and stands there as it can be seen.

Each value that a template shows is escaped for HTML, and what nobody sees in it (controls,
bidirectional and zero-width characters) is shown as an escape. `raw` leaves the latter as it is,
for values that a form sends back.

Texts are in English and are looked up in the reader's catalogue: ``{{ _("Nothing yet.") }}``, or
``{% trans name=bdi(entity) %}Assigned to {{ name }}{% endtrans %}``. A sign % in them is written
``%%`` in ``_("...")``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from streams.access.secrets import new_mark
from streams.delivery.console.act.seen import seen
from streams.delivery.console.frame.said_text import said_kind, said_text
from streams.delivery.console.frame.shown import (
    age,
    csrf,
    entity_address,
    iso,
    local,
    path,
    raw,
    word,
)
from streams.language.catalogue import Catalogue, Language, catalogue
from streams.printable import printable

Filter = Callable[..., Any]


@cache
def environment(language: Language) -> Environment:
    """Return the templates in a language.

    Parameters
    ----------
    language
        The language of their texts.
    """
    made = Environment(
        loader=PackageLoader("streams.delivery.console", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
    )
    words = catalogue(language)
    made.filters.update(raw=raw, path=path, iso=iso, local=local, age=partial(age, words))
    made.globals.update(_texts(words), words=words, bdi=bdi, csrf=csrf, word=partial(word, words))
    made.globals.update(form_id=new_mark, seen=seen, entity_address=entity_address)
    made.globals.update(said_kind=said_kind, said_text=partial(said_text, words))
    made.newstyle_gettext = True  # type: ignore[attr-defined]
    return made


def bdi(name: str) -> Markup:
    r"""Show a name of somebody's as a text of its own direction.

    Parameters
    ----------
    name
        The name; an adversary may have chosen it.

    Examples
    --------
    >>> print(bdi("<b>\u202e"))
    <bdi>&lt;b&gt;\u202e</bdi>
    """
    return Markup("<bdi>{}</bdi>").format(printable(name))


def _shown(value: object) -> object:
    """What a template shows of a value."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return printable(value)
    return value


def _texts(words: Catalogue) -> Mapping[str, Filter]:
    def filled(text: str, variables: Mapping[str, object]) -> Markup:
        # The text is ours, and may hold markup; what is put into it is escaped.
        shown = {name: _shown(value) for name, value in variables.items()}
        return Markup(text) % shown  # noqa: S704

    def gettext(text: str, **variables: object) -> Markup:
        return filled(words.gettext(text), variables)

    def ngettext(one: str, others: str, n: float, **variables: object) -> Markup:
        return filled(words.ngettext(one, others, n), {"num": n, **variables})

    def pgettext(context: str, text: str, **variables: object) -> Markup:
        return filled(words.pgettext(context, text), variables)

    return {"_": gettext, "gettext": gettext, "ngettext": ngettext, "pgettext": pgettext}
