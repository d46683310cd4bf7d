"""What a local broker must have to itself: its port and its data directory."""

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

from streams.broker.client.errors import BrokerError, PortBusyError

LOOPBACK = "127.0.0.1"
_LOCK = "broker.lock"
_RELEASE_WAIT_S = 30.0
_PORTS = range(20_000, 32_000)
"""Below those that the system hands to outgoing connections, which could take one meanwhile."""


def free_port() -> int:
    """Return a port of the loopback address on which nothing listens at the moment."""
    while True:
        with socket.socket() as listener, contextlib.suppress(OSError):
            port = secrets.choice(_PORTS)
            listener.bind((LOOPBACK, port))
            return port


def require_free(port: int) -> None:
    """Refuse a port that another program has.

    Raises
    ------
    PortBusyError
        Where something listens there.
    BrokerError
        Where this user may not listen there.
    """
    with socket.socket() as listener:
        # As the brokers do: connections that are closing (TIME_WAIT) are no obstacle.
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
    """Make the error for a port on which another program listens."""
    return PortBusyError(
        f"port {port}: must be free on {LOOPBACK}; another program listens there; choose another "
        f"with --port, or, if that is the broker you mean, use it with --bootstrap "
        f"{LOOPBACK}:{port}"
    )


def lock_data_dir(data_dir: Path) -> int:
    """Take the data directory for one broker, until every copy of the descriptor is closed.

    A directory whose last owner has died is taken as soon as its broker has ended; one
    whose owner lives is refused at once.

    Returns
    -------
    int
        The descriptor that holds the lock; hand it down to the broker, then close it.

    Raises
    ------
    BrokerError
        Where another local broker has it, or it cannot be written.
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
            if time.monotonic() > deadline or (owner is not None and _lives(owner)):
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
    """Wait until the broker that this process had on a data directory has let go of it.

    One whose keeper was killed may take a moment longer to die than the keeper.
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
    """Return the process that took the lock; None in the instant before it has signed."""
    text = os.pread(descriptor, 32, 0)
    return int(text) if text.isdigit() else None


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
