"""What the tables of receivers may hold, for configurations that are drawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from pydantic import BaseModel

from streams.actions.pattern import MATCHER_KEYS, WORDS
from streams.config.problems import models_in
from streams.config.tables import Serve
from streams.delivery.channels.alertmanager import Alertmanager
from streams.delivery.channels.apprise import Apprise
from streams.delivery.channels.people import PeopleChannels
from streams.delivery.notify.quiet_hours import QuietHours
from streams.delivery.notify.table import MatchTable

Draw = Callable[[st.SearchStrategy[Any]], Any]
Strategy = Callable[[type[BaseModel], str], st.SearchStrategy[Any]]
CHANNELS = {
    key: next(models_in(field.annotation)) for key, field in PeopleChannels.model_fields.items()
}
_ADDRESSES = ["https://pager.example/hooks?token=x", "http://[::1]:65535/a%20b"]

RECEIVER_TEXTS: dict[tuple[type[BaseModel], str], list[Any]] = {
    (Serve, "url"): [None, "https://monitor.example", "http://[::1]:8780/weathervane"],
    **{(table, "url"): _ADDRESSES for table in CHANNELS.values() if "url" in table.model_fields},
    (Apprise, "url"): ["ntfy://a-topic"],
    (Alertmanager, "urls"): [["http://am-1:9093"], ["http://am-1:9093", "https://am-2/x"]],
    **{(MatchTable, key): ["x", ["1069*", r"\*x"], []] for key in MATCHER_KEYS},
    **{(MatchTable, key): [words[0], list(words), "*"] for key, words in WORDS.items()},
    **{(QuietHours, key): ["00:00", "23:59", "08:30"] for key in ("from_", "to")},
}
"""Keys whose type does not say what they may hold, with usual values."""


def fitted(
    model: type[BaseModel], drawn: dict[str, Any], draw: Draw, of_field: Strategy
) -> dict[str, Any]:
    """Make what was drawn of a table of receivers fit together; leave others as they are."""
    if issubclass(model, PeopleChannels):
        channel = draw(st.sampled_from(list(CHANNELS)))
        drawn = {key: drawn[key] for key in drawn if key not in CHANNELS}
        drawn[channel] = draw(of_field(PeopleChannels, channel))
        for key in ("escalate_after", "escalate_to"):  # another receiver's name: test_table
            drawn.pop(key, None)
    if model in CHANNELS.values() and "url_file" in model.model_fields:
        drawn = {**drawn, "url": draw(of_field(model, "url"))}
        drawn.pop("url_file", None)
    if model is QuietHours and drawn["from"] == drawn["to"]:
        drawn["to"] = "12:34"
    return drawn
