"""The words of a message around its alerts' sentences, in each language."""

from __future__ import annotations

from typing import Final

import msgspec

from streams.language.catalogue import Language


class Words(msgspec.Struct, frozen=True):
    """The words of one language.

    Attributes
    ----------
    titles
        What a message begins with, by the reason that it is sent; and for early and retracted
        alerts, and the monitor's events.
    severities
        The word for each severity.
    count
        How many alerts a message is about.
    comma, before_severity, after_severity
        What stands between the words of a title, and around a severity.
    acknowledged
        Who has acknowledged an alert.
    unacknowledged
        Why it was escalated.
    left_out
        How many alerts had no room.
    """

    titles: dict[str, str]
    severities: dict[str, str]
    count: str
    comma: str
    before_severity: str
    after_severity: str
    acknowledged: str
    unacknowledged: str
    left_out: str


WORDS: Final[dict[Language, Words]] = {
    "en": Words(
        titles={
            "new": "[Alert]",
            "changed": "[Alert changed]",
            "acknowledged": "[Alert acknowledged]",
            "repeat": "[Alert still open]",
            "escalated": "[Alert escalated]",
            "resolved": "[Alert resolved]",
            "early": "[Early alert]",
            "retracted": "[Alert retracted]",
            "symptom_began": "[Monitor: something is wrong]",
            "symptom_ended": "[Monitor: over]",
            "heartbeat": "[Monitor]",
        },
        severities={"warning": "warning", "critical": "critical"},
        count="{} alerts",
        comma=", ",
        before_severity="(",
        after_severity=") ",
        acknowledged="Acknowledged by {}",
        unacknowledged="Nobody has acknowledged it.",
        left_out="{} more alerts are not listed.",
    ),
    "zh": Words(
        titles={
            "new": "【预警】",
            "changed": "【预警更新】",
            "acknowledged": "【预警已确认】",
            "repeat": "【预警未恢复】",
            "escalated": "【预警升级】",
            "resolved": "【预警恢复】",
            "early": "【提前预警】",
            "retracted": "【预警撤回】",
            "symptom_began": "【监测系统异常】",
            "symptom_ended": "【监测系统恢复】",
            "heartbeat": "【监测系统】",
        },
        severities={"warning": "一般", "critical": "严重"},
        count="共 {} 条",
        comma="，",
        before_severity="〔",
        after_severity="〕",
        acknowledged="已确认：{}",
        unacknowledged="尚无人确认。",
        left_out="另有 {} 条预警未列出。",
    ),
}
