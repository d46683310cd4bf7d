"""Serve's certificate: checked at the start, and taken anew when its files change."""

from __future__ import annotations

import asyncio
import logging
import ssl
from typing import Final

import uvicorn

from streams.config.addresses.access import TlsTable

_LOOK_EVERY_S: Final = 60.0
_log = logging.getLogger(__name__)


class CertificateProblem(Exception):
    """A certificate cannot be used; the message says why, and what to do."""


def load_certificate(tls: TlsTable, into: ssl.SSLContext | None = None) -> None:
    """Load a certificate and its key, to check them or for use.

    Raises
    ------
    CertificateProblem
        Where they cannot be used.
    """
    context = into or ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        # Without a password it would ask at the terminal for that of an encrypted key.
        context.load_cert_chain(tls.certificate, tls.key, password=lambda: b"")
    except (OSError, ValueError) as error:
        # OpenSSL's words name the kind of the fault, never the key.
        said = getattr(error, "reason", None) or getattr(error, "strerror", None) or "unusable"
        raise CertificateProblem(
            "serve.tls must name a certificate in PEM, with those between it and the root, and its"
            f" key without a password; found {said} in {tls.certificate} and {tls.key}"
        ) from None


async def renew(server: uvicorn.Config, tls: TlsTable | None) -> None:
    """Take the certificate anew whenever its files have changed, until cancelled."""
    if tls is None:
        return
    seen = _stamp(tls)
    while True:
        await asyncio.sleep(_LOOK_EVERY_S)
        now = _stamp(tls)
        if now == seen or server.ssl is None:
            continue
        try:
            load_certificate(tls)
            load_certificate(tls, server.ssl)
        except CertificateProblem as error:
            _log.warning("the certificate of before stays in use: %s", error)
        else:
            _log.info("a new certificate is in use")
        seen = now


def _stamp(tls: TlsTable) -> tuple[int, ...]:
    try:
        return tuple(path.stat().st_mtime_ns for path in (tls.certificate, tls.key))
    except OSError:
        return ()
