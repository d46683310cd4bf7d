"""The schemas that are decided about, and the functions that read their records."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from streams.sources.rejects import Undecodable
from streams.sources.schemas.avro import avro_decoder
from streams.sources.schemas.avro_types import AvroType, parse_avro
from streams.sources.schemas.decision import Decision
from streams.sources.schemas.limits import BadSchema
from streams.sources.schemas.proto_types import ProtoTypes
from streams.sources.schemas.protobuf import protobuf_decoder

MOST_DECISIONS = 10_000
"""Ids that are decided about, of all registries together: records name them, and whoever writes may
name any. Beyond them an id is unknown, and stays it."""

MOST_BYTES = 16_777_216
"""Bytes of the schemas of all of them."""

MOST_DECODERS = 1_000
"""Schemas, and messages in them, whose functions are kept; others are made again when met."""

Decode = Callable[[bytes, int], Any]
"""Reads a record's bytes from a place to their end, to a plain document."""

Kind = Literal["AVRO", "PROTOBUF"]


class SchemaNeeded(Exception):
    """A record cannot be decoded before its schema is decided about.

    Attributes
    ----------
    registry, id
        The schema.
    """

    def __init__(self, registry: str, id: str) -> None:
        super().__init__(f"the schema {id} of {registry} is not decided about")
        self.registry = registry
        self.id = id


class SchemaTable:
    """Decisions in the order in which they were made: the first about an id holds."""

    def __init__(self) -> None:
        self._decisions: dict[tuple[str, str], Decision] = {}
        self._bytes = 0
        self._decoders: dict[tuple[str, str, tuple[int, ...]], Decode | BadSchema] = {}
        self._parsed: dict[tuple[str, str], AvroType | ProtoTypes | BadSchema] = {}

    def __len__(self) -> int:
        return len(self._decisions)

    @property
    def full(self) -> bool:
        """Whether no more is decided: an id that is not known yet stays unknown."""
        return len(self._decisions) >= MOST_DECISIONS or self._bytes >= MOST_BYTES

    def add(self, decision: Decision) -> None:
        """Take a decision, unless there is one about its id, or there are too many."""
        key = decision.registry, decision.id
        if key not in self._decisions and not self.full:
            self._decisions[key] = decision
            self._bytes += len(decision.text) + sum(map(len, decision.references))

    def define(self, decision: Decision) -> None:
        """Take what a file says about its own schema, however many there are."""
        self._decisions.setdefault((decision.registry, decision.id), decision)

    def decoder(self, kind: Kind, registry: str, id: str, indexes: tuple[int, ...] = ()) -> Decode:
        """Return what reads the records of a schema.

        Parameters
        ----------
        kind
            What the schema must be.
        registry, id
            The schema.
        indexes
            Of Protobuf, the message.

        Raises
        ------
        SchemaNeeded
            Where nothing is decided about the id yet.
        Undecodable
            Where its records cannot be read.
        """
        found = self._decoders.get((registry, id, indexes))
        if found is None:
            found = self._make(kind, self._usable(kind, registry, id), indexes)
            if len(self._decoders) >= MOST_DECODERS:
                self._decoders.clear()
            self._decoders[registry, id, indexes] = found
        if isinstance(found, BadSchema):
            raise Undecodable("bad_schema", f"schema {id}: {found}")
        return found

    def _usable(self, kind: Kind, registry: str, id: str) -> Decision:
        decision = self._decisions.get((registry, id))
        if decision is None:
            if not self.full:
                raise SchemaNeeded(registry, id)
            raise Undecodable(
                "unknown_schema",
                f"a record's schema must be one of the {len(self)} that are decided about; no more"
                " are: many records name schemas that there are not",
            )
        if decision.problem is not None:
            raise Undecodable("unknown_schema", f"schema {id}: {decision.problem}")
        if decision.kind != kind:
            raise Undecodable(
                "bad_schema", f"schema {id}: must be {kind}; found {decision.kind[:20]}"
            )
        return decision

    def _make(self, kind: Kind, decision: Decision, indexes: tuple[int, ...]) -> Decode | BadSchema:
        """Return what reads records, or what is wrong: it takes as long, so it is kept too."""
        try:
            parsed = self._parsed_of(kind, decision)
            if isinstance(parsed, ProtoTypes):
                return protobuf_decoder(parsed, indexes)
            return avro_decoder(parsed)
        except BadSchema as error:
            return BadSchema(str(error))

    def avro_type(self, registry: str, id: str) -> AvroType:
        """Return what a schema of Avro says, one of which `decoder` returned a function."""
        parsed = self._parsed_of("AVRO", self._usable("AVRO", registry, id))
        assert isinstance(parsed, AvroType), "its kind is Avro"
        return parsed

    def _parsed_of(self, kind: Kind, decision: Decision) -> AvroType | ProtoTypes:
        key = decision.registry, decision.id
        if key not in self._parsed:
            self._parsed[key] = _parse(kind, decision)
        parsed = self._parsed[key]
        if isinstance(parsed, BadSchema):
            raise BadSchema(str(parsed))  # one that is raised again grows
        return parsed


def _parse(kind: Kind, decision: Decision) -> AvroType | ProtoTypes | BadSchema:
    """Read a schema's text; what is wrong with it is kept as well."""
    try:
        if kind == "AVRO":
            return parse_avro(decision.text, decision.references)
        return ProtoTypes(decision.text, decision.references)
    except BadSchema as error:
        return BadSchema(str(error))
