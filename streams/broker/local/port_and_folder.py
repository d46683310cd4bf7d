"""A local broker's port and data directory, which no other program may use."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import secrets
import socket
import time
from contextlib import suppress
from pathlib import Path

from streams.broker.errors import BrokerError, PortBusyError

LOOPBACK = "127.0.0.1"
_LOCK = "broker.lock"
_RELEASE_WAIT_S = 30.0
_PORTS = range(20_000, 32_000)
"""Below the range of ports for outgoing connections, which could take the port meanwhile."""


def free_port() -> int:
    """Return a port on which nothing listens at the moment."""
    while True:
        with socket.socket() as listener, contextlib.suppress(OSError):
            port = secrets.choice(_PORTS)
            listener.bind((LOOPBACK, port))
            return port


def require_free(port: int) -> None:
    """Raise where another program uses a port.

    Raises
    ------
    PortBusyError
        Where another program listens there.
    BrokerError
        Where this user may not listen there.
    """
    with socket.socket() as listener:
        # As the brokers do: connections in TIME_WAIT do not block the port.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, port))
        except PermissionError:
            raise BrokerError(
                f"port {port}: must be one that this user may listen on; the system refused it; "
                "choose one from 1024 up with --port"
            ) from None
        except OverflowError:
            raise BrokerError(f"port {port}: must be 1 to 65535; choose one with --port") from None
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise port_busy(port) from None


def port_busy(port: int) -> PortBusyError:
    """Return the error for a port on which another program listens."""
    return PortBusyError(
        f"port {port}: must be free on {LOOPBACK}; another program listens there; choose another "
        f"with --port, or, if that is the broker you mean, use it with --bootstrap "
        f"{LOOPBACK}:{port}"
    )


def lock_data_dir(data_dir: Path) -> int:
    """Lock the data directory for one broker, until every copy of the descriptor is closed.

    Where the owner of the lock has died, wait until its broker has ended. Where the owner lives,
    raise at once.

    Returns
    -------
    int
        The descriptor that holds the lock: pass it to the broker's process, then close it.

    Raises
    ------
    BrokerError
        Where another local broker uses the directory, or it cannot be written.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(data_dir / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise _unwritable(data_dir, error) from None
    deadline = time.monotonic() + _RELEASE_WAIT_S
    try:
        while not _locked(descriptor):
            owner = _owner(descriptor)
            if time.monotonic() > deadline or (owner is not None and _is_alive(owner)):
                raise BrokerError(
                    f"data directory {data_dir}: must be used by one broker at a time; process "
                    f"{owner or 'unknown'} runs one on it; stop that, or choose another with "
                    "--data"
                )
            time.sleep(0.05)
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    except BaseException as error:
        os.close(descriptor)
        if isinstance(error, OSError):
            raise _unwritable(data_dir, error) from None
        raise
    return descriptor


def _unwritable(data_dir: Path, error: OSError) -> BrokerError:
    return BrokerError(
        f"data directory {data_dir}: must be a directory that this user may write; "
        f"{error.strerror}; choose another with --data"
    )


def await_release(data_dir: Path) -> None:
    """Wait until this process's broker has released the lock of its data directory.

    If the supervising process of a broker is killed, the broker may end a moment later.
    """
    with suppress(FileNotFoundError), (data_dir / _LOCK).open("rb") as lock:
        deadline = time.monotonic() + _RELEASE_WAIT_S
        while time.monotonic() < deadline and _owner(lock.fileno()) == os.getpid():
            if _locked(lock.fileno()):
                return
            time.sleep(0.05)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _owner(descriptor: int) -> int | None:
    """Return the process that holds the lock; None before it has written its id."""
    text = os.pread(descriptor, 32, 0)
    return int(text) if text.isdigit() else None


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
