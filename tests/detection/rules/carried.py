"""An evaluator of another process, which goes on from what one has stored."""

from __future__ import annotations

from streams.detection.rules.standing import Evaluator


def carry(before: Evaluator, after: Evaluator) -> None:
    """Give an evaluator what a checkpoint of another holds."""
    after.period = before.period
    for name, pages in before.pages.items():
        packed = [pages.pack(number) for number in pages.versions]
        after.pages[name].restore(dict(pages.versions), packed)
