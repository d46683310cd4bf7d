"""A receiver of webhooks that gives hostile answers, drawn by a seed."""

from __future__ import annotations

import contextlib
import gzip
import socket
import socketserver
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Final

SECRET: Final = "token-of-the-receiver"
_GIVE_UP_READING_S = 30.0


@dataclass(frozen=True)
class Poison:
    """A kind of answer.

    Attributes
    ----------
    write
        Writes an answer to a connection on which the request has been read.
    accepts
        Whether the answer says with a whole head of 2xx that the alert has been accepted.
    """

    write: Callable[[socket.socket, Random], None]
    accepts: bool = False


def _head(status: str, *lines: str, length: int | None = 0, close: bool = True) -> bytes:
    lines = lines if length is None else (*lines, f"Content-Length: {length}")
    if close:  # else the next request may meet a connection that is just being closed
        lines = (*lines, "Connection: close")
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode("latin-1")


def _answer(*answers: bytes) -> Callable[[socket.socket, Random], None]:
    def write(connection: socket.socket, chance: Random) -> None:
        connection.sendall(chance.choice(answers))

    return write


def _for_ever(head: bytes, piece: bytes) -> Callable[[socket.socket, Random], None]:
    def write(connection: socket.socket, _: Random) -> None:
        connection.sendall(head)
        end = time.monotonic() + _GIVE_UP_READING_S
        while time.monotonic() < end:
            connection.sendall(piece)

    return write


def _drip(head: bytes, rest: bytes) -> Callable[[socket.socket, Random], None]:
    def write(connection: socket.socket, _: Random) -> None:
        connection.sendall(head)
        for byte in rest:
            connection.sendall(bytes([byte]))
            time.sleep(0.05)

    return write


@cache
def bomb() -> bytes:
    """About 100 KB of gzip that are 100 MB."""
    return gzip.compress(bytes(100_000_000), 9)


def _bomb(connection: socket.socket, _: Random) -> None:
    connection.sendall(_head("200 OK", "Content-Encoding: gzip", length=len(bomb())) + bomb())


def _reset(connection: socket.socket, chance: Random) -> None:
    connection.sendall(_head("200 OK", length=100)[: chance.randrange(1, 30)])
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _garbage(connection: socket.socket, chance: Random) -> None:
    connection.sendall(b"\xff" + chance.randbytes(chance.randrange(1, 5000)))


def _echo(connection: socket.socket, _: Random) -> None:
    connection.sendall(f"POST /alerts?token={SECRET} is what you said\r\n\r\n".encode())


def _cookies(connection: socket.socket, chance: Random) -> None:
    cookies = [f"Set-Cookie: c{chance.getrandbits(60)}={'x' * 900}; Path=/" for _ in range(20)]
    connection.sendall(_head("503 Busy", *cookies))


def _any_status(connection: socket.socket, chance: Random) -> None:
    connection.sendall(_head(f"{chance.choice([*range(300, 1000)])} {SECRET}"))


def _retry_afters() -> Iterator[bytes]:
    dates = [
        "Sat, 01 Feb 99999999999999999999 00:00:00 GMT",
        "Sat, 01 Feb 99999 00:00:00 GMT",
        "Mon, 01 Jan 0001 00:00:00 +2359",
        "Fri, 31 Dec 9999 23:59:59 -2359",
        "Sat, 01 Feb 2020 00:00:00 +99999999999999999999999",
        "Sat, 99 Feb 2020 99:99:99 GMT",
        "Sat, 01 Feb 2020 00:00:00 -9999",
        "Sat, " * 5000,
        "1 1 1 1:1:1:1:1 " * 1000,
    ]
    numbers = ["9" * 400, "9" * 50_000, "1e999", "-1", "inf", "nan", "0x10", "\xb2", "1.5", ""]
    for value in (*dates, *numbers):
        for status in ("503 Busy", "429 Slow down"):
            yield _head(status, f"Retry-After: {value}")


def _redirects() -> Iterator[bytes]:
    places = [
        "http://127.0.0.1:1/", "http://x:99999/", "http://xn--\xff/", "http://xn--a--b--/",
        "http://[::1/", "//", "file:///etc/passwd", "javascript:0", "\t", "a" * 60_000,
    ]  # fmt: skip
    for place in places:
        for status in (301, 302, 303, 307, 308):
            yield _head(f"{status} Elsewhere", f"Location: {place}")


_BROKEN_GZIP = b"\x1f\x8b\x08 this is no gzip"
_LINE = b"X-Endless: " + b"x" * 500 + b"\r\n"

POISONS: Final[dict[str, Poison]] = {
    "absurd Retry-After": Poison(_answer(*_retry_afters())),
    "redirect": Poison(_answer(*_redirects())),
    "broken gzip": Poison(
        _answer(
            *(
                _head("200 OK", f"Content-Encoding: {name}", length=len(_BROKEN_GZIP))
                + _BROKEN_GZIP
                for name in ("gzip", "deflate", "br", "zstd", "gzip, gzip, gzip", "\xff")
            )
        ),
        accepts=True,
    ),
    "gzip that is a bomb": Poison(_bomb, accepts=True),
    "endless body after 200": Poison(
        _for_ever(_head("200 OK", length=10**15), b"x" * 65536), accepts=True
    ),
    "endless body after 500": Poison(_for_ever(_head("500 No", length=10**15), b"x" * 65536)),
    "endless chunks": Poison(
        _for_ever(
            _head("200 OK", "Transfer-Encoding: chunked", length=None), b"1\r\nx\r\n" * 10_000
        ),
        accepts=True,
    ),
    "endless headers": Poison(_for_ever(b"HTTP/1.1 200 OK\r\n", _LINE * 100)),
    "endless line of a header": Poison(_for_ever(b"HTTP/1.1 200 OK\r\nX: ", b"x" * 65536)),
    "endless status line": Poison(_for_ever(b"HTTP/1.1 200 ", b"O" * 65536)),
    "endless interim answers": Poison(_for_ever(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 2000)),
    "slow head": Poison(_drip(b"HTTP/1.1 200 OK\r\n", b"X: " + b"x" * 10_000)),
    "slow body": Poison(_drip(_head("200 OK", length=10_000), b"x" * 10_000), accepts=True),
    "malformed status line": Poison(
        _answer(
            b"HTTP/1.1 abc OK\r\n\r\n",
            b"HTTP/10 200 OK\r\n\r\n",
            b"ICY 200 OK\r\n\r\n",
            b"HTTP/1.1 20 OK\r\n\r\n",
            b"HTTP/1.1 2000000000000 OK\r\n\r\n",
            b"\r\n" * 50_000,
            b"HTTP/1.1 -200 OK\r\n\r\n",
            b"HTTP/1.1\r\n\r\n",
            "HTTP/1.1 ２００ OK\r\n\r\n".encode(),
        )
    ),
    "malformed headers": Poison(
        _answer(
            b"HTTP/1.1 200 OK\r\n: no name\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
            _head("200 OK", "Content-Length: 5", "Content-Length: 6", length=None),
            _head("200 OK", "Content-Length: -5", length=None),
            _head("200 OK", "Content-Length: \xb2", length=None),
            _head("200 OK", "Transfer-Encoding: sideways", length=None),
            b"HTTP/1.1 200 OK\r\nX: \x00\r\n\r\n",
        )
    ),
    "malformed chunks": Poison(
        _answer(
            *(
                _head("200 OK", "Transfer-Encoding: chunked", length=None) + rest
                for rest in (b"zz\r\n", b"-1\r\n", b"f" * 60_000 + b"\r\n", b"1\r\nxyz", b"")
            )
        ),
        accepts=True,
    ),
    "closes in its head": Poison(_answer(b"", b"H", b"HTTP/1.1 200 OK\r\nContent-Le")),
    "closes in its body": Poison(_answer(_head("200 OK", length=100) + b"half"), accepts=True),
    "resets the connection": Poison(_reset),
    "garbage": Poison(_garbage),
    "says back what it was sent": Poison(_echo),
    "cookies": Poison(_cookies),
    "any status": Poison(_any_status),
    "another protocol": Poison(
        _answer(_head("101 Switching Protocols", "Upgrade: websocket", length=None))
    ),
}
"""Each kind of answer, by name."""


@dataclass
class PoisonReceiver:
    """Gives hostile answers until it is told to be well.

    Attributes
    ----------
    port
        Where it listens.
    kinds
        Names of `POISONS` of which it draws; where there are none it accepts.
    rejects
        Says of an alert whether it is answered 403, whatever else would be answered.
    asked
        What has been posted, repeats included.
    accepted
        What an answer of 2xx was given for, repeats included.
    given
        Names of the answers so far, in order.
    """

    port: int
    kinds: tuple[str, ...] = ()
    rejects: Callable[[bytes], bool] = lambda _: False
    asked: list[bytes] = field(default_factory=list)
    accepted: list[bytes] = field(default_factory=list)
    given: list[str] = field(default_factory=list)
    cookies: int = 0

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}/alerts?token={SECRET}"


@contextmanager
def poison_receiver(*kinds: str, seed: int = 1) -> Iterator[PoisonReceiver]:
    """Run a receiver that draws its answers of these kinds.

    Parameters
    ----------
    kinds
        Names of `POISONS`.
    seed
        Of what is drawn.
    """
    chance = Random(seed)

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.settimeout(_GIVE_UP_READING_S)
            with contextlib.suppress(OSError):  # whoever asked may have gone
                while _serve_one(self.request, found, chance):
                    pass

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False

    with Server(("127.0.0.1", 0), Handler) as server:
        found = PoisonReceiver(server.server_address[1], kinds)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield found
        finally:
            server.shutdown()
            thread.join()


def _serve_one(connection: socket.socket, receiver: PoisonReceiver, chance: Random) -> bool:
    """Answer one request; return whether the connection may be used again."""
    file = connection.makefile("rb")
    length = 0
    for line in iter(file.readline, b"\r\n"):
        if not line:
            return False
        header, _, value = line.partition(b":")
        length = int(value) if header.lower() == b"content-length" else length
        receiver.cookies += header.lower() == b"cookie"
    body = file.read(length)
    if len(body) < length:
        return False  # who asked was killed, or waits no more
    receiver.asked.append(body)
    if receiver.rejects(body):
        receiver.given.append("403")
        connection.sendall(_head("403 Forbidden", close=False))
        return True
    if not receiver.kinds:
        receiver.given.append("204")
        receiver.accepted.append(body)
        connection.sendall(_head("204 No Content", length=None, close=False))
        return True
    name = chance.choice(receiver.kinds)
    receiver.given.append(name)
    if POISONS[name].accepts:
        receiver.accepted.append(body)
    POISONS[name].write(connection, chance)
    return False
