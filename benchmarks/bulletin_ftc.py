"""The bulletin of each month over the FTC's complaints, beside what R's `surveillance` says.

    python -m benchmarks.bulletin_ftc COMPLAINTS.csv.gz

COMPLAINTS.csv.gz has a row for each complaint: day, sender, area code. The area code is the region;
there is nothing else. R's part needs Rscript and r-cran-surveillance. The data are half a year, and
`farringtonFlexible` needs years: so it is EARS C2 (`earsC`, baseline 7 weeks) of the same weekly
series, each by itself, at the same budget: 0.25 false in a bulletin, split over all series
and the weeks of the month. What both say is compared; nobody knows the truth.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import gzip
import shutil
import subprocess
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np

from streams.bulletin.budget import FALSE_ENTRIES
from streams.bulletin.cell import UNNAMED, BulletinPeriod, Cell, Cells
from streams.bulletin.emerging import emerging
from streams.bulletin.weeks import by_week

R_PROGRAM = """
suppressMessages(library(surveillance))
args <- commandArgs(TRUE)
series <- as.matrix(read.csv(args[1], header = FALSE))
counts <- sts(observed = series, start = c(2020, 1), frequency = 52)
last <- nrow(series)
found <- suppressWarnings(earsC(counts, list(range = (last - 3):last, method = "C2",
  baseline = 7, minSigma = 1, alpha = as.numeric(args[2]))))
write.table(which(colSums(found@alarm, na.rm = TRUE) > 0), args[3],
  row.names = FALSE, col.names = FALSE)
"""


def read_cells(path: Path) -> Cells:
    """Read the complaints: the region is the area code."""
    counted: Counter[tuple[dt.date, str]] = Counter()
    with gzip.open(path, "rt", newline="") as file:
        for row in csv.DictReader(file):
            counted[dt.date.fromisoformat(row["day"]), row["area_code"] or UNNAMED] += 1
    return Cells.of_rows(
        (day, Cell(UNNAMED, UNNAMED, region, UNNAMED), count)
        for (day, region), count in counted.items()
    )


def months(cells: Cells) -> list[BulletinPeriod]:
    """Return the whole months that are covered."""
    last_day = cells.first + dt.timedelta(cells.counts.shape[1] - 1)
    found = []
    first = cells.first.replace(day=1)
    while first <= last_day:
        following = (first + dt.timedelta(32)).replace(day=1)
        found.append(BulletinPeriod(first, min(following - dt.timedelta(1), last_day)))
        first = following
    return found


def of_ears(cells: Cells, period: BulletinPeriod) -> set[str] | None:
    """Return the regions that EARS C2 alarms on in the last four weeks; None where it cannot."""
    weeks = by_week(cells, period)
    if weeks.counts.shape[1] < 14 or shutil.which("Rscript") is None:
        return None
    alpha = FALSE_ENTRIES / (4 * len(cells.leaves))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "program.R").write_text(R_PROGRAM)
        np.savetxt(folder / "series.csv", weeks.counts.T, fmt="%d", delimiter=",")
        subprocess.run(
            ["Rscript", "program.R", "series.csv", repr(alpha), "rows.txt"], cwd=folder, check=True
        )
        rows = [int(line) for line in (folder / "rows.txt").read_text().split()]
    return {str(cells.leaves[row - 1].region) for row in rows}


def main() -> None:
    parser = argparse.ArgumentParser(description="Bulletins of the FTC's complaints.")
    parser.add_argument("complaints", type=Path)
    cells = read_cells(parser.parse_args().complaints)
    print(f"{len(cells.leaves)} area codes, {int(cells.counts.sum()):,} complaints")
    for period in months(cells):
        found = emerging(cells, period)
        rose = {str(entry.cell.region) for entry in found.entries}
        fell = {str(entry.cell.region) for entry in found.fell}
        ears = of_ears(cells, period)
        line = f"{len(rose)} rose, {len(fell)} fell"
        if found.too_short:
            line = f"too short ({found.weeks_known} weeks)"
        if ears is not None:
            line += f"; EARS C2 {len(ears)}, of ours {len(ears & rose)}"
        print(f"{period.first:%Y-%m}: {line}")
        for entry in found.entries[:8]:
            print(
                f"    {entry.cell.region or 'none'}: {entry.counted_since} of"
                f" {entry.expected_since:.0f} since {entry.since}, {entry.evidence_nats:.1f} nats"
            )


if __name__ == "__main__":
    main()
