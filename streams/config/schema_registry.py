"""The table ``[sources.x.schema_registry]``: where the schemas of a source's records are."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, model_validator
from pydantic import Field as Limits

from streams.config.addresses.web import address_problem
from streams.config.fields import FilePath, Table, Text, raise_problems
from streams.sources.formats.format import Field, Format
from streams.sources.formats.table import FORMATS


def _address(url: str) -> str:
    problem = address_problem(url)
    if problem is None and "@" in urlsplit(url).netloc:
        problem = "must be an address without a user and a password: `user` and `password_file` are"
        problem += " for them"
    if problem is None and (urlsplit(url).query or urlsplit(url).fragment):
        problem = "must be an address without ? and #"
    if problem is not None:
        raise ValueError(problem)
    return url.rstrip("/")


class SchemaRegistryTable(Table):
    """Where a registry is, and who asks it.

    Attributes
    ----------
    url
        The address of its Confluent API.
    user, password_file
        Who asks; the password may also be in the environment.
    ca_file
        Certificates of who may sign the registry's.
    """

    url: Annotated[str, AfterValidator(_address), Limits(repr=False)]
    user: Text | None = None
    password_file: FilePath | None = Limits(default=None, repr=False)
    ca_file: FilePath | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        raise_problems(self._misfits())
        return self

    def _misfits(self) -> Iterator[str]:
        if self.password_file is not None and self.user is None:
            yield "must have a `user` where it has a `password_file`"


def registry_problems(
    table: SchemaRegistryTable | None,
    topic_format: str,
    found: Format,
    mapped: Collection[Field],
) -> Iterator[str]:
    """Say whether a source lacks a registry, or has one that its records do not name.

    Parameters
    ----------
    table
        Its table, where it has one.
    topic_format
        What is in its topic.
    found
        Its format.
    mapped
        The fields that it maps.
    """
    if table is None:
        needs = found.binary and found.may_ask_registry
        if needs and (topic_format == "source" or found.name == "protobuf"):
            where = "" if found.name == "protobuf" else ' and topic_format = "source"'
            yield f'must have a table `schema_registry` where format is "{found.name}"{where}'
    elif not found.may_ask_registry:
        formats = ", ".join(f'"{name}"' for name in FORMATS if FORMATS[name].may_ask_registry)
        yield f"may have `schema_registry` only where format is one of {formats}; remove it"
    elif found.own_events and not set(found.required) & set(mapped):
        keys = " and ".join(f"`{field}`" for field in found.required)
        yield f"must name {keys} ({found.places}) where it has a `schema_registry`"
