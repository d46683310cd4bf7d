"""Serves a process's metrics to Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Gauge, ProcessCollector, start_http_server

from streams import version


class PortBusy(Exception):
    """The port for the metrics is not free."""


def describe(registry: CollectorRegistry, process: str, config: str) -> None:
    """Add the metrics of every process: its kind, version, configuration, memory and start."""
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
    """Serve ``/metrics`` from a thread until the process ends.

    Parameters
    ----------
    registry
        The metrics; those of `describe` are added.
    host, port
        The address to listen on.
    key
        The port's key in the configuration. Errors name it, and it names the process.
    config
        The configuration's hash.

    Raises
    ------
    PortBusy
        Where the port is not free.
    """
    describe(registry, key.removeprefix("metrics.").removesuffix("_port"), config)
    try:
        start_http_server(port, host, registry)
    except OSError as error:
        raise PortBusy(
            f"{key} must be a free port; {host}:{port} is taken ({error.strerror}):"
            f" set {key} to another, or stop what listens there"
        ) from None
