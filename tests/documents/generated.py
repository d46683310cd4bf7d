"""Parts of the documents that the program's own tables give.

    python -m tests.documents      writes them anew

Such a part stands between two comments, ``<!-- generated: NAME -->`` and
``<!-- end of NAME -->``. A test fails where a part is stale.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.documents.reference import (
    commands,
    configuration,
    http,
    kinds,
    metrics,
    presets,
    rule_packs,
    wire,
)

PARTS: Mapping[Path, Mapping[str, Callable[[], str]]] = {
    Path("docs/reference/commands.md"): {"commands": commands.commands},
    Path("docs/reference/configuration.md"): {
        "keys": configuration.keys,
        "source": configuration.source_keys,
        "schema_registry": configuration.schema_registry_keys,
        "webhooks": configuration.webhook_keys,
        "receivers": configuration.receiver_keys,
        "match": configuration.match_keys,
        "people": configuration.channel_keys,
        "calendar": configuration.calendar_keys,
        "opening": configuration.opening_keys,
        "levels": configuration.level_keys,
        "beside": configuration.beside_keys,
    },
    Path("docs/reference/topics.md"): {
        "topics": wire.topics,
        "send": wire.send_fields,
        "complaint": wire.complaint_fields,
        "sender": wire.sender_fields,
        "alert": wire.alert_fields,
        "action": wire.action_fields,
        "actions": wire.action_kinds,
        "case": wire.case_fields,
        "case_events": wire.case_kinds,
        "case_moves": wire.case_moves,
        "undelivered": wire.undelivered_fields,
        "notifications": wire.notification_fields,
    },
    Path("docs/reference/kinds.md"): {
        "formats": kinds.formats,
        "levels": kinds.levels,
        "signals": kinds.signals,
        "detectors": kinds.detectors,
        "channels": kinds.channels,
        "symptoms": kinds.symptoms,
    },
    Path("docs/reference/presets.md"): {"presets": presets.presets},
    Path("docs/reference/rules.md"): {"rule_packs": rule_packs.packs},
    Path("docs/reference/http.md"): {"http": http.operations},
    Path("docs/reference/metrics.md"): {"metrics": metrics.table_text},
}
"""The generated parts of each document, by name."""


def with_parts(text: str, parts: Mapping[str, Callable[[], str]]) -> str:
    """Put each part between its comments.

    Raises
    ------
    ValueError
        Where the text lacks a part's comments.
    """
    for name, make in parts.items():
        begin, end = f"<!-- generated: {name} -->", f"<!-- end of {name} -->"
        pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
        if not pattern.search(text):
            raise ValueError(f"the document must have the comments {begin} and {end}")
        body = f"{begin}\n\n{make().strip()}\n\n{end}"
        text = pattern.sub(lambda _, body=body: body, text)  # type: ignore[misc]
    return text
