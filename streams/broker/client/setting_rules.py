"""The client settings that are accepted, and the rule for each.

A setting is accepted if confluent-kafka, kafka-python, aiokafka and Faust all support it with the
same meaning. GSSAPI and OAUTHBEARER are not accepted: each client needs its own code or system
library for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")

SECRETS = ("sasl.password", "ssl.key.password")
"""Settings that may also be given as the path of a file: ``<name>_file``."""

ALIASES = {"sasl.mechanisms": "sasl.mechanism"}
"""librdkafka's second names of settings, to the names used here."""


def _is_readable(value: str) -> bool:
    try:
        with Path(value).open("rb"):
            return True
    except OSError:
        return False


_READABLE = ("must be a file that this user may read", _is_readable)
_NOT_EMPTY: tuple[str, Callable[[str], bool]] = ("must not be empty", bool)

RULES: Mapping[str, tuple[str, Callable[[str], bool]]] = {
    "security.protocol": (f"must be {' | '.join(PROTOCOLS)}", lambda v: v.upper() in PROTOCOLS),
    "sasl.mechanism": (f"must be {' | '.join(MECHANISMS)}", lambda v: v in MECHANISMS),
    "sasl.username": _NOT_EMPTY,
    "sasl.password": _NOT_EMPTY,
    "ssl.ca.location": _READABLE,
    "ssl.certificate.location": _READABLE,
    "ssl.key.location": _READABLE,
    "ssl.key.password": _NOT_EMPTY,
    "ssl.endpoint.identification.algorithm": (
        "must be https | none",
        lambda v: v in ("https", "none"),
    ),
    "client.id": _NOT_EMPTY,
}

NAMES = (*RULES, *ALIASES, *(f"{name}_file" for name in SECRETS))
"""Every name that a table of client settings may hold."""


def problems_of(values: Mapping[str, str], origins: Mapping[str, str]) -> Iterator[str]:
    """Yield a line for each setting that breaks its rule or lacks another that it needs.

    Parameters
    ----------
    values
        Accepted names (no aliases, no ``_file``) to values.
    origins
        The same names to where the user gave each value, in the user's terms.
    """
    for name, value in values.items():
        rule, holds = RULES[name]
        if not holds(value):
            found = "a value that is not shown" if name in SECRETS and value else f'"{value}"'
            yield f"{origins[name]} {rule}; got {found}"
    protocol = values.get("security.protocol", "PLAINTEXT").upper()
    if protocol in PROTOCOLS:
        yield from _of_protocol(protocol, values, origins)
    pair = ("ssl.certificate.location", "ssl.key.location")
    for name, other in (pair, pair[::-1], ("ssl.key.password", "ssl.key.location")):
        if name in values and other not in values:
            yield f"{origins[name]} needs {other} beside it; found nothing"


def _of_protocol(
    protocol: str, values: Mapping[str, str], origins: Mapping[str, str]
) -> Iterator[str]:
    """Yield the settings that the protocol needs and lacks, and those that it would ignore."""
    for family, is_used in (("sasl", protocol.startswith("SASL")), ("ssl", protocol[-3:] == "SSL")):
        if not is_used:
            for name in values:
                if name.startswith(f"{family}."):
                    yield (
                        f"{origins[name]} needs security.protocol with {family.upper()}; "
                        f'got "{protocol}"'
                    )
    if protocol.startswith("SASL"):
        for name in ("sasl.mechanism", "sasl.username", "sasl.password"):
            if name not in values:
                yield f'kafka.client."{name}" must be given with {protocol}; found nothing'
