"""A feed that was changed after it was published is told, and so is which item; others pass."""

from __future__ import annotations

import copy
import os
import random
from typing import Any, Final

import orjson
import pytest

from streams.proofs.checkpoint import Checkpoint, origin_of
from streams.proofs.reader.check import Checked, SeenFeed, check_feed
from streams.proofs.reader.order import misplaced
from streams.proofs.reader.pages import NotPages, read_pages
from tests.delivery.proofs.proving import KEYS, alerts, proving
from tests.proofs.reader.downloaded import FEED, changed, download

CHANGES: Final = int(os.environ.get("WEATHERVANE_FEED_CHANGES", "60"))
"""How many changes are tried: 1,000 take two minutes."""

KEY = KEYS.newest.published.public
ORIGIN = origin_of("test", FEED)
TEXTS = alerts(*range(1, 201))
WHOLE = download(TEXTS, proving(*TEXTS))


def check(content: bytes, seen: SeenFeed | None = None, **options: Any) -> Checked:
    """Check what was downloaded."""
    return check_feed(ORIGIN, read_pages(content), [KEY], seen, **options)


def named(found: Checked) -> set[tuple[str, int | None]]:
    """Return what was found."""
    return {(each.fault, each.number) for each in found.findings}


def test_a_whole_feed_passes() -> None:
    """What was published is found to be so; what is kept lets the next check go on."""
    found = check(WHOLE)
    assert (found.findings, found.first, found.last) == ([], 1, 200)
    assert found.seen is not None
    assert found.seen.size == 200
    again = check(WHOLE, found.seen)
    assert again.findings == []
    assert check(download(TEXTS, proving(*TEXTS), after=200), found.seen).findings == []


def test_a_feed_that_grew_goes_on_from_what_was_kept() -> None:
    """Only new items need to be read."""
    seen = check(download(TEXTS[:77], proving(*TEXTS[:77]))).seen
    found = check(download(TEXTS, proving(*TEXTS), after=77), seen)
    assert (found.findings, found.first, found.last) == ([], 78, 200)
    assert check(download(TEXTS, proving(*TEXTS), after=60), seen).findings == []


def test_each_change_is_named() -> None:
    """Alterations, deletions, insertions and reorderings: the item's number is said each time."""
    for seed in range(CHANGES):
        chance = random.Random(seed)
        kind = ("alter", "delete", "insert", "move")[seed % 4]
        number = chance.randint(1, 200)
        if kind == "alter":
            content = _altered(chance, number)
            expected = ("altered", number)
        elif kind == "delete":
            content = changed(WHOLE, lambda items, n=number: items[: n - 1] + items[n:])
            expected = ("missing", number)
        elif kind == "insert":
            content, expected = _inserted(chance, number)
        else:
            to = chance.choice([at for at in range(1, 201) if abs(at - number) > 1])
            content = changed(WHOLE, lambda items, n=number, to=to: _moved(items, n - 1, to - 1))
            expected = ("order", number)
        found = check(content)
        assert named(found) == {expected}, (seed, kind, number, found.findings)
        assert found.seen is None


def _moved(items: list[Any], at: int, to: int) -> list[Any]:
    item = items.pop(at)
    items.insert(to, item)
    return items


def _inserted(chance: random.Random, number: int) -> tuple[bytes, tuple[str, int]]:
    """Put a copy of an item somewhere after it, or one that was never published."""
    at = chance.randint(number, 200)
    if chance.random() < 0.5:

        def copied(items: list[Any]) -> list[Any]:
            items.insert(at, copy.deepcopy(items[number - 1]))
            return items

        return changed(WHOLE, copied), ("inserted", number)

    def forged(items: list[Any]) -> list[Any]:
        made = copy.deepcopy(items[number - 1])
        made["_weathervane"]["feed_no"] = made["_weathervane"]["cloudevent"]["data"]["feed_no"] = (
            999
        )
        items.append(made)
        return items

    return changed(WHOLE, forged), ("altered", 999)


def _altered(chance: random.Random, number: int) -> bytes:
    """Change a letter or digit of an alert's bytes, or what stands beside it."""
    if chance.random() < 0.3:
        field = chance.choice(["title", "id", "date_published", "content_text"])

        def beside(items: list[Any]) -> list[Any]:
            items[number - 1][field] = "x" + items[number - 1][field]
            return items

        return changed(WHOLE, beside)
    raw = TEXTS[number - 1]
    while True:
        at = chance.randrange(len(raw))
        if not chr(raw[at]).isalnum():
            continue
        other = chance.choice(b"abcdefghij123456789")
        made = raw[:at] + bytes([other]) + raw[at + 1 :]
        try:
            orjson.loads(made)
        except ValueError:
            continue
        if other != raw[at]:
            return WHOLE.replace(raw, made)


def test_misplaced_are_as_few_as_explain_it() -> None:
    """Of a move, the item that moved; of equal explanations, one."""
    assert misplaced([]) == []
    assert misplaced([1, 2, 3]) == []
    assert misplaced([1, 4, 2, 3]) == [4]
    assert misplaced([3, 1, 2]) == [3]
    assert len(misplaced([2, 1])) == 1


def test_what_is_cut_off_is_missed() -> None:
    """The checkpoint says how many items there are; what was kept, how many there were."""
    cut = changed(WHOLE, lambda items: items[:-2])
    assert named(check(cut)) == {("missing", 199), ("missing", 200)}
    seen = check(WHOLE).seen
    older = download(TEXTS[:150], proving(*TEXTS[:150]))
    assert check(older).findings == []
    assert named(check(older, seen)) == {("short", None)}


def test_a_rewritten_history_is_told() -> None:
    """Another feed, signed by the right key, does not go on from what was kept."""
    seen = check(download(TEXTS[:100], proving(*TEXTS[:100]))).seen
    other = [*alerts(*range(1, 51), observed=99), *TEXTS[50:]]
    for after in (0, 40, 100):
        found = check(download(other, proving(*other), after=after), seen)
        assert named(found) == {("rewritten", None)}, after


def test_numbers_that_were_never_published_are_no_fault() -> None:
    """The tree says so; where it does not, they are missing."""
    texts = alerts(1, 2, 5, 6)
    found = check(download(texts, proving(*texts)))
    assert (found.findings, found.never_published) == ([], [3, 4])


def test_items_that_are_no_longer_kept_are_shown_by_a_proof() -> None:
    """A reader that comes late cannot read them, but sees that they are as they were."""
    proofs = proving(*TEXTS)
    tree = proofs.tree(FEED)
    late = download(TEXTS[150:], proofs, after=150)
    found = check(late)
    assert (found.findings, found.unshown, found.first) == ([], 150, 151)
    seen = check(download(TEXTS[:100], proving(*TEXTS[:100]))).seen
    found = check(late, seen, consistency=tree.consistency)
    assert (found.findings, found.unshown) == ([], 50)
    assert named(check(late, seen)) == {("rewritten", None)}


@pytest.mark.parametrize(
    "change",
    [
        lambda note: note.replace("200\n", "199\n", 1),
        lambda note: note.replace("— ", "— x", 1),
        lambda note: Checkpoint("weathervane/test/60s/0/2", 200, bytes(32)).signed(
            KEYS.signing(KEYS.newest.published.made)
        ),
    ],
)
def test_a_forged_checkpoint_is_told(change: Any) -> None:
    """A changed one, one of a stranger, and one of another feed."""
    pages = [orjson.loads(line) for line in WHOLE.splitlines()]
    for page in pages:
        page["_weathervane"]["checkpoint"] = change(page["_weathervane"]["checkpoint"])
    found = check(b"\n".join(orjson.dumps(page) for page in pages))
    assert ("checkpoint", None) in named(found)
    assert found.seen is None


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "it is empty"),
        (b"[]", "JSON Feed"),
        (b"{", "page after page"),
        (b"\xff", "byte 0"),
        (b"[" * 100_000, "page after page"),
        (WHOLE.replace(b'"checkpoint"', b'"other"'), "proof=true"),
    ],
)
def test_what_is_no_download_is_refused(content: bytes, why: str) -> None:
    """Each refusal says what a file must be."""
    with pytest.raises(NotPages, match=why):
        read_pages(content)
