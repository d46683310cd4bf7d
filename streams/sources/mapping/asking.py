"""Makes items where nothing is counted: what a schema is, is asked for when a record needs it."""

from __future__ import annotations

from streams.config.sources import Source
from streams.sources.formats.format import Headers
from streams.sources.mapping.record_items import Item, RecordItems
from streams.sources.schemas.registry import registry_of
from streams.sources.schemas.table import SchemaNeeded, SchemaTable
from streams.sources.times.repeated_hour import RepeatedHours


class AskingItems(RecordItems):
    """The items of records; see `RecordItems`.

    Parameters
    ----------
    source, hash_key, repeated
        As `RecordItems` takes them.
    schemas
        What is decided about schemas; what is asked for comes to it.

    Raises
    ------
    SettingsError
        Where the registry's password cannot be read.
    """

    def __init__(
        self,
        source: Source,
        hash_key: bytes | None,
        repeated: RepeatedHours | None = None,
        schemas: SchemaTable | None = None,
    ) -> None:
        self._schemas = SchemaTable() if schemas is None else schemas
        self._registry = None if source.registry is None else registry_of(source.registry)
        super().__init__(source, hash_key, repeated, self._schemas)

    def of_record(
        self, value: bytes | None, headers: Headers, record_id: str, written_s: float | None
    ) -> list[Item]:
        """Return what a record becomes; ask the registry where it names a new schema.

        Raises
        ------
        RegistryAway
            Where the registry does not say what it has.
        """
        while True:
            try:
                return super().of_record(value, headers, record_id, written_s)
            except SchemaNeeded as needed:
                assert self._registry is not None, "a schema is needed only where there is one"
                self._schemas.add(self._registry.decide(needed.id))
