"""Recordings for the pipelines of these tests."""

from __future__ import annotations

import gzip
from itertools import islice
from pathlib import Path

import pytest

SHIPPED = Path(__file__).parents[2] / "streams" / "demo" / "data"
MAILS = 5_000


@pytest.fixture(scope="session")
def mail(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first 13 days of the shipped mail, hour by hour: 25 alerts in 76 revisions."""
    return _first(MAILS, "mail.csv.gz", tmp_path_factory.mktemp("mail"))


@pytest.fixture(scope="session")
def complaints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fifth of the shipped complaints, day by day."""
    return _first(60_000, "complaints.csv.gz", tmp_path_factory.mktemp("complaints"))


def _first(records: int, name: str, folder: Path) -> Path:
    file = folder / name.removesuffix(".gz")
    with gzip.open(SHIPPED / name) as whole:
        file.write_bytes(b"".join(islice(whole, records + 1)))
    return file
