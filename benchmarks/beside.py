"""What a detector beside ours costs: time, memory and kept bytes an entity, false alerts.

    python -m benchmarks.beside

Each is made, asked and taught as `streams.detection.plugins.river_detector` does it, with an
entity's mean at 10. Times are
CPU time; memory is what Python says it holds after 1,000 buckets; kept bytes are those of
the checkpoint. False alerts are those of 60 entities with steady rates, hourly Poisson counts for
100 days, against what the share allows from the first day on: 2 a day.
"""

from __future__ import annotations

import sys
import time
import tracemalloc
from typing import Any

import numpy as np

from streams.config.detect import BesideTable
from streams.detection.plugins.beside import Beside, Seen
from streams.detection.plugins.river_detector import RiverDetector, features, make, moment

BUCKETS = 1_000
ENTITIES = 10
STEADY, DAYS, PER_DAY = 60, 100, 2.0

DETECTORS: dict[str, tuple[str, dict[str, Any]]] = {
    "HalfSpaceTrees": ("river.anomaly.HalfSpaceTrees", {}),
    "HalfSpaceTrees, height 6": (
        "river.anomaly.HalfSpaceTrees",
        {"height": 6, "limits": {"count": [0.0, 100.0], "expected": [0.0, 100.0]}},
    ),
    "GaussianScorer": ("river.anomaly.GaussianScorer", {}),
    "StandardAbsoluteDeviation": ("river.anomaly.StandardAbsoluteDeviation", {}),
    "OneClassSVM": ("river.anomaly.OneClassSVM", {}),
    "LODA": ("river.anomaly.LODA", {}),
    "LocalOutlierFactor": ("river.anomaly.LocalOutlierFactor", {}),
    "detectors.EWMA": ("detectors.EWMA", {}),
    "detectors.PredictiveESR": ("detectors.PredictiveESR", {}),
}


def buckets_given() -> list[tuple[dict[str, float], float]]:
    """Features and targets of a series, a burst now and then."""
    chance = np.random.default_rng(5)
    rates = np.where(np.arange(BUCKETS) % 200 == 199, 40.0, 10.0)
    counts = chance.poisson(rates).astype(float).tolist()
    return [
        (features(x, 10.0, moment(n // 24 % 7, n % 24 * 3600, whole_day=False)), x)
        for n, x in enumerate(counts)
    ]


def run(path: str, parameters: dict[str, Any], buckets: list[Any]) -> RiverDetector:
    """One entity through all buckets."""
    detector = make(path, parameters)
    for x, target in buckets:
        detector.score(x, target)
        detector.learn(x, target)
    return detector


def false_alerts(path: str, parameters: dict[str, Any]) -> int:
    """Alerts where nothing happens; each ends at once, and its bucket is not learned."""
    table = BesideTable(name="x", detector=path, parameters=parameters, share=0.5)
    beside = Beside(table, PER_DAY, 3600, "UTC")
    chance = np.random.default_rng(7)
    rates = chance.gamma(2.0, 5.0, size=STEADY) + 0.5
    found, calm = 0, np.zeros(STEADY, dtype=np.bool_)
    for hour in range(DAYS * 24):
        seen = Seen(hour * 3600, chance.poisson(rates).astype(float), rates, np.ones(STEADY))
        alarmed = calm.copy()
        alarmed[[suspect.row for suspect in beside.suspects(seen, calm)]] = True
        beside.learn(seen, alarmed, np.flatnonzero(alarmed).tolist(), whole=True)
        found += int(np.count_nonzero(alarmed))
    return found


def main() -> None:
    """Print the table."""
    buckets = buckets_given()
    heads = "µs a bucket | bytes in memory | bytes kept | ms to keep | ms to restore"
    print(f"| detector | {heads} | false alerts of {PER_DAY * DAYS:.0f} |")
    print("|---|---|---|---|---|---|---|")
    for name, (path, parameters) in DETECTORS.items():
        run(path, parameters, buckets[:50])
        began = time.process_time()
        run(path, parameters, buckets)
        spent = (time.process_time() - began) / len(buckets) * 1e6
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        detectors = [run(path, parameters, buckets) for _ in range(ENTITIES if spent < 1000 else 1)]
        held = (tracemalloc.get_traced_memory()[0] - before) / len(detectors)
        tracemalloc.stop()
        began = time.process_time()
        kept = [detector.dump() for detector in detectors]
        keep = (time.process_time() - began) / len(detectors) * 1e3
        began = time.process_time()
        for state in kept:
            RiverDetector.load(state, path, 0)
        back = (time.process_time() - began) / len(detectors) * 1e3
        cells = f"{spent:,.1f} | {held:,.0f} | {len(kept[0]):,} | {keep:.2f} | {back:.2f}"
        false = f"{false_alerts(path, parameters)}" if spent < 1000 else "–"
        print(f"| `{name}` | {cells} | {false} |")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
