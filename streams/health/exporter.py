"""Each process's own numbers for Prometheus, on loopback unless configured."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Gauge, ProcessCollector, start_http_server

from streams import version


class PortBusy(Exception):
    """The metrics port cannot be had."""


def describe(registry: CollectorRegistry, process: str, config: str) -> None:
    """Add what every process tells: who it is, by which configuration, memory and start."""
    ProcessCollector(registry=registry)
    info = Gauge(
        "weathervane_info",
        "1; the labels say which process, version and configuration this is.",
        ["process", "version", "config"],
        registry=registry,
    )
    info.labels(process, version(), config).set(1)


def serve_metrics(
    registry: CollectorRegistry, host: str, port: int, key: str, *, config: str
) -> None:
    """Serve ``/metrics`` from a thread for as long as the process lives.

    Parameters
    ----------
    registry
        What to serve; `describe` is added to it.
    host, port
        Where; a busy port is an error that names `key`.
    key
        The configuration's key of the port; it names the process.
    config
        The configuration's hash.

    Raises
    ------
    PortBusy
        Where the port cannot be had.
    """
    describe(registry, key.removeprefix("metrics.").removesuffix("_port"), config)
    try:
        start_http_server(port, host, registry)
    except OSError as error:
        raise PortBusy(
            f"{key} must be a free port; {host}:{port} is taken ({error.strerror}):"
            f" set {key} to another, or stop what listens there"
        ) from None
