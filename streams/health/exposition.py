"""Reads the metrics that processes expose to Prometheus."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from prometheus_client.parser import text_string_to_metric_families


class ScrapedMetrics:
    r"""The values of one or more ``/metrics``.

    Examples
    --------
    >>> found = ScrapedMetrics.read(['a_total{of="x"} 2', 'a_total{of="x"} 3\na_total{of="y"} 1'])
    >>> found.total("a_total"), found.by("a_total", "of"), found.largest("b")
    (6.0, {'x': 5.0, 'y': 1.0}, None)
    """

    def __init__(self, samples: Sequence[tuple[str, Mapping[str, str], float]]) -> None:
        self._by_name: dict[str, list[tuple[Mapping[str, str], float]]] = {}
        for name, labels, value in samples:
            self._by_name.setdefault(name, []).append((labels, float(value)))

    @classmethod
    def read(cls, texts: Iterable[str]) -> ScrapedMetrics:
        """Read texts in Prometheus's format."""
        return cls(
            [
                (sample.name, sample.labels, sample.value)
                for text in texts
                for family in text_string_to_metric_families(text)
                for sample in family.samples
            ]
        )

    def values(self, name: str, **labels: str) -> list[float]:
        """Return the values of a metric whose labels are as given."""
        return [
            value
            for found, value in self._by_name.get(name, [])
            if all(found.get(key) == wanted for key, wanted in labels.items())
        ]

    def total(self, name: str, **labels: str) -> float:
        """Return the sum of these values."""
        return sum(self.values(name, **labels))

    def largest(self, name: str, **labels: str) -> float | None:
        """Return the largest of these values; None where there is none."""
        return max(self.values(name, **labels), default=None)

    def smallest(self, name: str, **labels: str) -> float | None:
        """Return the smallest of these values; None where there is none."""
        return min(self.values(name, **labels), default=None)

    def by(self, name: str, label: str, **labels: str) -> dict[str, float]:
        """Return sums by the value of a label, in its order."""
        names = sorted({found[label] for found, _ in self._by_name.get(name, []) if label in found})
        return {value: self.total(name, **labels, **{label: value}) for value in names}

    def largest_by(self, name: str, label: str) -> dict[str, float]:
        """Return the largest by the value of a label, which several processes may tell."""
        return {
            value: self.largest(name, **{label: value}) or 0.0 for value in self.by(name, label)
        }

    def label(self, name: str, label: str) -> str | None:
        """Return a label of a metric that has one value."""
        return next((found.get(label) for found, _ in self._by_name.get(name, [])), None)


def nonzero(values: Mapping[str, float]) -> dict[str, int]:
    """Return counts without those that are 0."""
    return {name: int(value) for name, value in values.items() if value}
