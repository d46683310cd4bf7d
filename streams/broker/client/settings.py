"""Client settings, translated from librdkafka's names for each Kafka client in use.

The counting process runs on confluent-kafka, the tools on kafka-python, ``serve`` on aiokafka and
the detect workers on Faust. The same configuration must mean the same to all four: a setting that
one of them cannot take is refused (`streams.broker.client.setting_rules`). This module imports no
Kafka client.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from typing import Any

from streams.broker.client.connection import Connection, resolve
from streams.broker.errors import SettingsError


def for_confluent(
    connection: Connection, environ: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return the settings for confluent-kafka; each client adds its own."""
    return {"bootstrap.servers": connection.bootstrap, **resolve(connection, environ)}


def for_kafka_python(
    connection: Connection, environ: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return the keyword arguments for kafka-python's clients."""
    settings = resolve(connection, environ)
    protocol = settings.get("security.protocol", "PLAINTEXT")
    arguments: dict[str, Any] = {
        "bootstrap_servers": _hosts(connection),
        "client_id": settings["client.id"],
        "security_protocol": protocol,
    }
    if protocol.startswith("SASL"):
        arguments["sasl_mechanism"] = settings["sasl.mechanism"]
        arguments["sasl_plain_username"] = settings["sasl.username"]
        arguments["sasl_plain_password"] = settings["sasl.password"]
    if protocol.endswith("SSL"):
        arguments["ssl_context"] = _ssl_context(settings)
    return arguments


def for_aiokafka(
    connection: Connection, environ: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return the keyword arguments for aiokafka's clients."""
    # aiokafka began as a fork of kafka-python, and takes the same names.
    return for_kafka_python(connection, environ)


def for_faust(
    connection: Connection,
    *,
    sasl_credentials: Callable[..., Any],
    ssl_credentials: Callable[..., Any],
    environ: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return the keyword arguments for a Faust app.

    Parameters
    ----------
    connection
        The broker's address and client settings.
    sasl_credentials, ssl_credentials
        ``faust.SASLCredentials`` and ``faust.SSLCredentials``. They are parameters because only
        the detect worker's modules import Faust.
    environ
        The environment; that of the process by default.
    """
    settings = resolve(connection, environ)
    protocol = settings.get("security.protocol", "PLAINTEXT")
    arguments: dict[str, Any] = {
        "broker": ";".join(f"kafka://{host}" for host in _hosts(connection)),
        "broker_client_id": settings["client.id"],
    }
    context = _ssl_context(settings) if protocol.endswith("SSL") else None
    if protocol.startswith("SASL"):
        arguments["broker_credentials"] = sasl_credentials(
            username=settings["sasl.username"],
            password=settings["sasl.password"],
            mechanism=settings["sasl.mechanism"],
            ssl_context=context,
        )
    elif context is not None:
        arguments["broker_credentials"] = ssl_credentials(context)
    return arguments


def _hosts(connection: Connection) -> list[str]:
    return [host.strip() for host in connection.bootstrap.split(",")]


def _ssl_context(settings: Mapping[str, str]) -> ssl.SSLContext:
    """Return a TLS context that checks what librdkafka checks with the same settings."""
    # A password is always passed, an empty one too: without one, OpenSSL asks the terminal for
    # the password of an encrypted key, and a service would wait for ever.
    password = settings.get("ssl.key.password", "")
    try:
        context = ssl.create_default_context(cafile=settings.get("ssl.ca.location"))
        if "ssl.certificate.location" in settings:
            context.load_cert_chain(
                settings["ssl.certificate.location"],
                settings["ssl.key.location"],
                password=lambda: password,
            )
    except ssl.SSLError as error:
        raise SettingsError(
            [
                "kafka.client: ssl.ca.location, ssl.certificate.location and ssl.key.location "
                f"must be PEM files that belong together, and ssl.key.password theirs; {error}"
            ]
        ) from None
    if settings.get("ssl.endpoint.identification.algorithm", "https") == "none":
        context.check_hostname = False
    return context
