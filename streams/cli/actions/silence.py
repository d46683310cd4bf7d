"""``weathervane silence``: nobody is told of what matches for a while."""

from __future__ import annotations

import sys
from typing import Annotated

import orjson
import typer

from streams.actions.action import MakeSilence
from streams.actions.matcher import Matcher, matcher_problems
from streams.actions.preview import MOST_LAST, PREVIEWED, Preview
from streams.actions.state import MOST_RUNNING
from streams.alerts.sentences import sentence_for
from streams.cli.actions.given import (
    ByOption,
    ForOption,
    UntilOption,
    at_desk,
    end_of,
    hand_in,
    now_utc,
    require_text,
    signed,
)
from streams.cli.actions.rows import shown_time
from streams.cli.actions.serve_options import TokenFileOption, UrlOption
from streams.cli.arguments import BootstrapOption, ConfigOption, JsonOption, read_config
from streams.cli.console import err, fail
from streams.cli.language import reader
from streams.printable import printable


def _key(name: str, help_text: str) -> typer.models.OptionInfo:
    found: typer.models.OptionInfo = typer.Option(
        f"--{name}", metavar="TEXT", help=f"{help_text} Repeat it for any of several.",
        show_default=False,
    )  # fmt: skip
    return found


def silence(
    level: Annotated[list[str] | None, _key("level", "Level of the entity.")] = None,
    id_: Annotated[list[str] | None, _key("id", "Id of the entity.")] = None,
    signature: Annotated[
        list[str] | None, _key("signature", "Signature that it is or has.")
    ] = None,
    platform: Annotated[list[str] | None, _key("platform", "Platform likewise.")] = None,
    category: Annotated[list[str] | None, _key("category", "Category likewise.")] = None,
    signal: Annotated[list[str] | None, _key("signal", "Signal.")] = None,
    kind: Annotated[list[str] | None, _key("kind", "Kind of a source's fault.")] = None,
    source: Annotated[list[str] | None, _key("source", "Source, or one of the group.")] = None,
    severity: Annotated[list[str] | None, _key("severity", "Severity.")] = None,
    lasts: ForOption = None,
    until: UntilOption = None,
    comment: Annotated[
        str | None,
        typer.Option("--comment", metavar="TEXT", help="Why; it is required.", show_default=False),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what it would have hidden.")
    ] = False,
    by: ByOption = None,
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
    url: UrlOption = None,
    token_file: TokenFileOption = None,
    as_json: JsonOption = False,
) -> None:
    r"""Silence what matches: until then nobody is told of it.

    All keys must match, and of a key's texts any. A text may begin or end
    with *, which stands for anything; \* is the star itself. First it shows
    what it would have hidden in the last week, and asks. Alerts, the feed
    and webhooks go on as ever.

    Example: weathervane silence --platform Mall --signal sends --for 4h --comment "sale"

    Example: weathervane silence --id "1069*" --for 1d --comment test --dry-run
    """
    keys = {
        "level": level, "id": id_, "signature": signature, "platform": platform,
        "category": category, "signal": signal, "kind": kind, "source": source,
        "severity": severity,
    }  # fmt: skip
    match = Matcher(**{key: tuple(texts) for key, texts in keys.items() if texts})
    if not match.texts:
        fail(f"a key must say what is silenced: {', '.join(f'--{key}' for key in keys)}", 2)
    for problem in matcher_problems(match):
        fail(f"--{problem}", 2)
    require_text("--comment", comment)
    if comment is None and not dry_run:
        fail("--comment must say why", 2)
    signed(by)
    if not dry_run or (lasts, until) != (None, None):
        end_of(lasts, until, now_utc(), read_config(config, bootstrap).timezone)
    with at_desk(config, bootstrap, url, token_file) as (settings, desk):
        since = now_utc() - PREVIEWED
        _show(desk.preview(match, since), settings.timezone, as_json=as_json and dry_run)
        if dry_run:
            return
        running = [each for each in desk.hidings(now_utc()) if each.hiding.runs(now_utc())]
        if len(running) >= MOST_RUNNING:
            fail(f"at most {MOST_RUNNING:,} silences and snoozes may run; end some first")
        if not yes and not _agreed():
            fail("nothing is silenced", 1)
        fields = signed(by)
        made = MakeSilence(
            **fields, match=match, until=end_of(lasts, until, fields["at"], settings.timezone)
        )
        said = (
            reader()
            .gettext("silence {id} until {time}")
            .format(id=made.id, time=made.until.isoformat(timespec="seconds"))
        )
        hand_in(desk, [(made, comment)], [said], as_json=as_json)


def _agreed() -> bool:
    if not sys.stdin.isatty():
        fail("--yes must be given where nobody can be asked", 2)
    return typer.confirm("Silence this?", err=True)


def _show(preview: Preview, timezone: str, *, as_json: bool) -> None:
    if as_json:
        found = {
            "alerts": list(preview.alert_ids),
            "messages": preview.messages,
            "of": preview.seen,
        }
        sys.stdout.write(f"{orjson.dumps(found).decode()}\n")
        return
    number = len(preview.alert_ids)
    words = reader()
    if number > MOST_LAST:
        text = words.gettext(
            "In the last {days} days it would have hidden {n} of {total} alerts, and {messages}"
            " messages about them; the last {last}:"
        )
    elif number:
        text = words.gettext(
            "In the last {days} days it would have hidden {n} of {total} alerts, and {messages}"
            " messages about them:"
        )
    else:
        text = words.gettext(
            "In the last {days} days it would have hidden {n} of {total} alerts, and {messages}"
            " messages about them."
        )
    err.print(
        text.format(
            days=PREVIEWED.days,
            n=f"{number:,}",
            total=f"{preview.seen:,}",
            messages=f"{preview.messages:,}",
            last=MOST_LAST,
        ),
        highlight=False,
        soft_wrap=True,
    )
    for each in preview.last:
        alert = each.envelope.alert
        said = sentence_for(alert, words)
        line = f"  {shown_time(each.written_at, timezone)}  {alert.alert_id}  {said}"
        err.print(printable(line), highlight=False, markup=False, soft_wrap=True)
