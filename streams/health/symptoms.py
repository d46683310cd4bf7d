"""What is wrong with the monitor: one table of symptoms.

Each kind says how it is found (`streams.health.symptom_findings`), and what is to be done.
`weathervane status` prints the symptoms that it finds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import msgspec

from streams.config.model import Config
from streams.health import edge_findings as edges
from streams.health import series_findings as of_series
from streams.health import symptom_findings as looks
from streams.health.declared import symptoms_found as of_registry
from streams.health.proved import proof_findings as of_proofs
from streams.health.status import Health
from streams.language.catalogue import ENGLISH, Catalogue, mark
from streams.language.worded import Worded, with_remedy


class Symptom(msgspec.Struct, frozen=True):
    """Something that is wrong.

    Attributes
    ----------
    symptom
        Its kind, a key of `SYMPTOM_TABLE`.
    subject
        What it is about, such as ``detect at 127.0.0.1:9102``: the same at every look.
    problem, remedy
        What is wrong, and what is to be done; a sentence each.
    found
        Subject and problem as a text and its figures, for views in other languages.
    """

    symptom: str
    subject: str
    problem: str
    remedy: str
    found: Worded | None = None

    @property
    def meaning(self) -> str:
        """What its kind means; marked, so that it can be shown in any language."""
        return SYMPTOM_TABLE[self.symptom].meaning

    @property
    def sentence(self) -> str:
        """Problem and remedy in one."""
        return self.sentence_in(ENGLISH)

    def sentence_in(self, words: Catalogue) -> str:
        """Return problem and remedy in one, in a language."""
        return with_remedy(words, self.problem_in(words), self.remedy)

    def subject_in(self, words: Catalogue) -> str:
        """Return what it is about, in a language."""
        return self.subject if self.found is None else self.found.subject(words)

    def problem_in(self, words: Catalogue) -> str:
        """Return what is wrong, in a language."""
        return self.problem if self.found is None else self.found.words(words)

    def document(self) -> dict[str, str]:
        """Return what programs read of it."""
        return {
            "symptom": self.symptom,
            "subject": self.subject,
            "problem": self.problem,
            "remedy": self.remedy,
        }


class Kind(NamedTuple):
    """A kind of symptom: how it is found, what it means, and what is to be done."""

    find: Callable[[Config, Health], looks.Found]
    meaning: str
    remedy: str


def symptoms(config: Config, found: Health) -> list[Symptom]:
    """Return what is wrong, in the order of the table; an empty list if all is well."""
    return [
        Symptom(name, said.subject(), said.words(), kind.remedy, said)
        for name, kind in SYMPTOM_TABLE.items()
        for said in kind.find(config, found)
    ]


SYMPTOM_TABLE: dict[str, Kind] = {
    "process_down": Kind(
        looks.process_down,
        mark("a process does not answer at its address"),
        mark(
            "start it (`weathervane up`), or name its address with --at or in monitor.processes;"
            " the last line of its log says why it ended"
        ),
    ),
    "process_restarted": Kind(
        looks.process_restarted,
        mark(
            "a process was started again within 15 minutes after it had crashed, was killed or"
            " gave up"
        ),
        mark("the end of that run is in its log; this stands for a quarter of an hour"),
    ),
    "configuration_differs": Kind(
        looks.configuration_differs,
        mark("a process runs with another configuration"),
        mark("restart the process, or name its file with --config"),
    ),
    "broker_away": Kind(
        looks.broker_away,
        mark("the broker does not answer, or refuses"),
        mark("nothing is lost while the topics keep what waits in them"),
    ),
    "topic_missing": Kind(
        looks.topic_missing,
        mark("a topic that must exist does not"),
        mark("`weathervane topics` creates it"),
    ),
    "process_waits": Kind(
        looks.process_waits,
        mark("a process waits for a topic that was found meanwhile"),
        mark("`weathervane topics` creates what is missing"),
    ),
    "group_without_process": Kind(
        looks.group_without_process,
        mark("nobody reads for a consumer group"),
        mark("start count, detect or serve, whichever reads for this group"),
    ),
    "nothing_judged": Kind(
        looks.nothing_judged,
        mark("no group has a judged bucket"),
        mark(
            "a bucket is judged when every partition of its sources has passed its end, is idle"
            " (idle_after), or has an end mark (`weathervane ingest --end`)"
        ),
    ),
    "group_not_judged": Kind(
        looks.group_not_judged,
        mark("one group has events and no judged bucket, while others have some"),
        mark(
            "a source or a partition of the group holds it up: see its watermark, and operations/"
            "README.md, Buckets close late"
        ),
    ),
    "flush_late": Kind(
        looks.flush_late,
        mark("the broker has acknowledged nothing of count's for a minute"),
        mark("see whether the broker answers, and whether count may write counts"),
    ),
    "rejects": Kind(
        edges.rejected,
        mark("over a hundredth of a source's records are rejects, and at least 100"),
        mark("the topic rejects holds them, with the reason of each"),
    ),
    "late": Kind(
        edges.late_events,
        mark("over a hundredth of a source's records are late, and at least 100"),
        mark("raise lateness for `behind`, idle_after for `after_idle`"),
    ),
    "fields_lost": Kind(
        edges.lost_fields,
        mark(
            "over a hundredth of a source's records are counted without a field, and at least 100"
        ),
        mark("`weathervane status` says what is wrong with them; see to the mapping of this field"),
    ),
    "repeats_unchecked": Kind(
        edges.repeats_unchecked,
        mark("events were counted that may be repeats: more ids are open than count remembers"),
        mark("give the source's topic more partitions"),
    ),
    "schema_awaited": Kind(
        edges.schema_awaited,
        mark("partitions wait for a schema: the schema registry does not answer, or not as one"),
        mark("nothing is lost; the log of count says what it answers"),
    ),
    "count_behind": Kind(
        edges.count_behind,
        mark("records that wait for count take over five minutes at its pace"),
        mark("start more counting processes, up to the number of partitions"),
    ),
    "checkpoint_late": Kind(
        looks.checkpoint_late,
        mark("changes of state are in no checkpoint for two minutes, or six intervals"),
        mark("see whether the changelog takes writes"),
    ),
    "close_overdue": Kind(
        looks.close_overdue,
        mark("a bucket should have closed 15 minutes and two buckets ago"),
        mark(
            "events have stopped, or a partition holds the close up; see operations/README.md,"
            " Buckets close late"
        ),
    ),
    "unknown_sources": Kind(
        looks.unknown_sources,
        mark("counts name a source that the configuration does not"),
        mark("count and detect must use the same configuration"),
    ),
    "misuse_full": Kind(
        looks.misuse_full,
        mark("so many alerts of a signal of misuse, or of rules, are open that no other can open"),
        mark(
            "see what they have in common: often the registry lacks entries, or a rule is about"
            " more than was meant; others open when these have ended"
        ),
    ),
    "misuse_forgets": Kind(
        looks.misuse_forgets,
        mark("signals of misuse, or rules, follow as many as they can and let others go"),
        mark(
            "what was counted of those begins anew: see who sends under so many names, or raise the"
            " number of shards"
        ),
    ),
    "recording_failed": Kind(
        edges.recording_failed,
        mark("a recorder on this host ended by an error or was killed, and none has saved since"),
        mark(
            "`weathervane up` starts it again by itself; what Kafka deletes meanwhile is not"
            " recorded. If it is not wanted any more, delete its file in recordings/ beside the"
            " state"
        ),
    ),
    "recording_stands": Kind(
        edges.recording_stands,
        mark("a recorder on this host does nothing for two minutes, or is behind for 15 minutes"),
        mark("see its log, and whether its disk is quick enough"),
    ),
    "feed_key_wrong": Kind(
        of_proofs.feed_key_wrong,
        mark("the keys that sign the feeds' checkpoints are lost, unusable, changed or behind"),
        mark("the address of a checkpoint says why: bring the file of serve.feed_keys back"),
    ),
    "feed_tree_ended": Kind(
        of_proofs.feed_tree_ended,
        mark("a feed cannot be proved any more: records were gone before a serve had read them"),
        mark("its next epoch has a tree again; keep alerts longer than serve may stand still"),
    ),
    "registry_stands": Kind(
        of_registry.registry_stands,
        mark("rows of the registry have waited for a minute to be written to counts"),
        mark("the log of count names the reason; judging goes on with what was declared before"),
    ),
    "registry_unreadable": Kind(
        of_registry.registry_unreadable,
        mark("records of the topic registry are no rows, and are passed over"),
        mark("the log of count names them; write rows by `weathervane registry import`"),
    ),
    "registry_full": Kind(
        of_registry.registry_full,
        mark("detect has no room for rows of the registry: they do not hold"),
        mark("remove entries that are not needed: `weathervane registry remove`"),
    ),
    "series_lost": Kind(
        of_series.series_lost,
        mark("detect has lost records of series within 15 minutes; alerts are not affected"),
        mark(
            "the log of detect names the reason; `weathervane topics` makes a topic that is missing"
        ),
    ),
    "series_stands": Kind(
        of_series.series_stands,
        mark(
            "the store of a serve, which its pages of entities read, takes nothing for two minutes"
        ),
        mark("the log of serve names the reason: see its disk, and whether it may read series"),
    ),
    "webhook_waits": Kind(
        edges.webhook_waits,
        mark("a receiver has not accepted its next alert for a minute"),
        mark("the log of serve says what the receiver answers"),
    ),
    "webhook_expired": Kind(
        edges.webhook_expired,
        mark("alerts expired before a receiver had accepted them"),
        mark("raise retention.ms of the topic alerts"),
    ),
    "webhook_undelivered": Kind(
        edges.webhook_undelivered,
        mark("alerts were given up"),
        mark("`weathervane redeliver --list` shows them, and why"),
    ),
    "receiver_waits": Kind(
        edges.receiver_waits,
        mark("a receiver has accepted no notification for a minute"),
        mark("the log of serve says what the receiver answers"),
    ),
    "receiver_undelivered": Kind(
        edges.receiver_undelivered,
        mark("alerts of notifications were given up"),
        mark("`weathervane redeliver --list` shows them, and why"),
    ),
    "nobody_sends": Kind(
        edges.nobody_sends,
        mark(
            "no serve sends notifications; for some seconds after a start that is as it should be"
        ),
        mark("the log of serve says what it waits for"),
    ),
    "case_overdue": Kind(
        edges.case_overdue,
        mark("the deadline of a case that was handed on has passed"),
        mark(
            "ask its addressee, move the case, or give it another deadline: `weathervane case show`"
        ),
    ),
}
"""Every kind of symptom, in the order in which they are shown."""
