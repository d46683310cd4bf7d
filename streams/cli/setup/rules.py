"""``weathervane rules``: what each pack of rules says, what it needs, and what is lacking here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal

import orjson
import typer
from rich.table import Table

from streams.cli.arguments import ConfigOption, JsonOption, read_config
from streams.cli.console import err, fail, out
from streams.cli.language import LanguageOption, reader
from streams.cli.terminal import plain
from streams.config.model import Config
from streams.detection.rules.readiness import exactness, lacks, needs
from streams.language.catalogue import ENGLISH, Catalogue, mark
from streams.rule_packs.book import CountedRule, rules_of
from streams.rule_packs.pack import PACK_NAMES, load_pack


def rules(
    what: Annotated[
        Literal["list", "show"],
        typer.Argument(metavar="list|show", help="What to do.", show_default=False),
    ],
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[PACK]", help="With show: the pack. Default: those in use.", show_default=False
        ),
    ] = None,
    config: ConfigOption = None,
    language: LanguageOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the packs of rules: what they count, where it stands, and what they need.

    With show also each parameter, and what this configuration lacks for each
    rule. A parameter is set in the table rules.PACK.RULE.

    Example: weathervane rules show in-tcccpr-2025
    """
    words = reader(language)
    settings = read_config(config)
    if name is not None and what == "list":
        fail("PACK must be left out with list; `weathervane rules show PACK` shows one", 2)
    if name is not None and name not in PACK_NAMES:
        fail(f"PACK must be one of {', '.join(PACK_NAMES)}; got {plain(name)}", 2)
    names = (name,) if name else PACK_NAMES if what == "list" else tuple(settings.detect.rules)
    if not names:
        err.print(words.gettext("No pack is in use: name one, or set detect.rules."))
        return
    found = rules_of(names, settings.rules)
    if as_json:
        out.print_json(orjson.dumps([_row(rule, settings) for rule in found]).decode())
    elif what == "list":
        _list(found, settings, words)
    else:
        _show(found, settings, words)


_HEADS: Final = (mark("Rule"), mark("What it says"), mark("Confirmed"), mark("In use"))


def _list(found: tuple[CountedRule, ...], settings: Config, words: Catalogue) -> None:
    table = Table(*(words.gettext(head) for head in _HEADS))
    yes, no = words.pgettext("of a rule", "yes"), words.pgettext("of a rule", "no")
    for rule in found:
        table.add_row(
            rule.id,
            rule.entry.title.in_language(words.language),
            yes if rule.entry.confirmed else no,
            yes if rule.pack in settings.detect.rules else no,
        )
    out.print(table)


def _show(found: tuple[CountedRule, ...], settings: Config, words: Catalogue) -> None:
    shown = ""
    for rule in found:
        if rule.pack != shown:
            shown, pack = rule.pack, load_pack(rule.pack)
            for about in (pack.title, pack.note):
                _print(about.in_language(words.language).strip())
        _print("")
        _print(f"{rule.id}: {rule.entry.title.in_language(words.language)}")
        for head, text in _facts(rule, settings, words):
            _print(f"  {words.gettext(head)}: {text}")


def _print(text: str) -> None:
    out.print(plain(text), soft_wrap=True, highlight=False, markup=False)


def _facts(rule: CountedRule, settings: Config, words: Catalogue) -> Iterator[tuple[str, str]]:
    entry, language = rule.entry, words.language
    yield mark("Clause"), entry.clause
    dated = words.gettext("undated") if entry.date is None else str(entry.date)
    yield mark("Document"), f"{entry.source} ({dated})"
    yield mark("Evidence"), entry.evidence.in_language(language).strip()
    duty = entry.duty.what.in_language(language)
    if entry.duty.days is not None:
        days = entry.duty.days
        if entry.duty.business:
            text = words.ngettext(
                "{duty}, within {n} business day", "{duty}, within {n} business days", days
            )
        else:
            text = words.ngettext("{duty}, within {n} day", "{duty}, within {n} days", days)
        duty = text.format(duty=duty, n=days)
    yield mark("Duty"), duty
    for key, value in rule.parameters.model_dump(mode="json", by_alias=True).items():
        notes = [words.gettext("chosen by Weathervane")] if key in entry.ours else []
        if key in rule.changed:
            notes = [words.gettext("set in this configuration")]
        shown = orjson.dumps(value).decode()
        yield key, f"{shown} ({notes[0]})" if notes else shown
    yield mark("Needs"), needs(rule, words)
    for group, why in _lacking(rule, settings, words).items():
        yield mark("Runs on"), f"{group}: {'; '.join(why) or words.pgettext('of a rule', 'yes')}"
    for name in sorted(settings.sources):
        source = settings.sources[name]
        said = exactness(rule, source, words)
        if said is not None:
            yield mark("Beware"), f"sources.{name}: {said}"


def _lacking(rule: CountedRule, settings: Config, words: Catalogue) -> dict[str, list[str]]:
    return {
        group: lacks(rule, sources, settings.count.levels, words)
        for group, sources in settings.groups.items()
    }


def _row(rule: CountedRule, settings: Config) -> dict[str, Any]:
    return {
        "id": rule.id,
        **rule.entry.model_dump(mode="json", exclude={"id", "parameters"}),
        "parameters": rule.parameters.model_dump(mode="json", by_alias=True),
        "changed": rule.changed,
        "in_use": rule.pack in settings.detect.rules,
        "needs": needs(rule, ENGLISH),
        "lacks": _lacking(rule, settings, ENGLISH),
    }
