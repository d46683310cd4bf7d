"""The words of the page, in each language."""

from __future__ import annotations

from typing import Final

import msgspec

from streams.delivery.channels.text.chinese import LEVELS
from streams.detection.signals import SIGNALS
from streams.items import LEVELS as OUR_LEVELS
from streams.language.catalogue import Language


class PageWords(msgspec.Struct, frozen=True):
    """The words of one language.

    Attributes
    ----------
    lang
        The language, as HTML names it.
    said
        Headings, labels of rows, and short sentences, by a name of ours.
    states, severities, signals, levels, verdicts, deeds, hidden
        The words for each of these; `deeds` by the type of an action.
    refused
        Why there is no page, and what to do, by the status of the answer.
    """

    lang: str
    said: dict[str, str]
    states: dict[str, str]
    severities: dict[str, str]
    signals: dict[str, str]
    levels: dict[str, str]
    verdicts: dict[str, str]
    deeds: dict[str, str]
    hidden: dict[str, str]
    refused: dict[int, str]


_EN: Final = PageWords(
    lang="en",
    said={
        "alert": "Alert",
        "figures": "Figures",
        "observed": "Observed",
        "expected": "Expected",
        "ratio": "Times as many",
        "exposure": "Messages sent",
        "new_ids": "New ids",
        "evidence": "Evidence",
        "evidence_of": "{} nats; an alert needs {}",
        "began": "Began",
        "opened": "Opened",
        "changed": "Last changed",
        "closed": "Closed",
        "unknown": "not known here",
        "about": "About",
        "looks_like": "Looks like",
        "belongs_to": "Belongs to",
        "parent": "Part of",
        "signal": "Signal",
        "id": "Alert",
        "group": "Group",
        "people": "What people have done",
        "nothing": "Nothing yet.",
        "acknowledged": "Acknowledged",
        "acknowledged_by": "by {}, {}",
        "assigned": "Assigned to",
        "label": "Label",
        "hidden_by": "by {}, until {}",
        "log": "Log",
        "erased": "(the text was erased, or is no longer held)",
        "nobody": "nobody",
        "zone": "Times are in {}. To open this page changes nothing.",
        "no_page": "No page",
    },
    states={"early": "early", "open": "open", "resolved": "resolved", "retracted": "retracted"},
    severities={"warning": "warning", "critical": "critical"},
    signals={**{name: name.replace("_", " ") for name in SIGNALS}, "source": "source"},
    levels={name: name.replace("_", " ") for name in (*OUR_LEVELS, "source")},
    verdicts={"true": "true", "false": "false", "expected": "expected"},
    deeds={
        "acknowledge": "acknowledged it",
        "unacknowledge": "took the acknowledgement back",
        "assign": "assigned it to {}",
        "note": "wrote",
        "label": "labelled it {}",
    },
    hidden={"silence": "Silenced", "snooze": "Snoozed"},
    refused={
        401: "You must log in to see this alert: ask whoever runs this monitor for the address to"
        " log in at, or send Authorization: Bearer TOKEN.",
        403: "You may not see this alert.",
        404: "This monitor does not hold such an alert. It holds the newest ones (serve.keep);"
        " `weathervane alerts` lists all that are kept on the broker.",
        503: "The monitor is still starting. Try again in a moment.",
    },
)

_ZH: Final = PageWords(
    lang="zh-Hans",
    said={
        "alert": "预警",
        "figures": "数据",
        "observed": "实际",
        "expected": "预期",
        "ratio": "倍数",
        "exposure": "发送量",
        "new_ids": "新标识",
        "evidence": "证据",
        "evidence_of": "{} 奈特；预警需要 {}",
        "began": "起始",
        "opened": "开始预警",
        "changed": "最近更新",
        "closed": "结束",
        "unknown": "此处未知",
        "about": "对象",
        "looks_like": "形似",
        "belongs_to": "所属",
        "parent": "上级预警",
        "signal": "指标",
        "id": "预警编号",
        "group": "数据组",
        "people": "处理情况",
        "nothing": "尚无处理。",
        "acknowledged": "已确认",
        "acknowledged_by": "{}，{}",
        "assigned": "负责人",
        "label": "标注",
        "hidden_by": "{}，至 {}",
        "log": "记录",
        "erased": "（内容已删除或不再保存）",
        "nobody": "无人",
        "zone": "时间为 {} 时区。打开本页不会改变任何内容。",
        "no_page": "无法显示",
    },
    states={"early": "提前", "open": "进行中", "resolved": "已恢复", "retracted": "已撤回"},
    severities={"warning": "一般", "critical": "严重"},
    signals={
        "sends": "发送量",
        "complaints": "投诉量",
        "complaint_rate": "投诉率",
        "newcomers": "新发送方",
        "source": "数据源",
    },
    levels=dict(LEVELS),
    verdicts={"true": "属实", "false": "误报", "expected": "计划内"},
    deeds={
        "acknowledge": "确认了预警",
        "unacknowledge": "撤销了确认",
        "assign": "指派给 {}",
        "note": "备注",
        "label": "标注为{}",
    },
    hidden={"silence": "已静默", "snooze": "已暂缓"},
    refused={
        401: "需要登录才能查看此预警：请向本监测系统的管理员询问登录地址，"
        "或在请求中附上 Authorization: Bearer TOKEN。",
        403: "您无权查看此预警。",
        404: "本监测系统没有保存此预警。此处只保存最新的预警（serve.keep）；"
        "`weathervane alerts` 可列出全部保存的预警。",
        503: "监测系统正在启动，请稍后再试。",
    },
)

PAGE_WORDS: Final[dict[Language, PageWords]] = {"en": _EN, "zh": _ZH}
"""By language."""
