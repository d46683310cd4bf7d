"""Pages of a feed: every number once, in order, and gaps shown."""

from hypothesis import given
from hypothesis import strategies as st

from streams.alerts.cloudevent import Successor, decode_event
from streams.delivery.feed.cursor import Beginning, Cursor
from streams.delivery.feed.pages import Fate, Feeds, Gap, Gone, NeverReached, Page
from tests.alerts.examples import numbered, raw

KEY = ("1d-Asia-Shanghai", 0)


def add(feeds: Feeds, text: bytes, shard: int = 0) -> Fate:
    return feeds.add(shard, decode_event(text), text)


def filled(*numbers: int, keep: int = 100) -> Feeds:
    feeds = Feeds(keep)
    for number in numbers:
        assert add(feeds, numbered(number)) == "added"
    return feeds


def at(number: int, epoch: int = 1) -> Cursor:
    return Cursor(epoch, number)


def feeds_after(feeds: Feeds, number: int) -> Page | Gone | NeverReached:
    return feeds.after(KEY, at(number), 10)


def page(feeds: Feeds, cursor: int | Cursor, limit: int = 100) -> Page:
    place = at(cursor) if isinstance(cursor, int) else cursor
    found = feeds.after(KEY, place, limit)
    assert isinstance(found, Page)
    return found


def numbers(found: Page) -> list[int]:
    return [item.feed_no for item in found.items]


def test_pages_follow_each_other_without_loss_or_overlap() -> None:
    """Going on from each page's cursor reads every item once, in order."""
    feeds = filled(*range(1, 8))
    first = page(feeds, 0, 3)
    second = page(feeds, first.after, 3)
    third = page(feeds, second.after, 3)
    assert [numbers(p) for p in (first, second, third)] == [[1, 2, 3], [4, 5, 6], [7]]
    assert [p.has_next for p in (first, second, third)] == [True, True, False]


def test_a_number_never_reached_is_told() -> None:
    """A reader from before a reset, or of another feed, is told where to go on: it never waits."""
    assert feeds_after(filled(1, 2), 3) == NeverReached(newest=2, after=at(0))
    assert feeds_after(Feeds(10), 1) == NeverReached(newest=None, after=at(0))
    assert feeds_after(filled(*range(1, 8), keep=3), 9) == NeverReached(newest=7, after=at(4))


def test_a_number_is_not_judged_while_nobody_knows_how_far_the_feed_is() -> None:
    """A quiet feed whose alerts are older than what is read back: its reader keeps its cursor."""
    feeds = Feeds(10)
    feeds.cut(0)
    found = page(feeds, 57)
    assert (found.items, found.after, found.newest) == ([], at(57), None)
    add(feeds, numbered(58))
    assert numbers(page(feeds, 57)) == [58]
    assert feeds_after(feeds, 59) == NeverReached(newest=58, after=at(57))


def test_a_new_epoch_begins_its_numbers_anew_and_readers_go_on_with_it() -> None:
    """Whoever reads the old one reads it to its end, and then the new one; nothing is missed."""
    feeds = filled(1, 2, 3)
    assert add(feeds, numbered(1, epoch=2, alert_id="e" * 16)) == "added"
    assert add(feeds, numbered(4)) == "repeat"
    first = page(feeds, 1, 1)
    assert (numbers(first), first.after, first.has_next) == ([2], at(2), True)
    last = page(feeds, first.after)
    assert (numbers(last), last.after, last.has_next) == ([3], at(3), True)
    following = page(feeds, last.after)
    assert (numbers(following), following.after) == ([1], at(1, 2))
    assert not following.has_next
    assert feeds_after(feeds, 57) == NeverReached(newest=3, after=at(0))
    assert feeds.after(KEY, at(0, 3), 10) == NeverReached(newest=1, after=at(0, 2))
    assert numbers(page(feeds, at(1, 2))) == []
    beginning = feeds.after(KEY, Beginning(), 10)
    assert isinstance(beginning, Page)
    assert (numbers(beginning), beginning.later) == ([1, 2, 3], True)


def test_a_feed_that_another_names_can_be_begun_before_its_first_item() -> None:
    """A reader that begins it waits there; it is not told that the feed never came to it."""
    other = (KEY[0], 1)
    feeds = filled(1)
    assert isinstance(feeds.after(other, at(0, 2), 10), NeverReached)
    ended = numbered(2, event="ended", state="resolved", successors=[Successor(KEY[0], 1, 2)])
    assert add(feeds, ended) == "added"
    assert feeds.after(other, at(0, 2), 10) == Page([], [], at(0, 2), None, None)
    assert isinstance(feeds.after(other, at(0, 3), 10), NeverReached)
    assert isinstance(feeds.after(other, at(1, 2), 10), NeverReached)
    add(feeds, numbered(1), shard=1)  # what the old epoch had there is read, whatever comes first
    assert numbers(page(feeds, 0)) == [1, 2]
    add(feeds, numbered(1, epoch=2), shard=1)
    found = feeds.after(other, at(0, 2), 10)
    assert isinstance(found, Page)
    assert numbers(found) == [1]


def test_an_epoch_whose_items_are_gone_is_gone() -> None:
    """A reader that is too far behind is told, and one at the end of what is kept goes on."""
    feeds = filled(1, 2, 3, keep=3)
    for number in (1, 2):
        add(feeds, numbered(number, epoch=2, alert_id="e" * 16))
    assert feeds_after(feeds, 1) == Gone(oldest=3, after=at(2))
    assert numbers(page(feeds, 2)) == [3]
    add(feeds, numbered(3, epoch=2, alert_id="e" * 16))
    assert feeds_after(feeds, 2) == Gone(oldest=1, after=at(0, 2))
    assert numbers(page(feeds, at(0, 2))) == [1, 2, 3]


def test_items_of_an_old_epoch_go_in_their_turn() -> None:
    """They count among what is kept until they are pushed out, and push out nobody's twice."""
    feeds = filled(1, 2, keep=3)
    for number in (1, 2, 3, 4):
        add(feeds, numbered(number, epoch=2))
    assert len(feeds) == 3
    assert feeds.after(KEY, at(0, 2), 10) == Gone(oldest=2, after=at(1, 2))
    assert numbers(page(feeds, at(1, 2))) == [2, 3, 4]


def test_gaps_are_told() -> None:
    """Numbers that were never published show as gaps, the first after the cursor too."""
    found = page(filled(2, 3, 7), 0)
    assert numbers(found) == [2, 3, 7]
    assert found.gaps == [Gap(1, 1), Gap(4, 6)]


def test_what_is_no_longer_kept_is_gone() -> None:
    """A cursor from before what is kept is told the oldest number and what works instead."""
    feeds = filled(*range(1, 8), keep=3)
    assert feeds.after(KEY, at(3), 10) == Gone(oldest=5, after=at(4))
    assert numbers(page(feeds, 4)) == [5, 6, 7]
    assert len(feeds) == 3


def test_a_gap_is_not_taken_for_what_is_gone() -> None:
    """A cursor works where only numbers that never were lie between it and what is kept."""
    feeds = filled(1, 2, 6, 7, keep=2)
    assert page(feeds, 2).gaps == [Gap(3, 5)]
    assert feeds.after(KEY, at(1), 10) == Gone(oldest=6, after=at(2))


def test_a_topic_not_read_from_its_beginning_has_no_gap_there() -> None:
    """What precedes the first item of a topic read from the middle is gone, not a gap."""
    feeds = Feeds(100)
    feeds.cut(0)
    add(feeds, numbered(57))
    assert feeds.after(KEY, at(0), 10) == Gone(oldest=57, after=at(56))
    assert page(feeds, 56).gaps == []


def test_repeats_are_dropped_by_id() -> None:
    """An alert published again after a crash stands in the feed once."""
    feeds = filled(1, 2, 3)
    assert add(feeds, numbered(2)) == "repeat"
    assert numbers(page(feeds, 0)) == [1, 2, 3]


def test_a_repeat_of_what_is_no_longer_kept_stays_out() -> None:
    """An old alert published again does not come back as new."""
    feeds = filled(1, 2, 3, keep=1)
    assert add(feeds, numbered(1)) == "repeat"
    assert numbers(page(feeds, 2)) == [3]


def test_a_number_is_never_given_to_another_alert() -> None:
    """What readers have seen under a number stays: another alert there is a conflict."""
    feeds = filled(1, 3)
    assert add(feeds, numbered(3, alert_id="f" * 16)) == "conflict"
    assert add(feeds, numbered(2)) == "conflict"
    assert [item.id for item in page(feeds, 0).items] == [f"{1:016x}.1", f"{3:016x}.1"]


def test_early_alerts_are_never_in_the_feed() -> None:
    """Revision 0, provisional or refuted, is for operators only."""
    feeds = Feeds(10)
    for event, state in (("early", "early"), ("retracted", "retracted")):
        assert add(feeds, raw(event=event, state=state, revision=0, feed_no=None)) == "early"
    assert (len(feeds), feeds.keys()) == (0, [])


def test_groups_and_shards_are_feeds_of_their_own() -> None:
    """Numbers of different groups and shards do not mix."""
    feeds = Feeds(10)
    add(feeds, numbered(1), shard=0)
    add(feeds, numbered(1), shard=1)
    add(feeds, numbered(1, group="60s"), shard=0)
    assert feeds.keys() == [("1d-Asia-Shanghai", 0), ("1d-Asia-Shanghai", 1), ("60s", 0)]
    assert numbers(page(feeds, 0)) == [1]


def test_a_quiet_feed_that_was_pushed_out_is_gone_not_empty() -> None:
    """A reader of a quiet feed learns that its items were pushed out by a busy one's."""
    feeds = filled(1, 2, keep=2)
    for number in (1, 2):
        add(feeds, numbered(number, group="60s"))
    assert feeds.after(KEY, at(0), 10) == Gone(oldest=3, after=at(2))
    assert page(feeds, 2).items == []


def test_the_newest_page_ends_with_the_newest() -> None:
    """A reader without a cursor gets the newest items, and a cursor to go on from."""
    feeds = filled(1, 2, 4)
    found = feeds.newest(KEY, 2)
    assert (numbers(found), found.gaps, found.after) == ([2, 4], [Gap(3, 3)], at(4))
    assert feeds.newest(("60s", 0), 2).items == []


@given(
    st.lists(st.integers(1, 60), max_size=60),
    st.integers(1, 20),
    st.integers(0, 70),
    st.integers(1, 10),
)
def test_a_reader_accounts_for_every_number(
    published: list[int], keep: int, cursor: int, limit: int
) -> None:
    """From any cursor on, each number to the newest is an item, in a gap, or told as gone.

    A cursor beyond the newest is told, too.
    """
    feeds = Feeds(keep)
    kept = [number for number in published if add(feeds, numbered(number)) == "added"]
    found = feeds.after(KEY, at(cursor), limit)
    if isinstance(found, Gone):
        assert at(cursor) < found.after
        cursor = found.after.number
    elif isinstance(found, NeverReached):
        assert cursor > max(kept, default=0)
        cursor = found.after.number
    seen: list[int] = []
    while True:
        found = page(feeds, cursor, limit)
        accounted = [n for gap in found.gaps for n in range(gap.first, gap.last + 1)]
        seen += numbers(found)
        assert sorted(accounted + numbers(found)) == list(range(cursor + 1, found.after.number + 1))
        cursor = found.after.number
        if not found.has_next:
            break
    assert seen == [n for n in kept[-keep:] if n in seen]
    assert cursor >= max(kept, default=0)
