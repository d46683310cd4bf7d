"""One table of client settings means the same to every client, or is refused."""

from __future__ import annotations

import logging
import ssl
from pathlib import Path
from typing import Any

import pytest
from aiokafka.client import AIOKafkaClient
from confluent_kafka import Producer
from kafka import KafkaProducer
from kafka.admin import KafkaAdminClient

from streams.broker.client.connection import Connection
from streams.broker.client.setting_rules import NAMES
from streams.broker.client.settings import for_aiokafka, for_confluent, for_faust, for_kafka_python
from streams.broker.errors import SettingsError

SASL = {
    "security.protocol": "sasl_plaintext",
    "sasl.mechanisms": "SCRAM-SHA-512",
    "sasl.username": "wv",
    "sasl.password": "hunter2",
}


def connection(**client: str) -> Connection:
    return Connection("a:1,b:2", {name.replace("__", "."): v for name, v in client.items()})


def problems(client: dict[str, str], environ: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        for_confluent(Connection("a:1", client), environ or {})
    return caught.value.problems


def faust_arguments(connection: Connection) -> dict[str, Any]:
    return for_faust(
        connection,
        sasl_credentials=lambda **given: given,
        ssl_credentials=lambda context: {"context": context},
        environ={},
    )


def test_plain_connection() -> None:
    """An address alone is enough, and each client gets it in its own form."""
    there = Connection("a:1, b:2")
    assert for_confluent(there, {}) == {
        "bootstrap.servers": "a:1, b:2",
        "client.id": "weathervane",
    }
    assert for_kafka_python(there, {}) == {
        "bootstrap_servers": ["a:1", "b:2"],
        "client_id": "weathervane",
        "security_protocol": "PLAINTEXT",
    }
    assert for_aiokafka(there, {}) == for_kafka_python(there, {})
    assert faust_arguments(there) == {
        "broker": "kafka://a:1;kafka://b:2",
        "broker_client_id": "weathervane",
    }


def test_sasl_reaches_every_client() -> None:
    """User, password and mechanism arrive at all four clients, whichever name was used."""
    there = Connection("a:1", SASL)
    ours = for_confluent(there, {})
    assert (ours["security.protocol"], ours["sasl.mechanism"]) == (
        "SASL_PLAINTEXT",
        "SCRAM-SHA-512",
    )
    theirs = for_kafka_python(there, {})
    assert theirs["security_protocol"] == "SASL_PLAINTEXT"
    assert theirs["sasl_mechanism"] == "SCRAM-SHA-512"
    assert (theirs["sasl_plain_username"], theirs["sasl_plain_password"]) == ("wv", "hunter2")
    assert faust_arguments(there)["broker_credentials"] == {
        "username": "wv",
        "password": "hunter2",
        "mechanism": "SCRAM-SHA-512",
        "ssl_context": None,
    }


def test_tls_reaches_every_client() -> None:
    """TLS verifies broker and host name unless the host name is given up by name."""
    strict = connection(security__protocol="SSL")
    context = for_kafka_python(strict, {})["ssl_context"]
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    lax = Connection(
        "a:1",
        {"security.protocol": "SSL", "ssl.endpoint.identification.algorithm": "none"},
    )
    context = faust_arguments(lax)["broker_credentials"]["context"]
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert not context.check_hostname
    both = Connection("a:1", SASL | {"security.protocol": "SASL_SSL"})
    assert isinstance(faust_arguments(both)["broker_credentials"]["ssl_context"], ssl.SSLContext)


def test_clients_accept_what_they_are_given() -> None:
    """The names are those that the installed clients know."""
    there = Connection("127.0.0.1:1", SASL | {"security.protocol": "SASL_SSL"})
    Producer(for_confluent(there, {}))
    for client in (KafkaAdminClient, KafkaProducer):
        assert for_kafka_python(there, {}).keys() <= client.DEFAULT_CONFIG.keys()
    names = AIOKafkaClient.__init__.__kwdefaults__
    assert for_aiokafka(there, {}).keys() <= names.keys()


def test_an_unknown_setting_is_refused_with_what_is_accepted() -> None:
    """A setting that not every client understands is refused, and all accepted are listed."""
    (line,) = problems({"client.rack": "r1"})
    assert line.startswith('kafka.client."client.rack" must be a setting that every client')
    assert all(name in line for name in NAMES)


def test_every_problem_at_once() -> None:
    """All problems come in one go, each with where, the rule and what was found."""
    lines = problems(
        {
            "security.protocol": "SASL",
            "sasl.mechanism": "GSSAPI",
            "ssl.ca.location": "/no/such/file",
            "client.id": "",
        }
    )
    assert lines == [
        'kafka.client."security.protocol" must be PLAINTEXT | SSL | SASL_PLAINTEXT | SASL_SSL; '
        'got "SASL"',
        'kafka.client."sasl.mechanism" must be PLAIN | SCRAM-SHA-256 | SCRAM-SHA-512; got "GSSAPI"',
        'kafka.client."ssl.ca.location" must be a file that this user may read; '
        'got "/no/such/file"',
        'kafka.client."client.id" must not be empty; got ""',
    ]


def test_settings_without_effect_are_refused() -> None:
    """A password that would never be used, or a missing one, is said before anything connects."""
    assert problems({"sasl.username": "wv"}) == [
        'kafka.client."sasl.username" needs security.protocol with SASL; got "PLAINTEXT"'
    ]
    assert problems({"security.protocol": "SASL_SSL", "sasl.mechanism": "PLAIN"}) == [
        'kafka.client."sasl.username" must be given with SASL_SSL; found nothing',
        'kafka.client."sasl.password" must be given with SASL_SSL; found nothing',
    ]
    assert problems({"security.protocol": "SSL", "ssl.certificate.location": __file__}) == [
        'kafka.client."ssl.certificate.location" needs ssl.key.location beside it; found nothing'
    ]


def test_a_secret_from_a_file(tmp_path: Path) -> None:
    """A secret may come from a file, without the line end that an editor puts there."""
    path = tmp_path / "password"
    path.write_text("from a file\n")
    client = SASL | {"sasl.password_file": str(path)}
    del client["sasl.password"]
    assert for_confluent(Connection("a:1", client), {})["sasl.password"] == "from a file"


@pytest.mark.parametrize(("content", "said"), [(None, "No such file"), (b"\n", "is empty")])
def test_a_secret_file_that_cannot_be_used(
    tmp_path: Path, content: bytes | None, said: str
) -> None:
    """A missing or empty file is a problem of its own, not an empty password."""
    path = tmp_path / "password"
    if content is not None:
        path.write_bytes(content)
    client = {n: v for n, v in SASL.items() if n != "sasl.password"}
    (line,) = problems(client | {"sasl.password_file": str(path)})
    assert line.startswith('kafka.client."sasl.password_file" must')
    assert said in line


def test_the_environment_wins(tmp_path: Path) -> None:
    """A variable replaces what the table says, its file included; the file is not read then."""
    client = SASL | {"sasl.password_file": "/no/such/file"}
    del client["sasl.password"]
    environ = {"WEATHERVANE_KAFKA_SASL_PASSWORD": "env", "WEATHERVANE_KAFKA_CLIENT_ID": "me"}
    settings = for_confluent(Connection("a:1", client), environ)
    assert (settings["sasl.password"], settings["client.id"]) == ("env", "me")
    path = tmp_path / "password"
    path.write_text("file in env")
    environ = {"WEATHERVANE_KAFKA_SASL_PASSWORD_FILE": str(path)}
    assert for_confluent(Connection("a:1", SASL), environ)["sasl.password"] == "file in env"


def test_a_secret_given_twice_is_refused(tmp_path: Path) -> None:
    """Of a secret and its file in one place, neither is silently preferred."""
    path = tmp_path / "password"
    path.write_text("x")
    assert problems(SASL | {"sasl.password_file": str(path)}) == [
        'kafka.client."sasl.password_file" must not be given beside '
        'kafka.client."sasl.password"; remove one'
    ]


def test_no_secret_is_shown(caplog: pytest.LogCaptureFixture) -> None:
    """Neither our reprs, nor our errors, nor the clients' debug logs show a password."""
    there = Connection("127.0.0.1:1", SASL)
    assert "hunter2" not in repr(there)
    assert "hunter2" not in repr(for_kafka_python(there, {}))
    assert "hunter2" not in repr(for_confluent(there, {}))
    wrong = problems({"sasl.password": "hunter2", "security.protocol": "hello"})
    assert "hunter2" not in "\n".join(wrong)
    with caplog.at_level(logging.DEBUG, logger="kafka"):
        logging.getLogger("kafka.test").debug("configuration: %s", for_kafka_python(there, {}))
    assert "configuration" in caplog.text
    assert "hunter2" not in caplog.text


def test_broken_certificates(tmp_path: Path) -> None:
    """Files that are no certificates are said to be so, without a question on the terminal."""
    path = tmp_path / "cert.pem"
    path.write_text("not a certificate")
    client = {
        "security.protocol": "SSL",
        "ssl.certificate.location": str(path),
        "ssl.key.location": str(path),
    }
    with pytest.raises(SettingsError, match="must be PEM files that belong together"):
        for_kafka_python(Connection("a:1", client), {})
