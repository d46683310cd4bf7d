"""What people call the fields of an event, in the logs of providers and of complaint centres."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from streams.sources.formats.format import Field
from streams.sources.trial.columns import FoundPlace


class Hint(NamedTuple):
    """Words for a field.

    Attributes
    ----------
    exact
        Names that mean it, without what stands between their words.
    words
        Words of a longer name that suggest it.
    parts
        Parts of Chinese names.
    """

    exact: str
    words: str
    parts: str = ""


HINTS: Mapping[Field, Hint] = {
    "time": Hint(
        "ts time timestamp epoch epochs epochms datetime date day sendtime submittime eventtime"
        " reporttime createdat sentat receivedat filedat createtime submitdate donetime",
        "time timestamp ts at date day epoch created sent submitted received reported",
        "时间 日期",
    ),
    "recipient": Hint(
        "dst dest destination to recipient recipients rcpt mobile msisdn phone phonenumber da"
        " callee receiver destaddr tonumber phonenumbers destinationaddr",
        "dst dest destination recipient rcpt mobile msisdn phone receiver callee to",
        "手机 被叫 接收",
    ),
    "reporter": Hint(
        "reporter complainant consumer consumerphone consumernumber mobile msisdn phone",
        "reporter complainant consumer mobile msisdn phone",
        "举报人 投诉人 手机",
    ),
    "sender": Hint(
        "src sender from sourceaddr srcid source originator oa caller callerid spnumber spcode"
        " accesscode accessnumber fromnumber shortcode longcode senderid mailfrom fromaddress"
        " fromdomain companyphonenumber callernumber",
        "src sender originator caller shortcode spcode from accesscode",
        "端口 主叫 接入 发送方 被举报 发件",
    ),
    "signature": Hint("sign signature signname tplsign smssign", "sign signature", "签名"),
    "event_id": Hint(
        "id eventid msgid messageid uuid guid bizid seq sequence serial recordid complaintid"
        " ticketid",
        "id uuid guid seq serial",
        "编号 流水 标识",
    ),
    "count": Hint("count cnt num total quantity", "count cnt quantity total", "数量 条数 次数"),
    "account": Hint(
        "cust customer custid customerid account acct accountid client clientid cid spid user"
        " userid appid app subaccount",
        "cust customer account acct client user app",
        "客户 账号 帐号 用户",
    ),
    "merchant": Hint(
        "merchant merchantid mch mchid shop shopid seller store", "merchant mch shop", "商户 店铺"
    ),
    "platform": Hint("platform plat", "platform", "平台"),
    "category": Hint("category industry trade", "category industry", "类别 行业"),
    "region": Hint(
        "region province city area areacode state", "region province city area", "省 地区 归属 地市"
    ),
    "occurred_at": Hint(
        "occurredat occurred happenedat callmadedate violationdate",
        "occurred happened made violation",
        "发生",
    ),
}
"""In the order in which they are looked for."""

TEXT = frozenset(
    (
        *("content", "contents", "text", "body", "msg", "message", "messages", "smscontent"),
        *("subject", "html", "payload"),
    )
)
"""Names of what may be somebody's message: it is never mapped, and never shown."""

COMPLAINT = re.compile(
    r"complain|report(er|ed)|feedback|abuse|spam|投诉|举报|violation", re.IGNORECASE
)
"""Names that only records of complaints have."""


def likeness(field: Field, column: FoundPlace) -> float:
    """How much a column's name says that it is this field: 0 to 3.

    Examples
    --------
    >>> names = ("src", "src_port", "cust", "接入码")
    >>> [likeness("sender", FoundPlace(name, name)) for name in names]
    [3.0, 1.5, 0.0, 2.0]
    """
    hint, words = HINTS[field], column.words
    if "".join(words) in hint.exact.split():
        return 3.0
    if any(part in column.name for part in hint.parts.split()):
        return 2.0
    known = hint.words.split()
    if words and words[-1] in known:
        return 2.0
    return 1.5 if any(word in known for word in words) else 0.0


def is_known(name: str) -> bool:
    """Whether people call a field of an event so.

    Examples
    --------
    >>> is_known("手机号"), is_known("date sent"), is_known("张三")
    (True, True, False)
    """
    return any(likeness(field, FoundPlace(name, name)) > 0.0 for field in HINTS)


def is_text(column: FoundPlace) -> bool:
    """Whether it may hold somebody's message, by its name or its length."""
    named = "".join(column.words) in TEXT or any(part in column.name for part in ("内容", "正文"))
    texts = column.texts
    return named or (bool(texts) and sum(map(len, texts)) / len(texts) > 60)
