"""Replays an archive, and compares what comes out with a feed that was read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from streams.alerts.cloudevent import decode_event
from streams.alerts.rendering import Published
from streams.cli.analysis.archive_replay import open_archive, reading, replay_of
from streams.config.model import Config
from streams.proofs.checkpoint import FeedId
from streams.proofs.reader.check import Checked
from streams.proofs.reader.pages import ReadPage
from streams.proofs.tree import HashTree, leaf_hash


class ReplayedFeeds:
    """The feeds that a replay of an archive makes.

    Parameters
    ----------
    settings, named
        The configuration, and its file as the user named it.
    folder
        The archive.

    Attributes
    ----------
    config
        The hash of the configuration.
    leaves
        By feed: the hash of each item that was replayed, from number 1 on.
    """

    def __init__(self, settings: Config, named: Path | None, folder: Path) -> None:
        archive = open_archive(folder)
        run = replay_of(settings, named, archive)
        self.config, self.leaves = settings.hash, dict[FeedId, list[bytes]]()
        with reading(archive, "replay", quiet=False) as on_progress:
            for recorded in archive.buckets():
                shard = recorded[0].shard

                def take(alert: Published, shard: int = shard) -> None:
                    self._take(shard, alert.value)

                run.judge(recorded, take)
                on_progress()

    def _take(self, shard: int, raw: bytes) -> None:
        alert = decode_event(raw).alert
        if alert.feed_no is not None and alert.revision > 0:
            feed = FeedId(alert.group, shard, alert.epoch)
            self.leaves.setdefault(feed, []).append(leaf_hash(raw))


def compared(
    replayed: ReplayedFeeds, feed: FeedId, pages: Sequence[ReadPage], checked: Checked
) -> dict[str, Any]:
    """Compare a feed with what a replay made: findings, and a sentence on what could be compared.

    Parameters
    ----------
    replayed
        What the replay made.
    feed, pages
        The feed, and its pages.
    checked
        What the check of its proofs found.
    """
    leaves = replayed.leaves.get(feed, [])
    items = {item.number: item for page in pages for item in page.items if item.number}
    if not leaves:
        return _said("the archive gives no item of this feed and epoch: it cannot be recomputed")
    others = [number for number, item in items.items() if item.config != replayed.config]
    until = min([len(leaves) + 1, *others]) - 1
    same = [number for number in sorted(items) if number <= until]
    if not same:
        return _said(
            "no item read is of this configuration and of the archive's time: nothing can be"
            " recomputed"
        )
    wrong = [number for number in same if items[number].leaf != leaves[number - 1]]
    if wrong:
        text = (
            f"item {wrong[0]}: a replay of the archive gives another alert; either the feed was"
            " changed, or the archive lacks what was counted before it, or another version judged"
        )
        finding = {"fault": "altered", "number": wrong[0], "text": text}
        return {"findings": [finding], "text": "a replay of the archive gives something else"}
    text = f"a replay of the archive gives items {same[0]} to {same[-1]}, byte for byte"
    if checked.seen is not None and checked.last <= until:
        tree = HashTree()
        for leaf in leaves[: checked.last]:
            tree.append(leaf)
        if tree.root() == checked.seen.root:
            text += f", and the signed root of all {checked.last}"
        else:
            finding = {"fault": "rewritten", "number": None, "text": "the replayed root differs"}
            return {"findings": [finding], "text": text}
    elif checked.last > until:
        text += "; what follows is of another configuration, or later than the archive"
    return _said(text)


def _said(text: str) -> dict[str, Any]:
    return {"findings": [], "text": text}
