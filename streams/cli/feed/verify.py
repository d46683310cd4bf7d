"""Checks a feed at its address, or a file of its pages, and says which item is wrong."""

from __future__ import annotations

import base64
import datetime as dt
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
import orjson

from streams.actions.desk import DeskError
from streams.actions.http_client import Client, open_client
from streams.archive.atomic_files import atomic_file
from streams.cli.actions.serve_options import serve_of
from streams.cli.arguments import read_config
from streams.cli.console import err, fail, out
from streams.cli.feed.by_replay import ReplayedFeeds, compared
from streams.proofs.checkpoint import FeedId
from streams.proofs.note import NoteProblem, PublicKey, read_public_key
from streams.proofs.reader.check import Checked, Consistency, check_feed, feeds_of
from streams.proofs.reader.pages import NotPages, ReadPage, read_page, read_pages
from streams.proofs.reader.trust import (
    ReaderSeen,
    Trusted,
    encode_seen,
    read_listed,
    read_seen,
    trusted_keys,
)

_PAGE: Final = 1000
_AGAIN_S: Final = 1.0
_CATCHES_UP_S: Final = 30.0
"""So long may one of several serve processes take to come as far as another was."""


class Verified(NamedTuple):
    """What is asked for: see the command's options."""

    target: str
    seen: Path
    keys: list[str]
    archive: Path | None
    token_file: Path | None


class _Read(NamedTuple):
    """What was read, and what asks for more."""

    pages: list[ReadPage]
    trusted: Trusted
    consistency: dict[FeedId, Consistency]


def verify_command(
    asked: Verified, config: Path | None, bootstrap: str | None, *, as_json: bool
) -> None:
    """Check, report, and keep what was right; end with 1 where something is wrong."""
    seen = _seen(asked.seen)
    known = _known(seen, asked.keys)
    replayed = None
    if asked.archive is not None:
        replayed = ReplayedFeeds(read_config(config, bootstrap), config, asked.archive)
    now = dt.datetime.now(dt.UTC)
    is_url = asked.target.startswith(("http://", "https://"))
    read = (_of_address if is_url else _of_file)(asked, seen, known, now)
    if not read.trusted.keys:
        fail("--key must give a key, as the operator of the feed prints it with `feed key show`", 2)
    problems = list(read.trusted.problems)
    report: list[dict[str, Any]] = []
    kept = dict(seen.feeds)
    for feed, pages in feeds_of(read.pages).items():
        origin = f"{read.trusted.keys[0].name}/{feed}"
        ask = read.consistency.get(feed, lambda _first, _second: None)
        checked = check_feed(origin, pages, read.trusted.keys, seen.feeds.get(origin), ask)
        if checked.seen is not None:
            kept[origin] = checked.seen
        replay = None if replayed is None else compared(replayed, feed, pages, checked)
        report.append(_row(origin, checked, replay))
    wrong = bool(problems) or any(row["findings"] for row in report)
    if as_json:
        said = {"feeds": report, "keys": [str(key) for key in read.trusted.keys]}
        said |= {"notes": read.trusted.notes, "problems": problems}
        out.print(orjson.dumps(said).decode(), markup=False, highlight=False, soft_wrap=True)
    else:
        _print(report, read.trusted.notes, problems)
    if not wrong:
        _keep(asked.seen, ReaderSeen(keys=[str(key) for key in read.trusted.keys], feeds=kept))
    else:
        fail("the feed must be as it was signed; it is not")


def _of_file(asked: Verified, _: ReaderSeen, known: list[PublicKey], now: dt.datetime) -> _Read:
    path = Path(asked.target)
    try:
        pages = read_pages(path.read_bytes())
    except OSError as error:
        fail(f"{path}: must be a file that can be read, or an address with http; {error.strerror}")
    except NotPages as error:
        fail(f"{path}: {error}")
    return _Read(pages, Trusted(known, [], []) if known else trusted_keys([], [], now), {})


def _of_address(
    asked: Verified, seen: ReaderSeen, known: list[PublicKey], now: dt.datetime
) -> _Read:
    base, _, path = asked.target.rstrip("/").partition("/feeds")
    wanted = path.removesuffix(".json").strip("/")
    serve = serve_of(base, asked.token_file, None)
    if serve is None:
        fail("URL must be the address of a serve process", 2)
    pages: list[ReadPage] = []
    ask: dict[FeedId, Consistency] = {}
    with _told(), open_client(serve.url, serve.token) as client:
        answer = _patient(client, "/feeds/keys", {})
        try:
            trusted = trusted_keys(known, read_listed(answer), now)
        except (ValueError, NoteProblem) as error:
            fail(f"{base}/feeds/keys: must list the feed's keys; {error}")
        rows = orjson.loads(client.read("/feeds", {}).body)["feeds"]
        for row in rows:
            group = row["feed_url"].rpartition("/feeds/")[2].removesuffix(".json")
            if wanted and wanted != group:
                continue
            name = f"{trusted.keys[0].name}/{group}" if trusted.keys else ""
            for page in _pages(client, f"/feeds/{group}", name, seen):
                pages.append(page)
                ask[page.feed] = partial(_consistency, client, f"/feeds/{group}", page.feed.epoch)
    if not pages:
        fail(f"{base}: must have such a feed; /feeds lists them", 2)
    return _Read(pages, trusted, ask)


def _pages(client: Client, feed: str, name: str, seen: ReaderSeen) -> Iterator[ReadPage]:
    """Yield pages from where the reader was, or from the oldest, to the end."""
    epochs = [int(each.rpartition("/")[2]) for each in seen.feeds if each.startswith(f"{name}/")]
    after = "0"
    if epochs:
        newest = max(epochs)
        after = f"{newest}.{seen.feeds[f'{name}/{newest}'].size}"
    until_s = time.monotonic() + _CATCHES_UP_S
    while True:
        asked = {"after": after, "limit": str(_PAGE), "proof": "true"}
        also = (HTTPStatus.CONFLICT, HTTPStatus.GONE, HTTPStatus.SERVICE_UNAVAILABLE)
        answer = client.read(f"{feed}.json", asked, also=also)
        if answer.status == HTTPStatus.OK:
            page = read_page(answer.body)
            yield page
            if not page.has_next:
                return
            after = page.after
        elif answer.status == HTTPStatus.GONE:
            after = _problem(answer.body)["after"]
        elif time.monotonic() > until_s:
            raise DeskError(f"{client.url}{feed}.json: {_problem(answer.body)['detail']}")
        else:
            time.sleep(_AGAIN_S)


def _patient(client: Client, path: str, asked: dict[str, str]) -> bytes:
    until_s = time.monotonic() + _CATCHES_UP_S
    while True:
        last = time.monotonic() > until_s
        also = () if last else (HTTPStatus.SERVICE_UNAVAILABLE,)
        answer = client.read(path, asked, also=also)
        if answer.status == HTTPStatus.OK:
            return answer.body
        if "feed_keys" in _problem(answer.body)["detail"]:
            raise DeskError(f"{client.url}{path}: {_problem(answer.body)['detail']}")
        time.sleep(_AGAIN_S)


def _consistency(
    client: Client, feed: str, epoch: int, first: int, second: int
) -> list[bytes] | None:
    asked = {"first": str(first), "size": str(second), "epoch": str(epoch)}
    answer = client.read(f"{feed}/consistency", asked, also=(HTTPStatus.CONFLICT,))
    if answer.status != HTTPStatus.OK:
        return None
    return [base64.b64decode(each) for each in orjson.loads(answer.body)["proof"]]


def _problem(body: bytes) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(body)
    return {"detail": "", "after": "0", **found}


@contextmanager
def _told() -> Iterator[None]:
    """End with status 1 where the server gives no answer that can be used."""
    try:
        yield
    except (DeskError, NotPages) as error:
        fail(str(error))
    except (KeyError, TypeError, ValueError) as error:
        fail(f"URL must be a serve process of this version; its answer cannot be read: {error}")


def _seen(path: Path) -> ReaderSeen:
    try:
        return read_seen(path.read_bytes())
    except FileNotFoundError:
        return ReaderSeen()
    except OSError as error:
        fail(f"--seen {path}: must be readable; {error.strerror}")
    except ValueError as error:
        fail(f"--seen {path}: {error}")


def _known(seen: ReaderSeen, keys: list[str]) -> list[PublicKey]:
    try:
        known = [read_public_key(line) for line in keys]
    except NoteProblem as error:
        fail(f"--key: {error}", 2)
    known += [key for line in seen.keys if (key := read_public_key(line)) not in known]
    if len({key.name for key in known}) > 1:
        fail("--key must be of the monitor whose feed is checked: another --seen for another", 2)
    return known


def _keep(path: Path, seen: ReaderSeen) -> None:
    try:
        with atomic_file(path) as file:
            file.write(encode_seen(seen))
    except OSError as error:
        fail(f"--seen {path}: must be writable; {error.strerror}")


def _row(origin: str, checked: Checked, replay: dict[str, Any] | None) -> dict[str, Any]:
    findings = [msgspec.structs.asdict(each) for each in checked.findings]
    row = {
        "origin": origin,
        "first": checked.first,
        "last": checked.last,
        "findings": findings + (replay or {}).get("findings", []),
        "never_published": checked.never_published,
        "unshown": checked.unshown,
    }
    return row if replay is None else {**row, "replayed": replay["text"]}


def _print(report: list[dict[str, Any]], notes: list[str], problems: list[str]) -> None:
    for row in report:
        n, origin = len(row["findings"]), row["origin"]
        if n:
            head = f"{origin}: {n} findings"
        elif row["last"] < row["first"]:
            head = f"{origin}: nothing new after {row['last']}; it is as it was"
        else:
            head = f"{origin}: {row['first']} to {row['last']} are as they were signed"
        lines = [head, *(f"  {each['text']}" for each in row["findings"])]
        if row["unshown"]:
            said = "items before are no longer kept; a proof shows that the tree holds them"
            lines.append(f"  {row['unshown']} {said}")
        if row["never_published"]:
            numbers = ", ".join(map(str, row["never_published"][:20]))
            lines.append(f"  never published, as the tree says: {numbers}")
        if "replayed" in row:
            lines.append(f"  {row['replayed']}")
        for line in lines:
            out.print(line, markup=False, highlight=False, soft_wrap=True)
    for line in (*notes, *problems):
        err.print(line, markup=False, highlight=False, soft_wrap=True)
