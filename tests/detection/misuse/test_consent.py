"""Consent: a share that rises is found, and messages after an opt-out are, one by one."""

from __future__ import annotations

import pytest

from detectors.distinct.bottom_k import Sketch
from streams.alerts.cloudevent import Alert
from streams.alerts.misuse.basis import ConsentBasis, OptoutBasis
from streams.detection.misuse import consent
from streams.detection.shard import Shard
from streams.facts.bucket import Consents, Facts
from tests.detection.misuse.events import closed, config_of

DAYS = 30


def _run(facts: dict[int, Facts], kills: tuple[int, ...] = ()) -> list[tuple[int, Alert, bytes]]:
    config = config_of("consent")
    shard, out = Shard(0, config), []
    slots: dict[bytes, bytes] = {}
    (group,) = config.groups
    for day in range(DAYS):
        bucket = closed(day, [])._replace(facts=facts.get(day, Facts()))
        result = shard.judge(group, bucket)
        out += [(day, one.alert, one.value) for one in result.alerts]
        if day in kills:
            slots.update(shard.checkpoint())
            shard = Shard(0, config)
            assert shard.restore(slots)
    return [each for each in out if each[1].signal == "consent"]


def _shares(raised: int) -> dict[int, Facts]:
    out = {}
    for day in range(DAYS):
        of_code = {f"1069{n}": Consents(explicit=95 + n, default=4, none=1) for n in range(20)}
        if day >= 20:
            of_code["10693"] = Consents(explicit=100 - raised, default=raised)
        out[day] = Facts(consents={("sends", "access_code"): of_code})
    return out


@pytest.mark.parametrize(("raised", "found"), [(5, []), (60, ["10693"])])
def test_a_share_that_rises_is_found_at_once(raised: int, found: list[str]) -> None:
    """60 of 100 without explicit consent where 5 are usual; 5 are no news."""
    alerts = _run(_shares(raised))
    assert [alert.entity.id for _, alert, _ in alerts if alert.event == "opened"] == found
    for day, alert, _ in alerts[:1]:
        assert (day, alert.kind) == (20, "share")
        assert isinstance(alert.basis, ConsentBasis)
        assert (alert.basis.default, alert.basis.explicit) == (raised, 100 - raised)


def _optouts(*recipients: int) -> dict[int, Facts]:
    complaints = {("complaints", "sender"): {"a": {"optouts": Sketch.from_hashes([5, 9])}}}
    sends = {("sends", "sender"): {"a": {"recipients": Sketch.from_hashes(recipients)}}}
    return {
        2: Facts(distinct=sends),  # type: ignore[arg-type]
        3: Facts(distinct=complaints),  # type: ignore[arg-type]
        6: Facts(distinct=sends),  # type: ignore[arg-type]
    }


def test_messages_after_an_opt_out_are_found_and_those_before_are_not() -> None:
    """Two of three recipients had opted out; the same messages three days before were right."""
    ((day, alert, _),) = [each for each in _run(_optouts(5, 7, 9)) if each[1].event == "opened"]
    assert (day, alert.kind, alert.severity) == (6, "optout", "critical")
    assert alert.basis == OptoutBasis(recipients=2, checked=2, sampled=1.0)
    assert _run(_optouts(7, 8)) == []


def test_opt_outs_of_invented_names_do_not_shut_out_a_senders() -> None:
    """Beyond the bound those of whom no message was counted are forgotten first."""
    facts = _optouts(5)
    for day in range(8, 20):
        names = {f"nobody {day} {n}": {"optouts": Sketch.from_hashes([n])} for n in range(4)}
        facts[day] = Facts(distinct={("complaints", "sender"): names})  # type: ignore[dict-item]
    facts[21] = facts[6]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(consent, "MOST_IN_ALL", 10)
        found = _run(facts)
        assert [v for *_, v in _run(facts, (7, 12, 20))] == [v for *_, v in found]
    opened = [day for day, alert, _ in found if alert.event == "opened"]
    assert opened == [6, 21]


def test_a_kill_changes_no_byte_of_it() -> None:
    """Shares, evidence and opt-outs are in checkpoints."""
    for facts in (_shares(20), _optouts(5)):
        assert [v for *_, v in _run(facts, (1, 4, 10, 21))] == [v for *_, v in _run(facts)] != []
