"""Which role and scope each address of serve asks for. An address without a rule is a mistake."""

from __future__ import annotations

from typing import Final, NamedTuple

from starlette.types import Scope as Request

from streams.access.roles import Role, Scope


class Rule(NamedTuple):
    """Who may ask.

    Attributes
    ----------
    role
        The least role; None lets everybody in.
    scope
        The scope that a token must have; None where any token will do.
    form
        Whether a form may ask, which says in a field what X-CSRF-Token would.
    views
        Whether it knows views: it answers from what concerns whoever asks, and from nothing else.
        Others refuse whoever does not see everything.
    """

    role: Role | None
    scope: Scope | None = None
    form: bool = False
    views: bool = False


OPEN: Final = Rule(None)
_ANYBODY_KNOWN: Final = Rule("viewer", views=True)
ACTS: Final = Rule("operator", "act", form=True)
"""The rule of a form that acts."""

_READ: Final = Rule("viewer", "read", views=True)
_FEEDS: Final = Rule("viewer", "feeds", views=True)
_READ_ALL: Final = Rule("viewer", "read")
"""The rule of what is not of one platform, region or carrier: people's deeds, and the monitor."""

RULES: Final[dict[tuple[str, str], Rule]] = {
    ("GET", "/healthz"): OPEN,
    ("GET", "/readyz"): OPEN,
    ("GET", "/"): _READ,
    ("GET", "/console/now"): _READ,
    ("GET", "/console/events"): _READ,
    ("GET", "/login"): OPEN,
    ("POST", "/login"): OPEN,
    ("POST", "/logout"): Rule("viewer", form=True, views=True),
    ("GET", "/static/{name}"): OPEN,
    ("POST", "/act/{what}"): ACTS,
    ("GET", "/cases"): _READ,
    ("GET", "/cases/new"): _READ_ALL,
    ("GET", "/cases/{case_id}"): _READ,
    ("POST", "/cases"): ACTS,
    ("POST", "/cases/{case_id}"): Rule("operator", "act", form=True, views=True),
    ("GET", "/silences"): _READ_ALL,
    ("GET", "/silences/new"): _READ_ALL,
    ("GET", "/entities"): _READ,
    ("GET", "/entities/{level}"): _READ,
    ("GET", "/entities/{level}/{entity_id:path}"): _READ,
    ("GET", "/registry"): _READ_ALL,
    ("GET", "/monitor"): _READ_ALL,
    ("GET", "/monitor/overview"): _READ_ALL,
    ("GET", "/bulletins"): _READ_ALL,
    ("GET", "/bulletins/{name}"): _READ_ALL,
    ("GET", "/log"): _READ_ALL,
    ("GET", "/log.csv"): _READ_ALL,
    ("GET", "/docs"): OPEN,
    ("GET", "/docs/{path:path}"): OPEN,
    ("GET", "/openapi.json"): _ANYBODY_KNOWN,
    ("GET", "/feeds"): _FEEDS,
    ("GET", "/feeds/{group}/{shard}.json"): _FEEDS,
    ("GET", "/feeds/keys"): _FEEDS,
    ("GET", "/feeds/{group}/{shard}/checkpoint"): _FEEDS,
    ("GET", "/feeds/{group}/{shard}/inclusion"): Rule("viewer", "feeds"),  # of any number
    ("GET", "/feeds/{group}/{shard}/consistency"): _FEEDS,
    ("GET", "/feeds/{group}/{shard}.atom"): _FEEDS,
    ("GET", "/feeds/{group}/{shard}/events"): _FEEDS,
    ("POST", "/api/v1/session"): OPEN,
    ("DELETE", "/api/v1/session"): _ANYBODY_KNOWN,
    ("GET", "/api/v1/me"): _ANYBODY_KNOWN,
    ("GET", "/api/v1/alerts"): _READ,
    ("GET", "/api/v1/alerts/{alert_id}"): _READ,
    ("GET", "/api/v1/entities"): _READ,
    ("GET", "/api/v1/entities/{level}"): _READ,
    ("GET", "/api/v1/entities/{level}/{entity_id:path}"): _READ,
    ("GET", "/api/v1/registry"): _READ_ALL,
    ("GET", "/api/v1/registry/{kind}/{entry_id:path}"): _READ_ALL,
    ("GET", "/api/v1/actions"): _READ_ALL,
    ("GET", "/api/v1/labels"): _READ_ALL,
    ("GET", "/api/v1/lost_texts"): _READ_ALL,
    ("GET", "/api/v1/silences"): _READ_ALL,
    ("GET", "/api/v1/notifications"): _READ_ALL,
    ("GET", "/api/v1/cases"): _READ,
    ("GET", "/api/v1/cases.csv"): _READ,
    ("GET", "/api/v1/cases/{case_id}"): _READ,
    ("GET", "/alerts/{alert_id}"): _READ,
    ("POST", "/api/v1/silences/preview"): _READ_ALL,
    ("POST", "/api/v1/actions"): Rule("operator", "act"),
    ("POST", "/api/v1/cases"): Rule("operator", "act"),
    ("POST", "/api/v1/cases/{case_id}/events"): Rule("operator", "act", views=True),
}
"""By method and path, as the application has it."""

UNKNOWN: Final = Rule("viewer")
"""The rule of addresses that there are not: only who may ask learns that, and sees everything."""


def rule_of(method: str, path: str | None) -> Rule:
    """Return the rule of an address of the application; None is an address that it has not."""
    if path is None:
        return UNKNOWN
    return RULES.get(("GET" if method == "HEAD" else method, path), UNKNOWN)


_FOR_PROGRAMS: Final = ("/api/", "/feeds", "/openapi.json", "/healthz", "/readyz", "/static/")


def is_for_people(request: Request, path: str | None) -> bool:
    """Whether the answer to a request is a page for people.

    Parameters
    ----------
    request
        The request.
    path
        The path as the application has it; None where it has none: then it is for people if a
        browser asks.
    """
    asked: str = request["path"]
    if asked.startswith(_FOR_PROGRAMS):
        return False
    accepts = b",".join(value for name, value in request["headers"] if name == b"accept")
    return path is not None or b"text/html" in accepts
