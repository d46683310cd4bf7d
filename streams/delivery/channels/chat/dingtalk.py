"""DingTalk (钉钉): a custom robot of a group."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any, ClassVar, Final
from urllib.parse import quote

from streams.delivery.channels.chat.robot import (
    Fault,
    Service,
    Signed,
    SignedRobot,
    refusal_of_code,
)
from streams.delivery.channels.text.message import Style, utf8_size

MOST_BYTES: Final = 15_000
"""Of a text: DingTalk refuses requests of more than 20,000 bytes."""

FAULTS: Final = {
    130101: Fault("more than 20 messages in a minute", wait_s=60.0),
    300001: Fault("the token of the address is not valid"),
    310000: Fault("the robot's security settings refuse it: signature, keyword or IP address"),
    400101: Fault("the token of the address is not valid"),
    410100: Fault("more messages than the robot may send", wait_s=60.0),
    430101: Fault("the text holds an address that is not allowed"),
    430102: Fault("the text is not allowed"),
}


def _document(text: str) -> dict[str, Any]:
    # The text alone mentions nobody: whom a message is for stands in `at`.
    return {"msgtype": "text", "text": {"content": text}, "at": {"isAtAll": False}}


def _sign(url: str, document: dict[str, Any], secret: str, now_s: float) -> Signed:
    at_ms = round(now_s * 1000)
    signed = hmac.digest(secret.encode(), f"{at_ms}\n{secret}".encode(), hashlib.sha256)
    sign = quote(base64.b64encode(signed).decode(), safe="")
    joint = "&" if "?" in url else "?"
    return f"{url}{joint}timestamp={at_ms}&sign={sign}", document


class DingTalk(SignedRobot):
    """A ``dingtalk`` table of a receiver."""

    kind: ClassVar[str] = "dingtalk"
    service: ClassVar[Service] = Service(
        style=Style(MOST_BYTES, utf8_size),
        document=_document,
        sign=_sign,
        refusal=lambda body: refusal_of_code(body, "errcode", FAULTS),
    )
