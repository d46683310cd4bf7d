"""Versions of the tables that decide what a name is: they are part of the configuration's hash.

A name may count as another one with a new version of a table. So whoever installs one gets another
hash in the alerts, and can see that what decides has changed.
"""

from __future__ import annotations

from typing import Final

import confusable_homoglyphs
import publicsuffixlist
import unicodedata2
from idna import uts46data

FIRST: Final = {"unicode": "18.0.0", "domains": "18.0.0", "confusables": "3.3.1"}
"""Versions of the tables that every configuration uses, as the first release had them.

They leave hashes as they are, as a key's default does, and so they never change: with a new version
of a package this stays, and the configuration's hash becomes another one.
"""


def of_every_name() -> dict[str, str]:
    """Return the versions of the tables that every configuration uses, but for those of `FIRST`."""
    used: dict[str, str] = {
        "unicode": unicodedata2.unidata_version,
        "domains": uts46data.__version__,
        "confusables": confusable_homoglyphs.__version__,
    }
    return {table: number for table, number in used.items() if number != FIRST[table]}


def of_numbers() -> dict[str, str]:
    """Return the version of the number plans."""
    import phonenumbers  # when it is asked for: it takes 70 ms

    return {"phonenumbers": phonenumbers.__version__}


def of_public_suffixes() -> dict[str, str]:
    """Return the version of the list of public suffixes."""
    return {"publicsuffixlist": publicsuffixlist.__version__}
