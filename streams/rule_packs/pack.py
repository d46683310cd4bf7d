"""A pack of rules as its file has it: every rule with clause, source, date, and its evidence."""

from __future__ import annotations

import datetime as dt
import tomllib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from streams.config.fields import Name, Table, Text, raise_problems
from streams.rule_packs.parameters import KINDS, Parameters


class PackError(Exception):
    """The file of a pack cannot be used; `problems` has a line for each problem."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


class InTwoLanguages(Table):
    """A text that people read, in both languages."""

    en: Text
    zh: Text

    def in_language(self, language: str) -> str:
        """The text in a reader's language."""
        return self.zh if language == "zh" else self.en


class Duty(Table):
    """What must be done once a rule is met.

    Attributes
    ----------
    what
        The duty, in a few words.
    days
        Until when, in days from the end of the day on which the rule was met; None: it is not said.
    business
        Whether only Monday to Friday count. Public holidays are not known, and count.
    """

    what: InTwoLanguages
    days: Annotated[int | None, Field(ge=0, le=366)] = None
    business: bool = False


class RuleEntry(Table):
    """A rule as its pack states it.

    Attributes
    ----------
    id
        Its name in the pack.
    kind
        Which kind of rule it is, and so what parameters it has.
    title
        What it says, in a few words.
    clause
        Where it stands, as it is cited.
    source, date
        The document that was looked at for it, and its day; None: it bears none.
    confirmed
        Whether all figures that are not ours were read in that document itself, and not in others'
        reports of it.
    evidence
        What was read, and what was not.
    ours
        Parameters whose values the document does not say: they were chosen here.
    duty
        What must be done once it is met.
    parameters
        What it counts, and how much.
    """

    id: Name
    kind: Literal["distinct_reporters", "monthly_ratio", "quiet_hours", "cap"]
    title: InTwoLanguages
    clause: Text
    source: Text
    date: dt.date | None = None
    confirmed: bool
    evidence: InTwoLanguages
    ours: list[Text] = Field(default_factory=list)
    duty: Duty
    parameters: dict[str, Any]

    @model_validator(mode="after")
    def _fits(self) -> Self:
        known = {field.alias or name for name, field in KINDS[self.kind].model_fields.items()}
        raise_problems(
            f"ours must name parameters of the kind {self.kind}; got {name}"
            for name in self.ours
            if name not in known
        )
        return self


class Pack(Table):
    """A file of rules.

    Attributes
    ----------
    v
        The form of the file.
    name
        What ``detect.rules`` calls it: the file's name.
    title
        Whose rules they are.
    issued
        The day of the document that they are from; None: it bears none.
    note
        What a user should know of all of them.
    rules
        The rules, in the order in which they are shown.
    """

    v: Literal[1]
    name: Name
    title: InTwoLanguages
    issued: dt.date | None = None
    note: InTwoLanguages
    rules: Annotated[list[RuleEntry], Field(min_length=1, max_length=100)]

    @model_validator(mode="after")
    def _fits(self) -> Self:
        ids = [entry.id for entry in self.rules]
        raise_problems(
            f"rules.id must be unique, alerts are told apart by it; got {name} again"
            for name in sorted({name for name in ids if ids.count(name) > 1})
        )
        return self

    def rule(self, rule_id: str) -> RuleEntry | None:
        """The rule of an id; None where the pack has none."""
        return next((entry for entry in self.rules if entry.id == rule_id), None)


def parse_pack(name: str, text: str) -> Pack:
    """Read a pack.

    Parameters
    ----------
    name
        What its file is called, without the ending.
    text
        The file.

    Raises
    ------
    PackError
        With a line for each problem, of all rules at once.
    """
    place = f"rule pack {name}"
    try:
        pack = Pack.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise PackError([f"{place}: must be TOML; {error}"]) from None
    except ValidationError as error:
        raise PackError([f"{place}: {line}" for line in _lines(error)]) from None
    problems = [] if pack.name == name else [f"name must be that of the file; got {pack.name}"]
    for entry in pack.rules:
        try:
            parameters_of(entry, {})
        except ValidationError as error:
            problems += [f"rules.{entry.id}.parameters: {line}" for line in _lines(error)]
    if problems:
        raise PackError([f"{place}: {problem}" for problem in problems])
    return pack


def parameters_of(entry: RuleEntry, overrides: dict[str, Any]) -> Parameters:
    """Return the parameters of a rule, with some of them as a user wants them.

    Raises
    ------
    ValidationError
        Where one of them is no parameter of its kind, or out of range.
    """
    return KINDS[entry.kind].model_validate({**entry.parameters, **overrides})


def _lines(error: ValidationError) -> list[str]:
    found = []
    for detail in error.errors():
        where = ".".join(map(str, detail["loc"]))
        if detail["type"] == "extra_forbidden":
            found.append(f"{where} is not a key; remove it")
        else:
            found.append(f"{where} {detail['msg']}".strip())
    return found


_FILES = {
    file.name.removesuffix(".toml"): file
    for file in sorted(resources.files(__package__).iterdir(), key=lambda file: file.name)
    if file.name.endswith(".toml")
}

PACK_NAMES: tuple[str, ...] = tuple(_FILES)
"""Names of the packs that are shipped."""

if TYPE_CHECKING:
    PackName = str
else:
    PackName = Literal[PACK_NAMES]


@cache
def load_pack(name: PackName) -> Pack:
    """Return a pack that is shipped.

    Raises
    ------
    PackError
        Where its file cannot be used.
    """
    return parse_pack(name, _FILES[name].read_text("utf-8"))
