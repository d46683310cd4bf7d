"""Weathervane: events to counts, counts to alerts, alerts to people.

A Python that is too old must be able to compile this module (see `streams.cli.main`).
"""

DISTRIBUTION = "weathervane-monitor"
"""The name under which package indexes know the project; `weathervane` is another project's."""


def version() -> str:
    """Return the installed version; in a checkout that is not installed, ``0.1.0+checkout``."""
    from importlib import metadata

    try:
        return metadata.version(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        return _version_of_checkout() or "unknown"


def _version_of_checkout() -> "str | None":
    import tomllib
    from pathlib import Path

    try:
        text = Path(__file__).parents[1].joinpath("pyproject.toml").read_text("utf-8")
        project = tomllib.loads(text)["project"]
    except (OSError, ValueError, KeyError):
        return None
    return project["version"] + "+checkout" if project["name"] == DISTRIBUTION else None
