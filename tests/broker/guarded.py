"""A Kafka that asks who you are: TLS, SCRAM, and rights as the documentation lists them."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._acl import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
)
from confluent_kafka.admin._resource import ResourcePatternType, ResourceType
from confluent_kafka.admin._scram import (
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialAlteration,
    UserScramCredentialUpsertion,
)

from streams.broker.local.apache import ApacheKafka
from streams.broker.local.port_and_folder import LOOPBACK, free_port

DOCUMENT = Path(__file__).parents[2] / "operations" / "README.md"
MECHANISM = "SCRAM-SHA-512"

_PROPERTIES = """
listeners=PLAINTEXT://{host}:{plain},SECURE://{host}:{secure},CONTROLLER://{host}:{controller}
advertised.listeners=PLAINTEXT://{host}:{plain},SECURE://{host}:{secure}
controller.quorum.voters=1@{host}:{controller}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURE:SASL_SSL
ssl.keystore.type=PEM
ssl.keystore.location={store}
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
listener.name.secure.sasl.enabled.mechanisms={mechanism}
listener.name.secure.scram-sha-512.sasl.jaas.config=\
org.apache.kafka.common.security.scram.ScramLoginModule required;
"""


class GuardedKafka(ApacheKafka):
    """Apache Kafka with a second listener: TLS, SCRAM, and nobody may do what no ACL allows.

    Whoever comes by the plain listener is the administrator.
    """

    def __init__(self, store: Path) -> None:
        super().__init__()
        self._store = store
        self.secure_port = free_port()

    def prepare(self, home: Path, port: int) -> list[str]:
        command = super().prepare(home, port)
        # Of a property given twice, the last one holds.
        with (home / "server.properties").open("a") as properties:
            properties.write(
                _PROPERTIES.format(
                    host=LOOPBACK,
                    plain=port,
                    secure=self.secure_port,
                    controller=free_port(),
                    store=self._store,
                    mechanism=MECHANISM,
                )
            )
        return command


def certificate(directory: Path) -> tuple[Path, Path]:
    """Make a certificate for the loopback address; return it and, with its key, the keystore."""
    key, cert, store = (directory / name for name in ("key.pem", "cert.pem", "store.pem"))
    subject = ["-subj", "/CN=localhost", "-addext", f"subjectAltName=IP:{LOOPBACK}"]
    files = ["-keyout", str(key), "-out", str(cert)]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    subprocess.run([*command, *subject, *files], check=True, capture_output=True)
    store.write_text(key.read_text() + cert.read_text())
    return cert, store


class Right(NamedTuple):
    """A row of the documentation: who may do what with which resource."""

    user: str
    kind: str
    name: str
    operation: str

    def binding(self) -> AclBinding:
        """As the broker takes it."""
        prefixed = self.name.endswith("*") and self.name != "*"
        pattern = ResourcePatternType.PREFIXED if prefixed else ResourcePatternType.LITERAL
        return AclBinding(
            ResourceType[{"cluster": "BROKER"}.get(self.kind, self.kind.upper())],
            self.name.rstrip("*") if prefixed else self.name,
            pattern,
            f"User:{self.user}",
            "*",
            AclOperation[re.sub(r"(?<!^)([A-Z])", r"_\1", self.operation).upper()],
            AclPermissionType.ALLOW,
        )


def documented(name: str, sources: Sequence[str]) -> Iterator[Right]:
    """The rights that operations/README.md lists, for a configuration's name and its sources."""
    section = DOCUMENT.read_text().partition("\n## Least privilege\n")[2].partition("\n## ")[0]
    for line in section.splitlines():
        cells = [cell.strip().replace("`", "") for cell in line.strip("|").split("|")]
        if len(cells) != 4 or cells[1] not in ("topic", "group", "cluster"):
            continue
        user, kind, resource, operations = cells
        for each in sources if resource == "SOURCE" else [resource]:
            for operation in operations.split(", "):
                yield Right(user, kind, each.replace("NAME", name), operation)


def grant(bootstrap: str, rights: Sequence[Right]) -> None:
    """Give rights."""
    client = AdminClient({"bootstrap.servers": bootstrap})
    for future in client.create_acls([right.binding() for right in rights]).values():
        future.result(30)


def withdraw(bootstrap: str, right: Right) -> None:
    """Take a right away."""
    binding = right.binding()
    match = AclBindingFilter(
        binding.restype, binding.name, binding.resource_pattern_type, binding.principal,
        binding.host, binding.operation, binding.permission_type,
    )  # fmt: skip
    client = AdminClient({"bootstrap.servers": bootstrap})
    for future in client.delete_acls([match]).values():
        assert future.result(30), f"nothing to withdraw: {right}"


def enrol(bootstrap: str, passwords: dict[str, str]) -> None:
    """Make users."""
    client = AdminClient({"bootstrap.servers": bootstrap})
    way = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
    users: list[UserScramCredentialAlteration] = [
        UserScramCredentialUpsertion(user, way, password.encode())
        for user, password in passwords.items()
    ]
    for future in client.alter_user_scram_credentials(users).values():
        future.result(30)
