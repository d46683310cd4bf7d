"""Each process's own numbers for Prometheus, on loopback unless configured."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, start_http_server


class PortBusy(Exception):
    """The metrics port cannot be had."""


def serve_metrics(registry: CollectorRegistry, host: str, port: int, key: str) -> None:
    """Serve ``/metrics`` from a thread for as long as the process lives.

    Parameters
    ----------
    registry
        What to serve.
    host, port
        Where; a busy port is an error that names `key`.
    key
        The configuration's key of the port.

    Raises
    ------
    PortBusy
        Where the port cannot be had.
    """
    try:
        start_http_server(port, host, registry)
    except OSError as error:
        raise PortBusy(
            f"{key} must be a free port; {host}:{port} is taken ({error.strerror}):"
            f" set {key} to another, or stop what listens there"
        ) from None
