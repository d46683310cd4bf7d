"""The sentence of an alert on a source: what is wrong with its data, in each language."""

from __future__ import annotations

from typing import Final

from streams.alerts.cloudevent import Alert
from streams.alerts.era import MOVED
from streams.alerts.phrases import about, instant, moved, span
from streams.language.catalogue import Catalogue, mark
from streams.printable import printable

_TIMES: Final = {2: mark("twice"), 3: mark("three times"), 4: mark("four times")}
_OFTEN: Final = mark("{n} times")


def sentence_of_source(alert: Alert, words: Catalogue) -> str:
    """Return the sentence of a revision.

    Parameters
    ----------
    alert
        The revision.
    words
        The catalogue of the reader.
    """
    who = words.gettext("Source {name}").format(name=printable(alert.entity.id))
    what = _fault(alert, words)
    if alert.event != "resolved":
        text = words.gettext("{who}: {what}.")
    elif alert.reason == "level_shift":
        text = words.gettext("{who}: {what}; this is now treated as normal, and the alert ends.")
    elif alert.reason == MOVED:
        text = words.gettext("{who}: {what}; {moved}.")
        return text.format(who=who, what=what, moved=moved(alert, words))
    elif alert.reason == "stalled":
        text = words.gettext(
            "{who}: {what}; the source has stalled, and another alert reports that."
        )
    else:
        text = words.gettext("{who}: back to normal; before that, {what}.")
    return text.format(who=who, what=what)


def _fault(alert: Alert, words: Catalogue) -> str:
    """What is wrong."""
    parts = {
        "when": _when(alert, words),
        "due": words.gettext("about {n} were expected").format(n=about(alert.expected)),
        "observed": f"{alert.observed:,.0f}",
        "expected": f"{alert.expected:,.0f}",
    }
    match alert.kind:
        case "stalled":
            text = words.gettext(
                "no records {when}, while other sources of its group had some; {due}"
            )
        case "truncated":
            text = words.gettext("only {observed} records {when}, where {due}")
        case "posted_twice":
            times = round(alert.observed / alert.expected) if alert.expected > 0 else 2
            often = _TIMES.get(times, _OFTEN)
            parts |= {"often": words.gettext(often).format(n=times), "times": str(times)}
            text = words.gettext(
                "records came {often} {when}: nearly every count is a multiple of {times};"
                " {observed} records are counted as {expected}"
            )
        case "senderless_share":
            text = words.gettext("{observed} complaints {when} name no sender, where {due}")
        case "overflow":
            parts["observed"] = f"{float(f'{alert.observed:.3g}'):,.0f}"
            text = words.gettext(
                "about {observed} ids {when} came on top of the {expected} that are counted apart"
                " (count.max_senders, detect.max_entities); they are counted together, and nothing"
                " is learned"
            )
        case "unchecked":
            text = words.gettext(
                "{observed} records {when} may be repeats, and count: more event ids came than are"
                " remembered; nothing is learned"
            )
        case _:  # "gap"
            text = words.gettext("no records {when}, where {due}")
    return text.format(**parts)


def _when(alert: Alert, words: Catalogue) -> str:
    onset, last = (instant(time, alert.bucket_s) for time in (alert.onset, alert.last_bucket))
    if alert.onset == alert.last_bucket:
        return span(words, alert.onset, alert.bucket_s)
    if alert.event == "resolved":
        return words.gettext("from {first} to {last}").format(first=onset, last=last)
    return words.gettext("since {time}").format(time=onset)
