"""The report as one table: a row for each line of its tables, told apart by the first column."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from streams.analysis.report.form import ReportContent


def rows(report: ReportContent) -> Iterator[dict[str, Any]]:
    """Yield all figures of a report, each row with its table's name as ``table``."""
    for name, value in report.facts:
        yield {"table": "facts", "name": name, "value": value}
    for day in report.days:
        yield {"table": "days", "day": day.label, "critical": day.critical, "warning": day.warning}
    for size in report.detected.sizes if report.detected else ():
        yield {"table": "detected", **dataclasses.asdict(size)}
    for _, of_level in report.affected:
        for row in of_level:
            who = row.who
            yield {
                "table": "affected", "group": who.group, "level": who.level, "entity": who.entity,
                "signal": who.signal, "alerts": len(who.alerts), "counted": sum(row.counts),
            }  # fmt: skip
    for each in report.classes:
        yield {"table": "classes", **dataclasses.asdict(each)}
    for histogram in report.histograms:
        yield {"table": "predictions", **dataclasses.asdict(histogram)}
    for name, facts in report.sources:
        yield {"table": "sources", "source": name, **dataclasses.asdict(facts)}
    for fault in report.faults:
        yield {"table": "faults", **dataclasses.asdict(fault)}
    for note in report.notes:
        yield {"table": "notes", "value": note}
