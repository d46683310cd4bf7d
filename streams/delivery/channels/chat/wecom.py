"""WeCom (企业微信): a robot of a group."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from streams.delivery.channels.chat.robot import Fault, Robot, Service, refusal_of_code
from streams.delivery.channels.text.message import Style, utf8_size

MOST_BYTES: Final = 2048
"""Of a text; WeCom refuses longer ones."""

FAULTS: Final = {
    40058: Fault("a parameter is not valid"),
    44004: Fault("the text is empty"),
    45009: Fault("more than 20 messages in a minute", wait_s=60.0),
    45033: Fault("too many messages at a time", wait_s=10.0),
    93000: Fault("the key of the address is not valid, or the robot was removed"),
    93004: Fault("the robot was deactivated"),
    93008: Fault("the robot is not in the group"),
}


def _document(text: str) -> dict[str, Any]:
    # The text alone mentions nobody: whom a message is for would stand in `mentioned_list`.
    return {"msgtype": "text", "text": {"content": text}}


class WeCom(Robot):
    """A ``wecom`` table of a receiver."""

    kind: ClassVar[str] = "wecom"
    service: ClassVar[Service] = Service(
        style=Style(MOST_BYTES, utf8_size),
        document=_document,
        refusal=lambda body: refusal_of_code(body, "errcode", FAULTS),
    )
