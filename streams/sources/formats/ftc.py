"""The FTC's own CSV of Do Not Call complaints, as its website gives it.

``Created_Date`` is when a complaint was filed, ``Violation_Date`` when the call came,
both without a zone: in the source's. In the sample of July 2021, 3 % of the complaints
were filed before the call, by up to 57 hours, which no time zone explains; consumers type
the date of the call themselves. Such a complaint counts when it was filed, as all do, and
its ``occurred_at`` is left out.

``Company_Phone_Number`` is empty in 5 % of them: a complaint that names no sender.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from streams.config.sources import Source
from streams.items import ComplaintKind
from streams.sources.assemble import FIELDS, Clock, Field, Row, mapped_fields
from streams.sources.decode import Undecodable
from streams.sources.formats.csv_rows import CsvRows
from streams.sources.input_file import InputFile

# The source's table may name others, or more of them: category = "Subject".
COLUMNS: dict[Field, str] = {
    "time": "Created_Date",
    "sender": "Company_Phone_Number",
    "occurred_at": "Violation_Date",
    "region": "Consumer_Area_Code",
}

KINDS: dict[str, ComplaintKind] = {
    "Calls pretending to be government, businesses, or family and friends": "fraud",
    "Computer & technical support": "fraud",
    "Lotteries, prizes & sweepstakes": "fraud",
    "Charities": "marketing",
    "Energy, solar, & utilities": "marketing",
    "Home improvement & cleaning": "marketing",
    "Home security & alarms": "marketing",
    "Medical & prescriptions": "marketing",
    "Reducing your debt (credit cards, mortgage, student loans)": "marketing",
    "Vacation & timeshares": "marketing",
    "Warranties & protection plans": "marketing",
    "Work from home & other ways to make money": "marketing",
}
"""Kind by subject. The subjects say what was sold or pretended, not what was broken: what
names a known swindle is fraud, what names goods is marketing, the rest is the source's
``complaint_kind`` ("Other", "Dropped call or no message", "No Subject Provided")."""


class FtcRows(CsvRows):
    """The records of the FTC's CSV, as complaints and rejects."""

    def __init__(
        self, source: Source, file: InputFile, hash_key: bytes | None, clock: Clock | None = None
    ) -> None:
        named: dict[Field, str] = {**COLUMNS, **mapped_fields(source)}
        columns = {field: named[field] for field in FIELDS if field in named}
        super().__init__(source, file, hash_key, clock, columns)
        self._subject = self.index("Subject", "format")

    def __iter__(self) -> Iterator[Row]:
        """Yield a complaint or a reject for every record."""
        for number, row in self.rows():
            if isinstance(row, Undecodable):
                yield self.reject(number, row)
                continue
            try:
                kind = _kind(row[self._subject])
                yield self.assembler.event(number, self.pick(row), kind=kind)
            except Undecodable as error:
                yield self.reject(number, error)


@lru_cache(maxsize=1000)
def _kind(subject: str) -> ComplaintKind | None:
    return KINDS.get(" ".join(subject.split()))
