"""What is said of the keys of rules that open cases, and of events and states of cases."""

from __future__ import annotations

from typing import Final

KEYS: Final = {
    "cases.handle_within": "time from a case's transfer to its deadline, where nobody says another",
    **{
        f"cases.handle_within_of.{kind}": f"the same for cases of the kind `{kind}`"
        for kind in ("marketing", "fraud", "illegal", "optout_ignored", "other")
    },
    "cases.open": "rules by which an alert opens a case: tables `[[cases.open]]`, see below",
}

OPENING: Final = {
    "name": "names the rule in the cases that it opens",
    "match": "what an alert must be, as in `match` of `[[receivers]]`",
    "kind": "kind of complaints of its cases",
    "owner": "whose its cases are",
}

CASE_EVENT: Final = {
    "v": "version of this form",
    "id": "32 hexadecimal digits, made by who acts: a repeat has the same",
    "at": "when it was done, by the clock of serve or of the command that wrote it",
    "by": "name of the person or program",
    "party": "on whose side: `centre`, `addressee`, or `system`, which is the monitor itself",
    "by_addressee": "which addressee, where it is one",
    "case_id": "the case: 16 hexadecimal digits, those that follow from its alert where it has one",
    "expects": "the version of the case that who acts has seen; of moves and assignments",
    "noted": "whether a text was written with it, on `notes`, under `case/` and its `id`",
}

CASE_EVENTS: Final = {
    "open": "a case begins as `received`; `evidence` are alerts as they were",
    "move": "it goes to another state",
    "assign": "what is given changes; an empty `owner` is nobody",
    "note": "a text of the centre's, which no addressee sees",
    "progress": "a text that the centre and the addressee see",
    "evidence": "alerts as they are now; a later revision replaces an earlier one",
    "erase": "the text of this event is erased",
}

CASE_STATES: Final = {
    "received": "the lead has come in",
    "verified": "the centre has checked it; or the addressee has sent it back",
    "transferred": "the addressee has it, until the deadline",
    "accepted": "the addressee has taken it on",
    "handled": "the addressee has dealt with it",
    "look_back": "the entity is watched for a relapse",
    "closed": "it is over: no relapse, or no look-back",
    "recurred": "it is over: there was a relapse, and a case follows it",
    "rejected": "it is over: the lead was none",
    "withdrawn": "it is over: the centre has taken it back",
}
