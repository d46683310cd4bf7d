"""The sentence of an alert in Chinese, from its fields, in the words of Chinese operators."""

from __future__ import annotations

import re
from typing import Final

from streams.alerts.cloudevent import Alert
from streams.alerts.era import MOVED
from streams.alerts.sentences import ALMOST_NONE, about, instant
from streams.detection.signals import NEW_IDS_EVENTS, SLOW

LEVELS: Final = {
    "all": "全部发送方",
    "category": "类别",
    "platform": "平台",
    "merchant": "商户",
    "account": "账号",
    "domain": "域名",
    "access_code": "接入码",
    "signature": "签名",
    "sender": "发送方",
    "source": "数据源",
}
"""The words for levels; a sender that is a number has one of its own."""

COUNTED: Final = {
    "sends": "条消息",
    "complaints": "件投诉",
    "complaint_rate": "件投诉",
    "newcomers": "个新发送方",
}
"""What a signal counts, with its measure word."""

_PORT: Final = re.compile(r"(?:106|100|95|96|12)\d{2,}")
_NUMBER: Final = re.compile(r"\+?\d{5,}")
_UNITS: Final = ((3600, "小时"), (60, "分钟"), (1, "秒"))
_GOES_ON: Final = "监测结构已变更，由新的信息流接续此预警"
_IS_LEFT: Final = "本信息流已结束，此预警不再接续"
_NOW_NORMAL: Final = "现视为正常，预警结束"


def sentence(alert: Alert) -> str:
    """Return the sentence of a revision: who, what, how much more than expected, and since when.

    Parameters
    ----------
    alert
        The revision. Its names stand in the sentence as they are.
    """
    if alert.event == "ended":
        feeds = "、".join(f"{feed.group}/{feed.shard}" for feed in alert.successors or ())
        return f"信息流 {alert.entity.id} 到此结束，由 {feeds} 接续。"
    return _of_source(alert) if alert.entity.level == "source" else _of_entity(alert)


def _of_entity(alert: Alert) -> str:
    who = _who(alert)
    counted = _counted(alert)
    bucket = span(alert.onset, alert.bucket_s)
    since = f"自 {instant(alert.onset, alert.bucket_s)} 起"
    if alert.exposure is not None:
        counted += f"（发送 {alert.exposure:,.0f} 条）" if alert.exposure >= 1 else ""
        against = f"按发送量约为预期的 {about(alert.ratio)} 倍"
    elif alert.expected < ALMOST_NONE:
        against = "预期几乎为零"
    else:
        against = f"约为预期（{about(alert.expected)}）的 {about(alert.ratio)} 倍"
    silence = f"，此前静默 {alert.silent_days:,} 天" if alert.silent_days is not None else ""
    match alert.event:
        case "early":
            return f"{who}：{bucket}已有 {counted}，{against}，数据尚未收齐。"
        case "opened" if alert.onset == alert.last_bucket:
            return f"{who}：突增，{bucket} {counted}，{against}{silence}。"
        case "opened" if alert.detector == SLOW:
            return f"{who}：缓慢上升，{since} {counted}，{against}。"
        case "opened":
            return f"{who}：突增，{since} {counted}，{against}{silence}。"
        case "updated":
            return f"{who}：仍在增长，{since}已有 {counted}，{against}。"
        case "resolved" if alert.reason == "level_shift":
            return f"{who}：{since} {counted}；该水平{_NOW_NORMAL}。"
        case "resolved" if alert.reason == MOVED:
            return f"{who}：{since} {counted}，{against}；{_moved(alert)}。"
        case "resolved":
            return f"{who}：已恢复正常，{since} {counted}，{against}。"
        case _:  # "retracted"
            return f"{who}：撤回提前发出的预警，{bucket}的完整数量不是突增。"


def _who(alert: Alert) -> str:
    level, name = alert.entity.level, alert.entity.id
    if level == "all":
        return LEVELS["all"]
    word = LEVELS[level]
    if level == "sender":
        word = "短信端口" if _PORT.fullmatch(name) else "号码" if _NUMBER.fullmatch(name) else word
    alike = f"（形似 {alert.looks_like}）" if alert.looks_like is not None else ""
    return f"{word} {name}{alike}"


def _counted(alert: Alert) -> str:
    """What was counted, in words."""
    if alert.newcomers is None:
        return f"{alert.observed:,.0f} {COUNTED[alert.signal]}"
    ids = f"{alert.newcomers.ids:,} {COUNTED[alert.signal]}"
    if alert.detector == NEW_IDS_EVENTS:
        names = sorted(alert.newcomers.events)
        what = COUNTED[names[0]] if len(names) == 1 else "个事件"
        return f"{alert.observed:,.0f} {what}（来自 {ids}）"
    if alert.onset != alert.first_bucket:
        return f"{alert.observed:,.0f} {COUNTED[alert.signal]}"
    events = sorted(alert.newcomers.events.items())
    return f"{ids}，共 {'、'.join(f'{n:,} {COUNTED[name]}' for name, n in events)}"


def _moved(alert: Alert) -> str:
    return _IS_LEFT if alert.moved_to is None else _GOES_ON


def _of_source(alert: Alert) -> str:
    onset, last = (instant(time, alert.bucket_s) for time in (alert.onset, alert.last_bucket))
    if alert.onset == alert.last_bucket:
        when = span(alert.onset, alert.bucket_s)
    elif alert.event == "resolved":
        when = f"{onset} 至 {last}"
    else:
        when = f"自 {onset} 起"
    what = _fault(alert, when)
    who = f"{LEVELS['source']} {alert.entity.id}"
    if alert.event != "resolved":
        return f"{who}：{what}。"
    if alert.reason == "level_shift":
        return f"{who}：{what}；此状态{_NOW_NORMAL}。"
    if alert.reason == MOVED:
        return f"{who}：{what}；{_moved(alert)}。"
    if alert.reason == "stalled":
        return f"{who}：{what}；数据源已停滞，另有预警说明。"
    return f"{who}：已恢复正常；此前{what}。"


def _fault(alert: Alert, when: str) -> str:
    """What is wrong with a source."""
    observed, expected = alert.observed, alert.expected
    due = f"预期约 {about(expected)} 条"
    match alert.kind:
        case "stalled":
            return f"{when}没有记录，而同组其他数据源有；{due}"
        case "truncated":
            return f"{when}只有 {observed:,.0f} 条记录，{due}"
        case "posted_twice":
            times = round(observed / expected) if expected > 0 else 2
            return (
                f"{when}记录重复了 {times} 次：几乎所有数量都是 {times} 的倍数；"
                f"{observed:,.0f} 条记录按 {expected:,.0f} 条计"
            )
        case "senderless_share":
            return f"{when} {observed:,.0f} 件投诉没有发送方，{due}"
        case "overflow":
            return (
                f"{when}约有 {float(f'{observed:.3g}'):,.0f} 个标识超出单独统计的"
                f" {expected:,.0f} 个；它们合并统计，不用于学习"
            )
        case "unchecked":
            return f"{when} {observed:,.0f} 条记录可能重复但已计入：事件标识过多；不用于学习"
        case _:  # "gap"
            return f"{when}没有记录，{due}"


def span(start: str, bucket_s: int) -> str:
    """Return a bucket as part of a sentence.

    Examples
    --------
    >>> span("2020-03-02T00:00:00-05:00", 86400), span("2020-03-02T09:30:00-05:00", 900)
    ('2020-03-02 当天', '2020-03-02 09:30 起 15 分钟内')
    """
    if bucket_s == 86400:
        return f"{start[:10]} 当天"
    size, unit = next((size, unit) for size, unit in _UNITS if bucket_s % size == 0)
    return f"{instant(start, bucket_s)} 起 {bucket_s // size} {unit}内"
