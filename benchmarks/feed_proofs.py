"""How fast the feeds' proofs are at two million revisions: start from what is kept, and proofs.

``python -m benchmarks.feed_proofs``: the records of the topic ``checkpoints`` are made in memory,
so that the time is that of serve's own work; reading 64 MB from a broker comes to it.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import time

from streams.proofs.checkpoint import FeedId
from streams.proofs.stored import KeptTrees, hash_records
from streams.proofs.tree import HashTree
from streams.proofs.trees import FeedTrees

FEED = FeedId("60s", 0, 1)


def main() -> None:
    """Measure, and print a line each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--revisions", type=int, default=2_000_000)
    parser.add_argument("--proofs", type=int, default=2_000)
    asked = parser.parse_args()
    tree = HashTree()
    began_s = time.perf_counter()
    for number in range(asked.revisions):
        tree.append(hashlib.sha256(b"%d" % number).digest())
    print(f"{asked.revisions:,} leaves added: {time.perf_counter() - began_s:.2f} s")
    records = list(hash_records(FEED, tree, 0))
    size_mb = sum(len(record.value or b"") for record in records) / 1e6
    began_s = time.perf_counter()
    kept = KeptTrees()
    for record in records:
        kept.take(*record)
    again = FeedTrees(kept).trees[FEED]
    root = again.root()
    print(f"start from {size_mb:.0f} MB of kept hashes: {time.perf_counter() - began_s:.2f} s")
    assert root == tree.root()
    chance, spans = random.Random(1), []
    for _ in range(asked.proofs):
        size = chance.randint(1, again.size)
        index = chance.randrange(size)
        began_s = time.perf_counter()
        again.inclusion(index, size)
        again.consistency(index + 1, size)
        spans.append((time.perf_counter() - began_s) / 2)
    spans.sort()
    middle, high = spans[len(spans) // 2], spans[int(len(spans) * 0.99)]
    print(f"a proof: {1e3 * middle:.2f} ms at the median, {1e3 * high:.2f} ms for 99 %")


if __name__ == "__main__":
    main()
