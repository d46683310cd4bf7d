"""Sub-letting and snowshoeing: a code or a signature has more new names than its history explains.

Of a code they are signatures and merchants, of a signature codes. Names that the registry files
together are no news. A code or a signature that was used as the registry files it, and suddenly has
twice the names, needs no peers: that is found by the registry alone.

What a complaint names is what somebody says was sent, and three are soon written. So where a group
has sends, only theirs count. Where it has none, names in complaints are judged by the statistic
alone: nothing of them is exact.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from detectors.novelty.joint import all_nats
from detectors.novelty.new_names import NewNames, Novelty
from detectors.novelty.usual_scores import UsualScores
from detectors.state import State
from streams.alerts.misuse.basis import NamesBasis, capped
from streams.counts.bucket import DAY_S
from streams.counts.facts.hashes import NameHashes
from streams.detection.context.calendar import in_force
from streams.detection.misuse.judge import (
    MisuseBucket,
    MisuseFound,
    MisuseJudge,
    MisusePlace,
    MisuseSettings,
)
from streams.detection.misuse.uses import code_of
from streams.facts.bucket import SourceUse
from streams.items import Level
from streams.registry.table import Registry

UNFILED: Final = 3
"""New names that nobody filed, from which a subject is found by the registry alone: at least so
many, and as many as are filed."""


class NameInUse(NamedTuple):
    """A name that a use has under a subject; `filed`: the registry has them together."""

    level: Level
    subject: str
    what: str
    name: str
    filed: bool


def names_of_code(use: SourceUse, registry: Registry, day: int) -> Iterator[NameInUse]:
    """Signatures and merchants of a code."""
    used = code_of(use, registry, day)
    if used is None:
        return
    if use.signature is not None:
        filed = registry.filed(use.signature, used.number, day) is not None
        owner = registry.signature(use.signature, day)
        held = used.entry is not None and used.entry.holder is not None
        own = held and owner is not None and owner.owner == used.entry.holder  # type: ignore[union-attr]
        yield NameInUse(used.level, used.code, "signatures", use.signature, filed or own)
    if use.merchant is not None:
        held_by = None if used.entry is None else used.entry.holder
        yield NameInUse(used.level, used.code, "merchants", use.merchant, use.merchant == held_by)


def names_of_signature(use: SourceUse, registry: Registry, day: int) -> Iterator[NameInUse]:
    """Codes of a signature: registered ones, or numbers as they were used."""
    used = code_of(use, registry, day) if use.signature is not None else None
    if used is not None:
        signature = str(use.signature)
        filed = registry.filed(signature, used.number, day) is not None
        yield NameInUse("signature", signature, "codes", used.code, filed)


class NamesJudge:
    """Finds subjects with too many new names.

    Parameters
    ----------
    settings
        The signal's.
    kinds
        Kinds of names, each judged by its own history and all together; the first is what the
        registry files.
    """

    waits = False

    def __init__(self, settings: MisuseSettings, kinds: Sequence[str]) -> None:
        misuse = settings.config.detect.misuse
        self.quiet_s = misuse.quiet
        self._named = names_of_code if "signatures" in kinds else names_of_signature
        self._filing = kinds[0]
        sends = [source.name for source in settings.sources if source.signal == "sends"]
        self._judged = frozenset(sends or [source.name for source in settings.sources])
        self._claimed = not sends
        self._per_day = settings.budget_per_day
        memory, learn = round(misuse.silence / DAY_S), round(misuse.learn / DAY_S)
        self._banks = {kind: NewNames(memory, learn) for kind in kinds}
        self._usual = UsualScores(len(kinds))
        self._day: int | None = None
        self._hashes = NameHashes()
        self.state = State()
        self.state.shared(self, _day=int | None)
        self.state.include(**{kind: bank.state for kind, bank in self._banks.items()})
        self.state.include(usual=self._usual.state)
        self.pages = {kind: bank.subjects for kind, bank in self._banks.items()}

    @property
    def let_go(self) -> int:
        """Uses of subjects that were passed over, since there are too many: see `MisuseJudge`."""
        return sum(bank.passed_over for bank in self._banks.values())

    def close(self, bucket: MisuseBucket) -> Iterable[MisuseFound]:
        """See `MisuseJudge`."""
        if self._day is not None and bucket.day != self._day:
            self._usual.learn()
            for bank in self._banks.values():
                bank.learn(self._day)
        self._day = bucket.day
        names: dict[tuple[Level, str], dict[str, set[str]]] = {}
        filed: dict[tuple[Level, str], dict[str, set[str]]] = {}
        for use in bucket.closed.facts.uses:
            if use.source in bucket.trusted and use.source in self._judged:
                for one in self._named(use, bucket.registry, bucket.day):
                    to = filed if one.filed else names
                    kinds = to.setdefault((one.level, one.subject), {})
                    kinds.setdefault(one.what, set()).add(one.name)
        out = []
        for level, subject in sorted({*names, *filed}):
            found = self._judge(
                level, subject, names.get((level, subject), {}), filed.get((level, subject), {}),
                bucket,
            )  # fmt: skip
            if found is not None:
                out.append(found)
        return out

    def _judge(
        self,
        level: Level,
        subject: str,
        names: Mapping[str, Collection[str]],
        filed: Mapping[str, Collection[str]],
        bucket: MisuseBucket,
    ) -> MisuseFound | None:
        occasion = in_force(bucket.occasions, level, subject)
        factor = 1.0 if occasion is None else occasion.factor
        scores: dict[str, Novelty | None] = {}
        for kind, bank in self._banks.items():
            exempt = sorted(self._hashes[name] for name in filed.get(kind, ()))
            seen = sorted(self._hashes[name] for name in names.get(kind, ()))
            known = bank.knows(subject) or seen or exempt
            if known:
                scores[kind] = bank.score(subject, [*seen, *exempt], bucket.day, exempt, factor)
        nats = [_nats(score) for score in scores.values()]
        needed = max(bank.needed(self._per_day) for bank in self._banks.values())
        score = all_nats(nats) if nats else 0.0
        self._usual.note(subject, score)
        evidence = self._usual.worth(score, max(bank.asked for bank in self._banks.values()))
        held = self._filed_with(level, subject, bucket.registry)
        by_registry = not self._claimed and _beyond_filed(scores.get(self._filing), held)
        if score >= needed or by_registry:
            self._usual.alarm(subject)
            for bank in self._banks.values():
                bank.alarm(subject)
        if evidence < needed and not by_registry:
            return None
        if evidence < needed:
            kind, evidence, needed = self._filing, 0.0, 0.0  # it follows from the registry
        else:
            kind = max(scores, key=lambda each: _nats(scores[each]))
        found = scores[kind]
        assert found is not None
        new = set(found.new)
        named = [name for name in names.get(kind, ()) if self._hashes[name] in new]
        return MisuseFound(
            place=MisusePlace(level, subject),
            count=float(found.number),
            observed=float(found.number),
            expected=found.expected,
            evidence_nats=evidence,
            threshold_nats=needed,
            basis=NamesBasis(
                what=kind,
                new=capped(named),
                new_number=found.number,
                before=found.known,
                days=found.days,
                estimated=not found.exact,
                registered=held if held and kind == self._filing else None,
            ),
        )

    def _filed_with(self, level: Level, subject: str, registry: Registry) -> int:
        if level == "signature":
            return registry.codes_filed(subject)
        return registry.signatures_filed(subject)

    def allowed(self, place: MisusePlace, values: Sequence[str], bucket: MisuseBucket) -> bool:
        """See `MisuseJudge`: what is filed later is no news any more, but has been one."""
        return False


def _nats(score: Novelty | None) -> float:
    return 0.0 if score is None else score.nats


def _beyond_filed(score: Novelty | None, filed: int) -> bool:
    """Whether names were within what is filed, and twice as many are used now."""
    if score is None or not filed:
        return False
    return score.known <= filed and score.number >= max(UNFILED, filed)


def code_judges(settings: MisuseSettings) -> Sequence[MisuseJudge]:
    """Make the judge of sub-letting of a group."""
    return [NamesJudge(settings, ("signatures", "merchants"))]


def signature_judges(settings: MisuseSettings) -> Sequence[MisuseJudge]:
    """Make the judge of snowshoeing of a group."""
    return [NamesJudge(settings, ("codes",))]
