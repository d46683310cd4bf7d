"""The reference of the metrics, made from what the processes expose."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from tests.documents.reference.tables import table
from tests.health.exposed import endpoints


def table_rows() -> list[tuple[str, list[str], str]]:
    """Name, labels and help of each metric of ours, in the order of the processes."""
    found: dict[str, tuple[list[str], str]] = {}
    for endpoint in endpoints():
        for family in text_string_to_metric_families(endpoint.text or ""):
            for sample in family.samples:
                if sample.name.startswith("weathervane_") and not sample.name.endswith("_created"):
                    found.setdefault(sample.name, (list(sample.labels), family.documentation))
    info = {name: row for name, row in found.items() if name == "weathervane_info"}
    return [(name, labels, text) for name, (labels, text) in (info | found).items()]


def table_text() -> str:
    """The table of all metrics."""
    rows = [
        (f"`{name}`", ", ".join(f"`{label}`" for label in labels), text)
        for name, labels, text in table_rows()
    ]
    return table(["metric", "labels", "what it says"], rows)
