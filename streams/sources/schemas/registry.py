"""Asks a schema registry, by Confluent's API, which Apicurio, Karapace and Redpanda speak too."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec

from streams.broker.errors import KafkaEdgeError, SettingsError
from streams.config.model import Config
from streams.config.schema_registry import SchemaRegistryTable
from streams.sources.schemas.decision import LARGEST_DECISION, Decision, encode_decision
from streams.sources.schemas.limits import LARGEST_SCHEMA, MOST_REFERENCES

if TYPE_CHECKING:
    import httpx

ENVIRONMENT = "WEATHERVANE_SCHEMA_REGISTRY_PASSWORD"
ANSWER_WITHIN_S = 10.0
LARGEST_ANSWER = 4 * LARGEST_SCHEMA
"""Bytes of an answer that are read at most: in JSON a text takes more than its bytes."""

_NOT_FOUND = (40401, 40402, 40403)
"""A subject, a version or a schema that the registry does not have."""


class RegistryAway(KafkaEdgeError):
    """A registry has not answered, or not as one; it may do so later. The text has no secret."""


class _NoSchema(Exception):
    """A registry has no schema that can be used, and will not get one."""


@dataclass(frozen=True)
class SchemaRegistry:
    """Where a registry is.

    Attributes
    ----------
    url
        Its address.
    user, password
        Who asks; without a user nobody in particular.
    ca_file
        Certificates of who may sign the registry's; None means the system's.
    """

    url: str
    user: str | None = None
    password: str = field(default="", repr=False)
    ca_file: Path | None = None

    def decide(self, id: str) -> Decision:
        """Ask for a schema, with all that it refers to.

        Parameters
        ----------
        id
            The schema's id, or its GUID.

        Raises
        ------
        RegistryAway
            Where the registry does not say what it has.
        """
        import httpx  # slow to import, and most commands need no registry

        where = f"guids/{id}" if "-" in id else f"ids/{id}"
        try:
            with self._client() as client:
                found = self._schema(client, f"schemas/{where}")
                texts = list(self._references(client, found, {}))
        except _NoSchema as error:
            return Decision(self.url, id, problem=str(error))
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise RegistryAway(f"{self.url}: {_said(error)}") from None
        text = found["schema"]
        kind = str(found.get("schemaType") or "AVRO")[:20]  # what says no type is Avro
        decision = Decision(self.url, id, kind, text, tuple(texts))
        size = len(text.encode()) + sum(len(each.encode()) for each in texts)
        if size > LARGEST_SCHEMA or len(encode_decision(decision)) > LARGEST_DECISION:
            problem = f"must have at most {LARGEST_SCHEMA} bytes, with all that it refers to"
            return Decision(self.url, id, problem=problem)
        return decision

    def _client(self) -> httpx.Client:
        import httpx

        verify: Any = True
        if self.ca_file is not None:
            verify = ssl.create_default_context(cafile=str(self.ca_file))
        return httpx.Client(
            auth=None if self.user is None else (self.user, self.password),
            verify=verify,
            timeout=ANSWER_WITHIN_S,
            follow_redirects=False,
            headers={"Accept": "application/vnd.schemaregistry.v1+json, application/json"},
        )

    def _references(
        self, client: httpx.Client, schema: dict[str, Any], seen: dict[tuple[str, int], None]
    ) -> Iterator[str]:
        """Yield the texts of what a schema refers to, each after what it refers to itself."""
        references = schema.get("references") or []
        if not isinstance(references, list):
            raise _NoSchema("its references must be a list")
        for reference in references:
            subject, version = _reference(reference)
            if (subject, version) in seen:
                continue
            if len(seen) >= MOST_REFERENCES:
                raise _NoSchema(f"must refer to at most {MOST_REFERENCES} others")
            seen[subject, version] = None
            where = f"subjects/{quote(subject, safe='')}/versions/{version}"
            found = self._schema(client, where)
            yield from self._references(client, found, seen)
            yield found["schema"]

    def _schema(self, client: httpx.Client, path: str) -> dict[str, Any]:
        status, answer = self._get(client, path)
        if status == 404:
            code = answer.get("error_code") if isinstance(answer, dict) else None
            if code not in _NOT_FOUND and not self._is_registry(client):
                raise RegistryAway(
                    f"{self.url}: must be the address of a schema registry's Confluent API; it"
                    f" answers {path} and schemas/types with 404"
                )
            raise _NoSchema("the registry must have it; found none")
        if status != 200 or not isinstance(answer, dict):
            raise RegistryAway(f"{self.url}: must answer {path} with 200; found {status}")
        if not isinstance(answer.get("schema"), str):
            raise RegistryAway(f"{self.url}: must answer {path} with a schema; found none")
        return answer

    def _is_registry(self, client: httpx.Client) -> bool:
        status, answer = self._get(client, "schemas/types")
        return status == 200 and isinstance(answer, list)

    def _get(self, client: httpx.Client, path: str) -> tuple[int, Any]:
        """Return status and document of an answer; None for one that is not JSON."""
        with client.stream("GET", f"{self.url.rstrip('/')}/{path}") as answer:
            body = b""
            for piece in answer.iter_bytes():
                body += piece
                if len(body) > LARGEST_ANSWER:
                    if answer.status_code != 200:
                        return answer.status_code, None  # a page of errors is no schema
                    raise _NoSchema(f"must be an answer of at most {LARGEST_ANSWER} bytes")
        try:
            return answer.status_code, msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return answer.status_code, None


def registry_of(
    table: SchemaRegistryTable, environ: Mapping[str, str] | None = None
) -> SchemaRegistry:
    """Return the registry that a source names, with the password of its file or the environment.

    Raises
    ------
    SettingsError
        Where there is a user and no password that can be read.
    """
    if table.user is None:
        return SchemaRegistry(table.url, ca_file=table.ca_file)
    environ = os.environ if environ is None else environ
    if table.password_file is None:
        password = environ.get(ENVIRONMENT)
        if not password:
            raise SettingsError(
                [
                    "schema_registry must have a password for its user: set password_file, or"
                    f" {ENVIRONMENT}"
                ]
            )
        return SchemaRegistry(table.url, table.user, password, table.ca_file)
    try:
        password = table.password_file.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, ValueError) as error:
        cause = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        # Not the path: people write the password itself there.
        raise SettingsError(
            [f"schema_registry.password_file must be a text file that this user may read; {cause}"]
        ) from None
    return SchemaRegistry(table.url, table.user, password, table.ca_file)


def registries(config: Config) -> dict[str, SchemaRegistry]:
    """Return the registries that must decide about schemas, by their addresses.

    Raises
    ------
    SettingsError
        Where the password of one cannot be read.
    """
    return {
        source.registry.url: registry_of(source.registry)
        for source in config.sources.values()
        if source.registry is not None and source.format.binary
    }


def _reference(reference: Any) -> tuple[str, int]:
    subject = reference.get("subject") if isinstance(reference, dict) else None
    version = reference.get("version") if isinstance(reference, dict) else None
    if not isinstance(subject, str) or type(version) is not int or len(subject) > 1000:
        raise _NoSchema("each reference must have a subject and a version")
    return subject, version


def _said(error: Exception) -> str:
    # Not the error's own text: it may repeat what was sent.
    return f"no answer ({type(error).__name__})"
