"""HTTPS by certificate files: made ones, renewed ones, and ones that cannot be used."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn

from streams.config.addresses.access import TlsTable
from streams.delivery.access import certificate
from streams.delivery.access.certificate import CertificateProblem, load_certificate, renew
from streams.delivery.feed.connection_limits import bounded
from tests.delivery.access.serving import Served

OPTIONS = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -days 2 -subj /CN=localhost"


def made(folder: Path, name: str, *options: str) -> TlsTable:
    """A certificate of localhost that signs itself, and its key."""
    pem, key = folder / f"{name}.pem", folder / f"{name}.key"
    words = options or ("-nodes",)
    subprocess.run(
        ["openssl", *OPTIONS.split(), "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
         *words, "-keyout", str(key), "-out", str(pem)],
        check=True, capture_output=True,
    )  # fmt: skip
    return TlsTable(certificate=pem, key=key)


@contextlib.contextmanager
def running(tls: TlsTable) -> Iterator[tuple[str, uvicorn.Config]]:
    """Serve over HTTPS."""
    served = Served(tls={"certificate": str(tls.certificate), "key": str(tls.key)})
    config = bounded(served.gate, stop_within_s=1, tls=tls)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield f"https://localhost:{listener.getsockname()[1]}", config
        finally:
            server.should_exit = True
            thread.join()


def trusting(tls: TlsTable) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(tls.certificate))


def test_serve_answers_over_https_alone(tmp_path: Path) -> None:
    """With the certificate that the file holds; its links say https; plain HTTP gets no answer."""
    tls = made(tmp_path, "one")
    with running(tls) as (base, _):
        answer = httpx.get(f"{base}/feeds", verify=trusting(tls), trust_env=False)
        assert answer.status_code == 200
        assert answer.json()["feeds"][0]["feed_url"].startswith(base)
        with pytest.raises(httpx.HTTPError):
            httpx.get(base.replace("https", "http") + "/feeds", trust_env=False)
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{base}/feeds", verify=trusting(made(tmp_path, "other")), trust_env=False)


def test_a_renewed_certificate_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """New connections get it; one that cannot be used leaves that of before."""
    monkeypatch.setattr(certificate, "_LOOK_EVERY_S", 0.01)
    tls, new = made(tmp_path, "one"), made(tmp_path, "new")
    with running(tls) as (base, config):
        old = trusting(tls)
        assert httpx.get(f"{base}/healthz", verify=old, trust_env=False).status_code == 200

        async def changes() -> None:
            task = asyncio.create_task(renew(config, tls))
            await asyncio.sleep(0)
            tls.certificate.write_text("rubbish")
            os.utime(tls.certificate, (1, 1))
            while "stays in use" not in " ".join(said):
                await asyncio.sleep(0.01)
            tls.key.write_bytes(new.key.read_bytes())
            tls.certificate.write_bytes(new.certificate.read_bytes())
            while "a new certificate" not in " ".join(said):
                await asyncio.sleep(0.01)
            task.cancel()

        said: list[str] = []
        monkeypatch.setattr(certificate._log, "warning", lambda text, *_: said.append(text))
        monkeypatch.setattr(certificate._log, "info", lambda text, *_: said.append(text))
        asyncio.run(changes())
        fresh = trusting(new)
        assert httpx.get(f"{base}/healthz", verify=fresh, trust_env=False).status_code == 200


def test_what_cannot_be_used_is_named_without_the_key(tmp_path: Path) -> None:
    """No file, no PEM, a key of another certificate, a key with a password: a sentence each."""
    one, other = made(tmp_path, "one"), made(tmp_path, "other")
    locked = made(tmp_path, "locked", "-passout", "pass:a-password")
    rubbish = tmp_path / "rubbish.pem"
    rubbish.write_text("rubbish")
    for tls in (
        TlsTable(certificate=tmp_path / "none.pem", key=one.key),
        TlsTable(certificate=rubbish, key=one.key),
        TlsTable(certificate=one.certificate, key=other.key),
        locked,
    ):
        with pytest.raises(CertificateProblem, match=r"serve\.tls must name") as raised:
            load_certificate(tls)
        assert "PRIVATE" not in str(raised.value)
    load_certificate(one)
