"""The library's statistics against those of R's surveillance, on the counts of its table.

python -m benchmarks.oracles [surveillance_glr_cusum.csv]
"""

from __future__ import annotations

import argparse
import csv
import math
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import numpy as np

from detectors import CUSUM, CusumBank, GlrBank, NegativeBinomialGLR, PoissonFOCuS

TABLE = Path(__file__).parents[1] / "tests" / "data" / "surveillance_glr_cusum.csv"
ALARM = 5.0
"""Nats at which the table's statistics begin anew."""

RATIO = math.exp(0.4)
SPREAD = 0.2

Row = dict[str, str]


def one_by_one(detector: Any, rows: list[Row]) -> list[float]:
    """Statistic after each count, of one series."""
    found = []
    for row in rows:
        features: dict[Hashable, Any] = {"count": float(row["x"]), "expected": float(row["mu0"])}
        found.append(detector.score_one(features))
        detector.learn_one(features)
        if found[-1] >= ALARM:
            detector.reset()
    return found


def in_a_bank(bank: Any, rows: list[Row]) -> list[float]:
    """The same by a bank, as one row of it."""
    bank.grow(1)
    found = []
    for row in rows:
        x, expected = np.array([float(row["x"])]), np.array([float(row["mu0"])])
        found.append(float(bank.score(x, expected)[0]))
        bank.learn(x, expected)
        if found[-1] >= ALARM:
            bank.reset(np.array([0]))
    return found


def differences(path: Path) -> list[tuple[str, str, float]]:
    """Column, what computed it, and the largest difference in it."""
    with path.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    computed = [
        ("glrpois", "PoissonFOCuS", one_by_one(PoissonFOCuS(), rows)),
        ("glrnb", "NegativeBinomialGLR", one_by_one(NegativeBinomialGLR(SPREAD), rows)),
        ("glrnb", "GlrBank", in_a_bank(GlrBank(SPREAD), rows)),
        ("lrpois", "CUSUM", one_by_one(CUSUM(RATIO), rows)),
        ("lrpois", "CusumBank", in_a_bank(CusumBank(RATIO), rows)),
        ("lrnb", "CUSUM", one_by_one(CUSUM(RATIO, dispersion=SPREAD), rows)),
        ("lrnb", "CusumBank", in_a_bank(CusumBank(RATIO, dispersion=SPREAD), rows)),
    ]
    return [
        (column, name, max(abs(f - float(row[column])) for f, row in zip(found, rows, strict=True)))
        for column, name, found in computed
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path, nargs="?", default=TABLE)
    args = parser.parse_args()
    print("column   computed by           largest difference")
    for column, name, largest in differences(args.path):
        print(f"{column:8} {name:21} {largest:.1e}")


if __name__ == "__main__":
    main()
