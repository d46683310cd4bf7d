"""Who is established of a source that is judged alone, in place of the bank of its senders."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from detectors.source_faults.usual_counts import F8, Established


class Known:
    """Senders are established from their eighth bucket on; they send as they have on average."""

    def __init__(self) -> None:
        self._buckets = 0
        self._entered: dict[str, int] = {}
        self._sums: dict[str, float] = {}

    def established_of(self, names: Collection[str]) -> Established:
        """See `EstablishedOf`."""
        old = [n for n, entered in self._entered.items() if entered <= self._buckets - 7]
        place = {name: at for at, name in enumerate(old)}
        among = [at for at, name in enumerate(names) if name in place]
        listed = list(names)
        rows = [place[listed[at]] for at in among]
        sums = np.array([0.5 + self._sums[name] for name in old])
        seen = np.array([1.0 + self._buckets - self._entered[name] for name in old])

        def predict(exposure: float) -> tuple[F8, F8]:
            shape = 1.0 / (1.0 / sums + 0.1)
            return shape, shape * seen / sums

        return Established(np.array(among, np.intp), np.array(rows, np.intp), predict)

    def learn(self, counts: Mapping[str, int], times: int) -> None:
        """Take in a closed bucket, posted so many times."""
        for name, count in counts.items():
            self._entered.setdefault(name, self._buckets)
            self._sums[name] = self._sums.get(name, 0.0) + count / times
        self._buckets += 1
