"""The cookie of a session: set at a login, dropped at its end."""

from __future__ import annotations

from fastapi import Request, Response

from streams.access.door import Door
from streams.delivery.access.logins import LASTS


def set_session(answer: Response, request: Request, door: Door, secret: str) -> None:
    """Have a browser keep a session.

    Parameters
    ----------
    answer
        What is sent to it.
    request
        What it has asked.
    door
        What the configuration says of who may come in.
    secret
        The session's secret.
    """
    answer.set_cookie(
        door.cookie,
        secret,
        max_age=int(LASTS.total_seconds()),
        path="/",
        httponly=True,
        samesite="lax",
        secure=door.secure or request.headers.get("origin", "").startswith("https://"),
    )


def drop_session(answer: Response, door: Door) -> None:
    """Have a browser forget its session.

    Parameters
    ----------
    answer
        What is sent to it.
    door
        What the configuration says of who may come in.
    """
    answer.delete_cookie(door.cookie, path="/", httponly=True, samesite="lax", secure=door.secure)
