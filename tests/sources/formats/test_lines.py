"""The format "lines": a template splits the lines of a log."""

from __future__ import annotations

import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from streams.sources.formats.format import Columns
from streams.sources.formats.lines import LogRecords, template_problem
from streams.sources.rejects import Undecodable
from tests.sources.files import event, read_bytes, reasons, source

TEMPLATE = "{date} {clock} {what} [from:{from}] [to:{to}] [msg:"
LINES = source(
    kind="send",
    format="lines",
    template=TEMPLATE,
    time=["date", "clock"],
    sender="from",
    where={"what": "Sent"},
)


def test_a_line_is_split_at_fixed_texts(tmp_path: Path) -> None:
    """What a message's own text says changes nothing: it comes after."""
    line = b"2026-03-02 08:00:00 Sent [from:shop] [to:13800138000] [msg:[from:x] [to:y]]\r\n"
    (row,) = read_bytes(LINES, b"\n" + line, tmp_path)
    assert (event(row).sender.id, event(row).event_id) == ("shop", "s:file:1")


def test_other_lines_are_told(tmp_path: Path) -> None:
    """A line of another form is a reject; one that is not wanted is skipped."""
    lines = (
        b"2026-03-02 08:00:00 Failed [from:shop] [to:1] [msg:",
        b"2026-03-02 Log begins",
        b"2026-03-02 08:00:00 Sent [from:\xff] [to:1] [msg:",
    )
    assert reasons(read_bytes(LINES, b"\n".join(lines), tmp_path)) == [
        "skipped",
        "bad_value",
        "not_utf8",
    ]


@given(st.from_regex(r"[a ;{}x]{0,12}", fullmatch=True), st.text("a ;x", max_size=20))
def test_a_template_splits_as_a_pattern_would(template: str, line: str) -> None:
    """Each part is what the shortest match of a pattern would be, without its cost."""
    parts = re.split(r"\{([^{}]*)\}", template)
    if template_problem(template) is not None:
        return
    literals, names = parts[::2], parts[1::2]
    pattern = re.escape(literals[0]) + "".join(
        "(.*?)" + (re.escape(text) if text else r"\Z") for text in literals[1:]
    )
    found = re.match(pattern, line)
    columns = Columns(
        "s",
        {"time": (names[0],), "sender": (names[-1],)},
        header=tuple(names),
        template=template,
    )
    try:
        (values,) = LogRecords(columns).items(line.encode(), ())
    except Undecodable:
        assert found is None
    else:
        assert found is not None
        assert values == (found[1], found[len(names)])
