"""What is written for people: nothing that came in is obeyed by a terminal, or forges a line."""

from __future__ import annotations

import io
import json
import logging

from hypothesis import given, settings
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from streams.cli.terminal import JsonLogLines, Terminal, TextLogLines, plain
from tests.hostile import texts, unseen, whole


def _terminal() -> tuple[Terminal, io.StringIO]:
    file = io.StringIO()
    return Terminal(file=file, width=160, no_color=True), file


@given(texts)
@settings(deadline=None)
def test_whatever_is_drawn_is_escaped(text: str) -> None:
    """Text, cells, titles, panels: a view that forgets it does no harm."""
    terminal, file = _terminal()
    table = Table("name", title=Text(text))
    table.add_row(Text(text))
    for drawn in (Text(text), table, Panel(Text(text))):
        terminal.print(drawn)
    terminal.print(text, markup=False, soft_wrap=True)
    assert unseen(file.getvalue()) == []


@given(texts)
@settings(deadline=None)
def test_a_plain_cell_is_one_line_with_all_of_its_text(text: str) -> None:
    """It is as wide as what is seen, and holds no markup."""
    cell = plain(text)
    assert unseen(cell.plain, allowed="") == []
    assert cell.spans == []
    terminal, file = _terminal()
    terminal.print(cell, soft_wrap=True)
    assert file.getvalue().rstrip("\n") == cell.plain.rstrip("\n")


def test_colours_and_line_ends_of_ours_stay() -> None:
    """Only what came in is escaped."""
    file = io.StringIO()
    terminal = Terminal(file=file, width=40, force_terminal=True, color_system="standard")
    terminal.print(Text("wrong", "red"))
    assert file.getvalue() == "\x1b[31mwrong\x1b[0m\n"


def _record(text: str) -> logging.LogRecord:
    return logging.LogRecord("streams.x", logging.INFO, "f", 1, "about %s", (text,), None)


@given(texts)
def test_a_log_line_for_people_is_one_line(text: str) -> None:
    """A line end that came in begins no line of its own: what follows is indented."""
    first, *others = TextLogLines("count").format(_record(text)).split("\n")
    assert " count INFO about " in first
    assert all(line.startswith("    ") for line in others)
    assert unseen("".join([first, *others]), allowed="") == []


@given(texts)
def test_a_log_line_for_programs_holds_the_text_as_it_came(text: str) -> None:
    """Escaped where it is read by people, and the same when it is parsed."""
    line = JsonLogLines().format(_record(text))
    assert unseen(line, allowed="") == []
    assert json.loads(line)["message"] == f"about {whole(text)}"
