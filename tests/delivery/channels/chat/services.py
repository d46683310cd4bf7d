"""Services that play DingTalk, WeCom, Feishu and Slack, by their documents.

Each judges a request: address, media type, size, required fields, signature. It answers as the
service does, errors with HTTP 200 among them, and knows what it would show to whom.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import time
from typing import Any

from tests.delivery.channels.services import Reply, Request, in_json

TOKEN = "hunter2-7f3a9c"
SECRET = "SECabc-4711-secret"
HOUR_S = 3600


def dingtalk(request: Request, secret: str | None = None) -> Reply:
    """``/robot/send``: errcode and errmsg, always with 200."""

    def answer(code: int, said: str) -> Reply:
        return in_json(200, {"errcode": code, "errmsg": f"{said} {TOKEN}"})

    if request.path != "/robot/send" or request.query.get("access_token") != [TOKEN]:
        return answer(300001, "token is not exist")
    if secret is not None:
        at = request.query.get("timestamp", ["0"])[0]
        signed = hmac.digest(secret.encode(), f"{at}\n{secret}".encode(), hashlib.sha256)
        sign = request.query.get("sign", [""])[0]
        if abs(time.time() - int(at) / 1000) > HOUR_S:
            return answer(310000, "invalid timestamp")
        if not hmac.compare_digest(base64.b64encode(signed).decode(), sign):
            return answer(310000, "sign not match")
    if len(request.body) > 20_000:
        return answer(460101, "message too long")
    document = _document(request)
    if document.get("msgtype") != "text" or not _text(document, "text", "content"):
        return answer(400105, "unsupported msgtype or no content")
    if document.get("at", {}).get("isAtAll") or document["at"].get("atMobiles"):
        return answer(0, "it mentions somebody")
    return in_json(200, {"errcode": 0, "errmsg": "ok"})


def wecom(request: Request) -> Reply:
    """``/cgi-bin/webhook/send``: errcode and errmsg, always with 200."""

    def answer(code: int, said: str) -> Reply:
        return in_json(200, {"errcode": code, "errmsg": f"{said}, hint: [{TOKEN}]"})

    if request.path != "/cgi-bin/webhook/send" or request.query.get("key") != [TOKEN]:
        return answer(93000, "invalid webhook url")
    document = _document(request)
    content = _text(document, "text", "content")
    if document.get("msgtype") != "text":
        return answer(40008, "invalid message type")
    if not content:
        return answer(44004, "empty content")
    if len(content.encode()) > 2048:
        return answer(40058, "text.content exceed max length 2048")
    return answer(0, "ok")


def feishu(request: Request, secret: str | None = None) -> Reply:
    """``/open-apis/bot/v2/hook/TOKEN``: code and msg, mostly with 200."""
    if request.path != f"/open-apis/bot/v2/hook/{TOKEN}":
        return in_json(400, {"code": 19001, "msg": "param invalid: incoming webhook access token"})
    if len(request.body) > 20 * 1024:
        return in_json(400, {"code": 9499, "msg": "Bad Request", "data": {}})
    document = _document(request)
    if secret is not None:
        at = str(document.get("timestamp", "0"))
        signed = hmac.digest(f"{at}\n{secret}".encode(), b"", hashlib.sha256)
        fits = base64.b64encode(signed).decode() == document.get("sign")
        if not fits or abs(time.time() - int(at)) > HOUR_S:
            return in_json(200, {"code": 19021, "msg": "sign match fail or timestamp is not..."})
    if document.get("msg_type") != "text" or not _text(document, "content", "text"):
        return in_json(200, {"code": 9499, "msg": "Bad Request", "data": {}})
    return in_json(200, {"StatusCode": 0, "StatusMessage": "success", "code": 0, "msg": "success"})


def slack(request: Request) -> Reply:
    """``/services/T/B/TOKEN``: a word as text, and a status that fits it."""
    if request.path != f"/services/T0/B0/{TOKEN}":
        return Reply(404, b"no_service")
    document = _document(request)
    if not isinstance(document.get("text"), str):
        return Reply(400, b"invalid_payload")
    if not document["text"]:
        return Reply(400, b"no_text")
    if len(document["text"]) > 40_000:
        return Reply(400, b"msg_too_long")
    return Reply(200, b"ok")


def _document(request: Request) -> dict[str, Any]:
    if not request.headers["content-type"].startswith("application/json"):
        return {}
    try:
        found = json.loads(request.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _text(document: dict[str, Any], *keys: str) -> str:
    value: Any = document
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, str) else ""


def mentions(text: str) -> list[str]:
    """What any of the services would take for a mention in a text.

    Slack's is markup in angle brackets, Feishu's a tag; the others have fields for it, and their
    clients' word for all of a group is looked for to be safe.
    """
    return re.findall(r"<[!@#][^>]*>|<at\b[^>]*>|(?<!\[)[@＠]\w+", text)


def shown_by_slack(text: str) -> str:
    """A text as Slack shows it: links of ours as their address, the three characters read back."""
    bare = re.sub(r"<(https?://[^|>]*)>", r"\1", text)
    return bare.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
