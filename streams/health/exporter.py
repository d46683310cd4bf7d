"""Serves a process's metrics to Prometheus, and says whether the process works yet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Gauge,
    ProcessCollector,
    make_wsgi_app,
    start_http_server,
)

from streams import version

Page = Callable[[], bytes]


class PortBusy(Exception):
    """The port for the metrics is not free."""


class Readiness:
    """What a process waits for before it can work: ``/readyz`` and a metric say it.

    Parameters
    ----------
    process
        Its kind.
    registry
        Where the metric is added.
    """

    def __init__(self, process: str, registry: CollectorRegistry) -> None:
        self._process = process
        self._restarted = Gauge(
            "weathervane_restarted_timestamp_seconds",
            "When the process was last started after a run that nobody had stopped; 0 if never.",
            registry=registry,
        )
        self._missing: tuple[str, ...] = ()
        self._waiting = Gauge(
            "weathervane_waiting_for_topic",
            "1 while the process cannot work since this topic is missing; 0 once it exists.",
            ["topic"],
            registry=registry,
        )

    def restarted(self, when_s: float) -> None:
        """Take when the process was last started after a run that nobody had stopped."""
        self._restarted.set(when_s)

    def waits_for(self, topics: Sequence[str]) -> None:
        """Take the topics that are missing; none, once it works."""
        for topic in {*self._missing, *topics}:
            self._waiting.labels(topic).set(topic in topics)
        self._missing = tuple(topics)

    @property
    def problem(self) -> str | None:
        """Why it does not work yet; None if it does."""
        if not self._missing:
            return None
        doing = {"count": "counting", "detect": "judging"}.get(self._process, "working")
        return (
            f"not {doing} yet: {self._process} waits for topic {', '.join(self._missing)};"
            " `weathervane topics` creates what is missing"
        )


def describe(registry: CollectorRegistry, process: str, config: str) -> Readiness:
    """Add the metrics of every process: its kind, version, configuration, memory and start."""
    ProcessCollector(registry=registry)
    info = Gauge(
        "weathervane_info",
        "1; the labels say which process, version and configuration this is.",
        ["process", "version", "config"],
        registry=registry,
    )
    info.labels(process, version(), config).set(1)
    return Readiness(process, registry)


def serve_metrics(
    registry: CollectorRegistry,
    host: str,
    port: int,
    key: str,
    *,
    config: str,
    pages: Mapping[str, Page] | None = None,
) -> Readiness:
    """Serve ``/metrics``, ``/readyz`` and a process's own pages from a thread until it ends.

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
    pages
        What a process says beside its metrics: a JSON text by path.

    Returns
    -------
    Readiness
        Takes what the process waits for.

    Raises
    ------
    PortBusy
        Where the port is not free.
    """
    readiness = describe(registry, key.removeprefix("metrics.").removesuffix("_port"), config)

    try:
        server, _ = start_http_server(port, host, registry)
    except OSError as error:
        raise PortBusy(
            f"{key} must be a free port; {host}:{port} is taken ({error.strerror}):"
            f" set {key} to another, or stop what listens there"
        ) from None
    server.set_app(_app(registry, readiness, pages or {}))
    return readiness


def metrics_address(host: str, port: int) -> str:
    """Return an address of metrics; who listens everywhere is asked on this host.

    Examples
    --------
    >>> metrics_address("0.0.0.0", 9101), metrics_address("::1", 9101)
    ('127.0.0.1:9101', '[::1]:9101')
    """
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _app(
    registry: CollectorRegistry, readiness: Readiness, pages: Mapping[str, Page]
) -> Callable[..., Iterable[bytes]]:
    """Return the WSGI application: ``/readyz``, the pages, and the metrics at every other path."""
    metrics = make_wsgi_app(registry)

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path in pages:
            start_response("200 OK", [("Content-Type", "application/json")])
            return [pages[path]()]
        if path != "/readyz":
            found: Iterable[bytes] = metrics(environ, start_response)
            return found
        problem = readiness.problem
        status = "200 OK" if problem is None else "503 Service Unavailable"
        start_response(status, [("Content-Type", "text/plain; charset=utf-8")])
        return [f"{problem or 'ok'}\n".encode()]

    return answer
