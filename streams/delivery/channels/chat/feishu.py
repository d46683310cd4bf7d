"""Feishu (飞书), called Lark elsewhere: a custom robot of a group."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any, ClassVar, Final

from streams.delivery.channels.chat.robot import (
    Fault,
    Service,
    Signed,
    SignedRobot,
    refusal_of_code,
)
from streams.delivery.channels.text.message import Style, utf8_size

MOST_BYTES: Final = 15_000
"""Of a text: Feishu refuses requests of more than 20 KB."""

FAULTS: Final = {
    9499: Fault("the request is not valid"),
    11232: Fault("too many messages at a time", wait_s=60.0),
    19001: Fault("the address is not valid, or the robot was removed"),
    19021: Fault("the signature does not fit, or the clocks differ by more than an hour"),
    19022: Fault("this IP address is not allowed"),
    19024: Fault("the text has none of the robot's keywords"),
}


def _document(text: str) -> dict[str, Any]:
    return {"msg_type": "text", "content": {"text": text}}


def _sign(url: str, document: dict[str, Any], secret: str, now_s: float) -> Signed:
    at_s = int(now_s)
    signed = hmac.digest(f"{at_s}\n{secret}".encode(), b"", hashlib.sha256)
    return url, {"timestamp": str(at_s), "sign": base64.b64encode(signed).decode(), **document}


class Feishu(SignedRobot):
    """A ``feishu`` table of a receiver."""

    kind: ClassVar[str] = "feishu"
    service: ClassVar[Service] = Service(
        style=Style(MOST_BYTES, utf8_size),
        document=_document,
        sign=_sign,
        refusal=lambda body: refusal_of_code(body, "code", FAULTS),
    )
