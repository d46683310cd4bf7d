"""Signs what is posted, by Standard Webhooks, so that a receiver knows who sent it, and when.

The signature is HMAC-SHA256 over ``ID.TIMESTAMP.BODY``. Whoever repeats a post later is told by the
timestamp; whoever changes it, by the signature.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from pathlib import Path
from typing import Final

PREFIX: Final = "whsec_"
_LEAST_BYTES, _MOST_BYTES = 24, 64
MOST_SECRETS: Final = 10
"""Secrets in a file at most: while one takes another's place, both sign."""

RULE: Final = (
    f"must hold {PREFIX} and the base64 of {_LEAST_BYTES} to {_MOST_BYTES} random bytes a line,"
    f" at most {MOST_SECRETS} lines"
)


class SecretProblem(Exception):
    """A file of secrets that cannot be used; the message shows nothing of it."""


def read_secret(path: Path, key: str) -> str:
    """Read a file that holds a secret, without the line's end.

    Raises
    ------
    SecretProblem
        Where it cannot be read, or holds nothing.
    """
    rule = f"{key} must be a text file with the secret, which this user may read"
    try:
        text = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SecretProblem(f"{rule}; found {type(error).__name__}") from None
    except UnicodeDecodeError:
        raise SecretProblem(f"{rule}; found bytes that are not UTF-8") from None
    if not text:
        raise SecretProblem(f"{rule}; found an empty file")
    return text


def signing_keys(path: Path) -> list[bytes]:
    """Read the keys that sign, one a line.

    Raises
    ------
    SecretProblem
        Where the file cannot be read, or holds something else.
    """
    lines = [line.strip() for line in read_secret(path, "secret_file").splitlines()]
    keys = [_key(line) for line in lines if line]
    if len(keys) > MOST_SECRETS:
        raise SecretProblem(f"secret_file {RULE}; found {len(keys)} lines")
    return keys


def _key(line: str) -> bytes:
    try:
        key = base64.b64decode(line.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise SecretProblem(f"secret_file {RULE}; found a line that is not base64") from None
    if not line.startswith(PREFIX) or not _LEAST_BYTES <= len(key) <= _MOST_BYTES:
        raise SecretProblem(f"secret_file {RULE}; found a line that is not so")
    return key


def signed_headers(keys: list[bytes], message_id: str, at_s: int, body: bytes) -> dict[str, str]:
    """Return the headers that sign a body; one signature for each key.

    Examples
    --------
    >>> signed_headers([bytes(24)], "a.1", 1614265330, b"{}")["webhook-signature"][:3]
    'v1,'
    """
    signed = f"{message_id}.{at_s}.".encode() + body
    signatures = [
        "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        for key in keys
    ]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(at_s),
        "webhook-signature": " ".join(signatures),
    }
