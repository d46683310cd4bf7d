"""The configuration as a whole: its tables, and the rules between them.

Pydantic reads it, since pydantic reports every problem of a file at once.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Self

import orjson
from pydantic import Field, model_validator

from streams.config.detect import Detect
from streams.config.facts.asking import asking
from streams.config.facts.count_by import count_by_problems
from streams.config.facts.rules import with_rules
from streams.config.fields import FilePath, MonitorName, Name, Zone, raise_problems
from streams.config.fingerprint import deciding
from streams.config.levels import DerivedLevel, LevelTable
from streams.config.names import MOST_SHARING, OUR_TOPICS, OurTopic, own_name, same_to_kafka
from streams.config.schema_registry import SchemaRegistryTable
from streams.config.sources import UNNAMED_SOURCES, Source, SourceTable, clock
from streams.config.tables import (
    CalendarEntry,
    Cases,
    Count,
    Kafka,
    LocalArchive,
    Metrics,
    Monitor,
    Rejects,
    Serve,
)
from streams.delivery.channels.table import Channels
from streams.delivery.notify.table import Receiver, receiver_problems
from streams.detection.misuse.table import MISUSE_TABLE
from streams.facts.wanted import FactsWanted, facts_wanted
from streams.items import PARENT_LEVELS
from streams.names.derived import Derivation
from streams.names.tables import of_every_name
from streams.rule_packs.book import CountedRule, deciding_of, override_problems, rules_of
from streams.rule_packs.pack import PackName
from streams.sources.formats.table import FORMATS

UNDECIDING: Final = {
    **dict.fromkeys(("name", "data_dir", "hash_key_file", "kafka", "rejects", "serve"), True),
    **dict.fromkeys(
        ("archive", "cases", "metrics", "monitor", "sources_", "receivers", *Channels.model_fields),
        True,
    ),
    "rules": True,
    "detect": {"checkpoint_every": True, "rules": True},
}
"""Keys on which no alert depends. Of ``sources`` only the named ones count, and of rules what they
lead to."""

UNDECIDING_OF_SOURCES: Final = {
    "topic": True,
    "preset": True,  # the keys that it stands for decide
    "schema_registry": dict.fromkeys(SchemaRegistryTable.model_fields, True),
}
"""Keys of a source on which no alert depends: where its topic and its schemas are."""


class Config(Channels):
    """The whole file."""

    name: MonitorName = "local"
    timezone: Zone = "Asia/Shanghai"
    data_dir: FilePath = Path(".weathervane")
    hash_key_file: FilePath | None = Field(default=None, repr=False)
    kafka: Kafka = Kafka()
    count: Count = Count()
    detect: Detect = Detect()
    rejects: Rejects = Rejects()
    archive: LocalArchive = LocalArchive()
    serve: Serve = Serve()
    metrics: Metrics = Metrics()
    monitor: Monitor = Monitor()
    cases: Cases = Cases()
    levels: dict[DerivedLevel, LevelTable] = Field(default_factory=dict)
    receivers: list[Receiver] = Field(default_factory=list)
    calendar: list[CalendarEntry] = Field(default_factory=list)
    rules: dict[PackName, dict[Name, dict[str, Any]]] = Field(default_factory=dict)
    sources_: dict[Name, SourceTable] = Field(default_factory=dict, alias="sources")

    @model_validator(mode="before")
    @classmethod
    def _default_sources(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(data.get("sources", {}), dict):
            own = data.get("sources", {})
            return {**data, "sources": {**UNNAMED_SOURCES, **own}}
        return data

    @cached_property
    def sources(self) -> dict[str, Source]:
        """Every source by name, with all defaults, in order of name."""
        return dict(sorted(self._filled().items()))

    def _filled(self) -> dict[str, Source]:
        """Return sources in the file's order, default ones first: problems name the later one."""
        topics = Counter(table.topic or name for name, table in self.sources_.items())
        return {name: self._source(name, table, topics) for name, table in self.sources_.items()}

    @cached_property
    def by_topic(self) -> dict[str, list[Source]]:
        """The sources of each topic, in order of name."""
        found: dict[str, list[Source]] = {}
        for source in self.sources.values():
            found.setdefault(source.topic, []).append(source)
        return found

    @property
    def _derivations(self) -> tuple[Derivation, ...]:
        # In the order of the levels, whatever that of the file.
        return tuple(
            self.levels[level].derivation(level) for level in PARENT_LEVELS if level in self.levels
        )

    def _source(self, name: str, table: SourceTable, topics: Mapping[str, int]) -> Source:
        def first(own: float | None, default: float) -> float:
            return default if own is None else own

        found, mapped = FORMATS[table.format], table.mapped()
        own_ids = table.own_events or "event_id" in {*found.fields, *mapped}
        # A record that could not be decoded was not hashed: people stay out of `rejects`.
        people = found.holds_people or found.reads_people(mapped)
        payload = table.rejects_payload or ("none" if people else self.rejects.payload)
        return Source(
            name=name,
            table=table,
            topic=table.topic or name,
            bucket_s=int(first(table.bucket, self.count.bucket)),
            lateness_s=first(table.lateness, 0.0 if table.daily else self.count.lateness),
            max_ahead_s=first(table.max_ahead, self.count.max_ahead),
            idle_after_s=first(table.idle_after, self.count.idle_after),
            max_senders=self.count.max_senders,
            timezone=table.timezone or self.timezone,
            dedupe=(table.kind == "complaint" and own_ids)
            if table.dedupe is None
            else table.dedupe,
            channel=table.channel or found.channel,
            payload_in_rejects=payload == "full",
            derivations=self._derivations,
            named=table is not UNNAMED_SOURCES.get(name),
            sharing=topics[table.topic or name],
            facts=self._facts(table),
        )

    def _facts(self, table: SourceTable) -> FactsWanted:
        levels = self.count.levels
        wanted = facts_wanted(table.kind, levels, asking(table, self.detect))
        return with_rules(wanted, table.kind, levels, self.detect.rules, self.rules)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        # Not `self.sources`: cached here, it would outlive a `model_copy` that changes it.
        raise_problems(
            [
                *self._topics_shared(),
                *self._groups_mixed(),
                *count_by_problems(self._filled()),
                *self._registries_mixed(),
                *self._levels_uncounted(),
                *self._receivers_alike(),
                *self._calendar_misfits(),
                *self._beside_misfits(),
                *override_problems(self.detect.rules, self.rules),
            ]
        )
        return self

    def _topics_shared(self) -> Iterator[str]:
        ours = {self.topic(what): "Weathervane itself" for what in OUR_TOPICS}
        owners = {same_to_kafka(topic): (topic, owner) for topic, owner in ours.items()}
        only_read: dict[str, int] = {}
        for name, source in self._filled().items():
            own = (source.topic, f"sources.{name}")
            if source.only_read:
                only_read.setdefault(own[1], 1)
            other, owner = owners.setdefault(same_to_kafka(source.topic), own)
            if owner == own[1]:
                continue
            if other == source.topic and source.only_read and owner in only_read:
                only_read[owner] += 1
                if only_read[owner] > MOST_SHARING:
                    yield (
                        f"sources.{name}.topic must be that of at most {MOST_SHARING} sources;"
                        f' "{source.topic}" has more'
                    )
                continue
            what = "that" if other == source.topic else f'to Kafka the same as "{other}", that'
            yield f'sources.{name}.topic must be its own; "{source.topic}" is {what} of {owner}'

    def _registries_mixed(self) -> Iterator[str]:
        first: dict[str, Source] = {}
        for name, source in self._filled().items():
            if source.registry is None:
                continue
            peer = first.setdefault(source.registry.url, source)
            if peer.registry != source.registry:
                yield (
                    f"sources.{name}.schema_registry must be as that of sources.{peer.name}, which"
                    " has the same url: one registry is asked in one way"
                )

    def _groups_mixed(self) -> Iterator[str]:
        first: dict[str, Source] = {}
        for name, source in self._filled().items():
            if source.table.daily and source.bucket_s != 86400:
                yield f'sources.{name}.bucket must be "1d" where daily is true'
                continue
            peer = first.setdefault(source.group, source)
            if clock(peer) != clock(source):
                yield (
                    f"sources.{name}.group must hold sources of one bucket size and, for days, one"
                    f' time zone; "{source.group}" also holds sources.{peer.name}'
                )

    def _levels_uncounted(self) -> Iterator[str]:
        for level, table in self.levels.items():
            if table.from_ == f"sender.{level}":
                yield f"levels.{level}.from must name another level than its own; got {table.from_}"
            if level not in self.count.levels:
                yield (
                    f"levels.{level} must be a level of count.levels"
                    f" ({', '.join(self.count.levels)}); add it there, or remove the table"
                )

    def _receivers_alike(self) -> Iterator[str]:
        # Over all channels: metrics and status know a receiver by its name alone.
        names = [program.name for program in self.programs]
        keys = {program.name: key for key, program in self.programs_by_key()}
        for name, key in sorted(keys.items()):
            if names.count(name) == 1:
                continue
            yield f'{key}.name must be unique, it is the receiver\'s queue; got "{name}" again'
        yield from receiver_problems(self.receivers, names)

    def _calendar_misfits(self) -> Iterator[str]:
        names = [entry.name for entry in self.calendar]
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield (
                "calendar.name must be unique, what an entry prevents is counted by it;"
                f' got "{name}" again'
            )
        for number, entry in enumerate(self.calendar):
            for text in entry.applies_to:
                if text.partition("/")[0] not in self.count.levels:
                    yield (
                        f"calendar.{number}.applies_to must keep to the levels of count.levels"
                        f' ({", ".join(self.count.levels)}); got "{text}"'
                    )

    def _beside_misfits(self) -> Iterator[str]:
        names = [table.name for table in self.detect.beside]
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield (
                f'detect.beside.name must be unique, alerts are told apart by it; got "{name}"'
                " again"
            )
        shares = sum(table.share for table in self.detect.beside)
        asked = self.detect.misuse.signals
        misuse = sum(facts.share for facts in MISUSE_TABLE if facts.name in asked)
        if shares + misuse >= 1.0:
            yield (
                "detect.beside.share must leave some of the budget to Weathervane's own"
                f" detectors: all together below {1 - misuse:g}; got {shares:.6g}"
            )
        for number, table in enumerate(self.detect.beside):
            for level in table.levels:
                if level not in self.count.levels:
                    yield (
                        f"detect.beside.{number}.levels must keep to the levels of count.levels"
                        f' ({", ".join(self.count.levels)}); got "{level}"'
                    )

    def topic(self, what: OurTopic) -> str:
        """Return what a topic of ours is called on the cluster."""
        return own_name(self.name, what)

    def consumer_group(self, what: str) -> str:
        """Return what a consumer group of ours is called on the cluster."""
        return own_name(self.name, what)

    @cached_property
    def rule_book(self) -> tuple[CountedRule, ...]:
        """The rules that are counted, with their parameters, in order of their ids' packs."""
        return rules_of(self.detect.rules, self.rules)

    @property
    def asks_registries(self) -> bool:
        """Whether records of a source name schemas that are decided about while counting."""
        return any(
            source.registry is not None and source.format.binary for source in self.sources.values()
        )

    @property
    def state_dir(self) -> Path:
        """Where the processes of this `name` keep what is theirs, on this host."""
        return self.data_dir / "state" / self.name

    @property
    def archive_dir(self) -> Path:
        """Where `up` records what was counted and found, on this host."""
        return self.data_dir / "archive" / self.name

    @property
    def serve_dir(self) -> Path:
        """Where serve processes keep their copies of `series`, on this host."""
        return self.data_dir / "serve" / self.name

    @cached_property
    def groups(self) -> dict[str, list[Source]]:
        """Sources by group, both in order of name."""
        out: dict[str, list[Source]] = {}
        for source in self.sources.values():
            out.setdefault(source.group, []).append(source)
        return dict(sorted(out.items()))

    @cached_property
    def hash(self) -> str:
        """Twelve hex digits of what decides the alerts: not addresses, ports or places.

        They cover the keys that differ from their defaults, the contents of files that decide,
        and the versions of the tables of names that are used.
        """
        sources = {name: source.table for name, source in self.sources.items() if source.named}
        decisive = {
            **deciding(self, UNDECIDING),
            "sources": {
                name: deciding(table, UNDECIDING_OF_SOURCES) for name, table in sources.items()
            },
        }
        versions = of_every_name()
        for level in self.levels.values():
            versions |= level.tables
        for source in sources.values():
            versions |= source.tables
        if versions:
            decisive["tables"] = versions
        if self.rule_book:
            decisive["rules"] = deciding_of(self.rule_book)
        text = orjson.dumps(decisive, option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(text).hexdigest()[:12]
