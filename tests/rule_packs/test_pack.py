"""Packs: what is shipped can be used and says where it is from; what is wrong is told."""

from __future__ import annotations

import tomllib
from importlib import resources

import pytest

from streams.config.load import parse_config
from streams.rule_packs.book import valid_days_of
from streams.rule_packs.pack import PACK_NAMES, PackError, load_pack, parameters_of, parse_pack
from streams.rule_packs.parameters import KINDS

SHIPPED = resources.files("streams.rule_packs").joinpath("in-tcccpr-2025.toml").read_text("utf-8")


@pytest.mark.parametrize("name", PACK_NAMES)
def test_every_figure_has_a_source_or_is_called_ours(name: str) -> None:
    """A rule cites, and says of each parameter that is not in its source that it was chosen."""
    for entry in load_pack(name).rules:
        assert entry.source.startswith("https://")
        assert entry.clause
        assert entry.evidence.en != entry.evidence.zh
        if not entry.confirmed:
            assert "not read" in entry.evidence.en
        known = {field.alias or key for key, field in KINDS[entry.kind].model_fields.items()}
        assert set(entry.parameters) <= known
        assert parameters_of(entry, {}) == parameters_of(entry, dict(entry.parameters))


def test_the_figures_of_the_packs() -> None:
    """The figures that people will look up stand in the files."""
    india = load_pack("in-tcccpr-2025").rules[0]
    assert (india.parameters["need"], india.parameters["days"], india.duty.days) == (5, 10, 5)
    assert (india.parameters["valid_days"], india.duty.business) == (7, True)
    ratio = load_pack("cn-provider").rule("complaint-ratio")
    assert ratio is not None
    assert (ratio.parameters["warn"], ratio.parameters["close"]) == (0.25, 0.4)
    night = load_pack("cn-provider").rule("quiet-hours")
    assert night is not None
    assert (night.parameters["from"], night.parameters["to"]) == ("22:00", "08:00")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("v = 1", "v = 2", "v Input should be 1"),
        ("v = 1", "v = ", "must be TOML; Invalid value"),
        ('name = "in-', 'name = "no-', "name must be that of the file; got no-tcccpr-2025"),
        ("[[rules]]", "colour = 3\n[[rules]]", "note.colour is not a key; remove it"),
        ("confirmed = false", "", "rules.0.confirmed Field required"),
        ('kind = "distinct', 'kind = "other', "rules.0.kind Input should be"),
        ("need = 5", "needs = 5", "rules.unregistered-sender.parameters: needs is not a key"),
        ("need = 5", "need = 2", "rules.unregistered-sender.parameters: Value error, must have"),
        ('ours = ["warn"', 'ours = ["pace"', "rules.0 Value error, ours must name parameters"),
    ],
)
def test_what_is_wrong_in_a_file_is_told(old: str, new: str, problem: str) -> None:
    """Each line names the pack, the place and what is wrong; unknown keys are refused."""
    with pytest.raises(PackError) as error:
        parse_pack("in-tcccpr-2025", SHIPPED.replace(old, new, 1))
    assert any(
        line.startswith(f"rule pack in-tcccpr-2025: {problem}") for line in error.value.problems
    ), error.value.problems


def test_a_rule_that_stands_twice_is_told() -> None:
    """Alerts are told apart by a rule's id."""
    rule = SHIPPED[SHIPPED.index("[[rules]]") :]
    with pytest.raises(PackError, match="unregistered-sender again"):
        parse_pack("in-tcccpr-2025", f"{SHIPPED}\n{rule}")


def test_rules_decide_the_hash_by_what_they_say() -> None:
    """The order of packs, and parameters written out, change nobody's alerts; others do."""
    plain = parse_config(tomllib.loads('[detect]\nrules = ["cn-provider", "in-tcccpr-2025"]'))
    turned = parse_config(tomllib.loads('[detect]\nrules = ["in-tcccpr-2025", "cn-provider"]'))
    same = "[rules.cn-provider.quiet-hours]\nneed = 100"
    other = "[rules.cn-provider.quiet-hours]\nneed = 99"
    packs = '[detect]\nrules = ["in-tcccpr-2025", "cn-provider"]\n'
    assert plain.hash == turned.hash == parse_config(tomllib.loads(packs + same)).hash
    changed = parse_config(tomllib.loads(packs + other))
    assert changed.hash not in (plain.hash, parse_config({}).hash)
    assert [rule.id for rule in changed.rule_book if rule.changed] == ["cn-provider.quiet-hours"]
    assert valid_days_of(changed.rule_book) == 7
