"""Which client settings are accepted, and the rule of each.

Accepted is what confluent-kafka, kafka-python, aiokafka and Faust can all do, and what
means the same to all four. GSSAPI and OAUTHBEARER are not: they need code or a library
of the system's for each client.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")

SECRETS = ("sasl.password", "ssl.key.password")
"""Settings that may also be given as the path of a file, under their name and ``_file``."""

ALIASES = {"sasl.mechanisms": "sasl.mechanism"}
"""librdkafka's second names to the one used here."""


def _file(value: str) -> bool:
    try:
        with Path(value).open("rb"):
            return True
    except OSError:
        return False


_READABLE = ("must be a file that this user may read", _file)
_GIVEN: tuple[str, Callable[[str], bool]] = ("must not be empty", bool)

RULES: Mapping[str, tuple[str, Callable[[str], bool]]] = {
    "security.protocol": (f"must be {' | '.join(PROTOCOLS)}", lambda v: v.upper() in PROTOCOLS),
    "sasl.mechanism": (f"must be {' | '.join(MECHANISMS)}", lambda v: v in MECHANISMS),
    "sasl.username": _GIVEN,
    "sasl.password": _GIVEN,
    "ssl.ca.location": _READABLE,
    "ssl.certificate.location": _READABLE,
    "ssl.key.location": _READABLE,
    "ssl.key.password": _GIVEN,
    "ssl.endpoint.identification.algorithm": (
        "must be https | none",
        lambda v: v in ("https", "none"),
    ),
    "client.id": _GIVEN,
}

NAMES = (*RULES, *ALIASES, *(f"{name}_file" for name in SECRETS))
"""Every name that a table of client settings may hold."""


def problems_of(values: Mapping[str, str], origins: Mapping[str, str]) -> Iterator[str]:
    """Yield a line for each setting that breaks its rule or lacks its company.

    Parameters
    ----------
    values
        Accepted names (no aliases, no ``_file``) to values.
    origins
        The same names to how the user calls the place where each was given.
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
    """Yield what the protocol needs and lacks, or what it would silently ignore."""
    for family, needed in (("sasl", protocol.startswith("SASL")), ("ssl", protocol[-3:] == "SSL")):
        if not needed:
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
