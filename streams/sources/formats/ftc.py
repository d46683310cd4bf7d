"""The format "ftc": the FTC's own CSV of Do Not Call complaints, as its website gives it.

``Created_Date`` is when a complaint was filed, ``Violation_Date`` when the call came,
both without a zone: they are in the source's zone. In the sample of July 2021, 3 % of the
complaints were filed before the call, by up to 57 hours, which no time zone explains: consumers
type the date of the call themselves. Such a complaint counts when it was filed, as all complaints
do, and its ``occurred_at`` is left out.

``Company_Phone_Number`` is empty in 5 % of them: such a complaint names no sender. The source's
table may name other columns, or additional ones, such as ``category = "Subject"``.
"""

from __future__ import annotations

from streams.items import ComplaintKind
from streams.sources.formats.csv_rows import CsvRows, column_problem
from streams.sources.formats.format import Format

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
"""A complaint's kind by its subject. A subject says what the caller sold or pretended, not which
rule was broken: a known swindle is fraud, goods are marketing, and any other subject ("Other",
"Dropped call or no message", "No Subject Provided") has the source's ``complaint_kind``."""


FTC = Format(
    name="ftc",
    summary="the FTC's own CSV of Do Not Call complaints",
    kinds=("complaint",),
    channel="voice",
    fields={
        "time": "Created_Date",
        "sender": "Company_Phone_Number",
        "occurred_at": "Violation_Date",
        "region": "Consumer_Area_Code",
        "kind": "Subject",
    },
    required=(),
    places="columns",
    holds_people=False,
    kinds_by_text=KINDS,
    reader=CsvRows,
    place_problem=column_problem,
    options=("time_format", "encoding", "delimiter"),
)
