"""Slack: an incoming webhook of a channel. Mattermost and others take the same."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from streams.delivery.channels.chat.robot import Robot, Service
from streams.delivery.channels.text.message import Style

MOST_CHARACTERS: Final = 3900
"""Of a text, as it is posted: Slack asks for less than 4,000."""


def escape(text: str) -> str:
    """Write the three characters of Slack's markup as it wants them.

    Examples
    --------
    >>> escape("<!channel> & co")
    '&lt;!channel&gt; &amp; co'
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _document(text: str) -> dict[str, Any]:
    # Nothing in the text is markup, a name or an address, but for what stands in <>.
    return {
        "text": text,
        "mrkdwn": False,
        "parse": "none",
        "link_names": False,
        "unfurl_links": False,
        "unfurl_media": False,
    }


class Slack(Robot):
    """A ``slack`` table of a receiver."""

    kind: ClassVar[str] = "slack"
    service: ClassVar[Service] = Service(
        style=Style(MOST_CHARACTERS, escape=escape, link=lambda url: f"<{escape(url)}>"),
        document=_document,
    )
