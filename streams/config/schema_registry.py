"""The table ``[sources.x.schema_registry]``: where the schemas of a source's records are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from streams.config.addresses.web import address_problem
from streams.config.fields import FilePath, Table, Text, raise_problems


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

    url: Annotated[str, AfterValidator(_address), Field(repr=False)]
    user: Text | None = None
    password_file: FilePath | None = Field(default=None, repr=False)
    ca_file: FilePath | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        raise_problems(self._misfits())
        return self

    def _misfits(self) -> Iterator[str]:
        if self.password_file is not None and self.user is None:
            yield "must have a `user` where it has a `password_file`"
