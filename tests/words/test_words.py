"""Every text has a translation; and what is wrong with a catalogue is found."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from streams.language.catalogue import PARTS
from tests.rules.source import modules
from tests.words.faults import faults
from tests.words.texts import FOLDER, HEADER, Key, files, in_files, in_program

CALLS = {"gettext", "pgettext", "ngettext", "mark", "mark_in", "mark_forms"}


def test_every_text_has_a_translation() -> None:
    """None is missing, obsolete, doubtful, or has other placeholders: ``python -m tests.words``."""
    assert "\n".join(faults(in_program(), in_files())) == ""


@pytest.mark.parametrize("part", PARTS)
def test_the_files_are_as_they_are_written(part: str) -> None:
    """In order, each text once: ``python -m tests.words`` would change nothing."""
    expected = files(in_program(), in_files())[part]
    assert (FOLDER / f"{part}.po").read_text("utf-8") == expected.decode()


def test_a_text_is_a_literal_or_stands_in_a_table() -> None:
    """What is put together before it is translated has no translation."""
    assert [
        f"{module.where}:{node.lineno}"
        for module in modules("streams")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and _name(node.func) in CALLS
        for argument in node.args[:2]  # a third one is a number
        if isinstance(argument, ast.JoinedStr | ast.BinOp | ast.Call)
    ] == []


def test_no_text_is_overlooked() -> None:
    """Whatever asks for a text is found: also where it stands in the braces of a string."""
    texts = in_program()
    assert [
        f"{module.where}:{node.lineno}"
        for module in modules("streams")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and _name(node.func) in CALLS
        if (key := _key_of(node)) is not None and key not in texts
    ] == []


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A program of three texts and a template."""
    console = tmp_path / "streams" / "delivery" / "console" / "templates"
    console.mkdir(parents=True)
    (tmp_path / "streams" / "a.py").write_text(
        'T = mark("late"), mark_in("verdict", "true")\n'
        'words.ngettext("{n} alert", "{n} alerts", 2).format(n=2)\n'
        "words.gettext(T[0])\n"
    )
    (console / "now.html").write_text(
        '<p>{{ _("late") }} {% trans who=1 %}\n  by {{ who }}\n{% endtrans %}</p>'
    )
    return tmp_path


def test_texts_of_code_and_templates_are_found(program: Path) -> None:
    """Once each, in the first part that has them, with context and plural form."""
    texts = in_program(program)
    assert {key: (text.part, text.message) for key, text in texts.items()} == {
        Key("late", ""): ("messages", "late"),
        Key("true", "verdict"): ("messages", "true"),
        Key("{n} alert", ""): ("messages", ("{n} alert", "{n} alerts")),
        Key("by %(who)s", ""): ("console", "by %(who)s"),
    }


@pytest.mark.parametrize(
    ("late", "alerts", "fault"),
    [
        ('msgstr ""', 'msgstr[0] "{n} 条"', "has no translation"),
        ('#, fuzzy\nmsgid "late"\nmsgstr "晚"', 'msgstr[0] "{n} 条"', "marked as doubtful"),
        ('msgstr "晚 {n}"', 'msgstr[0] "{n} 条"', "placeholders (none), its translation {n}"),
        ('msgstr "晚"', 'msgstr[0] "条"', "placeholders {n}, its translation (none)"),
        ('msgstr "晚"', 'msgstr[0] "{n 条"', "cannot be filled in"),
        ('msgstr "晚"\n\nmsgid "gone"\nmsgstr "无"', 'msgstr[0] "{n} 条"', "in no module any more"),
    ],
)
def test_faults_of_a_catalogue_are_found(program: Path, late: str, alerts: str, fault: str) -> None:
    """Each with the text; the rest of the catalogue is right."""
    late = late if "msgid" in late.split("\n\n")[0] else f'msgid "late"\n{late}'
    (program / "messages.po").write_text(
        f'{HEADER}{late}\n\nmsgctxt "verdict"\nmsgid "true"\nmsgstr "属实"\n\n'
        f'msgid "{{n}} alert"\nmsgid_plural "{{n}} alerts"\n{alerts}\n'
    )
    (program / "console.po").write_text(f'{HEADER}msgid "by %(who)s"\nmsgstr "由 %(who)s"\n')
    (found,) = faults(in_program(program), in_files(program))
    assert fault in found


def test_a_bare_percent_in_a_text_for_a_template_is_a_fault(program: Path) -> None:
    """Templates fill in texts by %: the page would fail in that language alone."""
    right = 'msgid "late"\nmsgstr "晚"\n\nmsgctxt "verdict"\nmsgid "true"\nmsgstr "属实"\n\n'
    plural = 'msgid "{n} alert"\nmsgid_plural "{n} alerts"\nmsgstr[0] "{n} 条"\n'
    (program / "messages.po").write_text(f"{HEADER}{right}{plural}")
    for said, number in (
        ("由 %(who)s 95% 的人", 1),
        ("由 %(who)s 95%% 的人", 1),
        ("由 %(who)s", 0),
    ):
        (program / "console.po").write_text(f'{HEADER}msgid "by %(who)s"\nmsgstr "{said}"\n')
        assert len(faults(in_program(program), in_files(program))) == number, said


def test_a_text_that_moves_keeps_its_translation(program: Path) -> None:
    """From one part to another; what is gone goes, and what is new stands without one."""
    (program / "console.po").write_text(
        f'{HEADER}msgid "late"\nmsgstr "晚"\n\nmsgid "gone"\nmsgstr "无"\n'
    )
    made = files(in_program(program), in_files(program))
    assert 'msgid "late"\nmsgstr "晚"\n' in made["messages"].decode()
    assert 'msgid "by %(who)s"\nmsgstr ""\n' in made["console"].decode()
    assert "gone" not in made["console"].decode()


def _key_of(call: ast.Call) -> Key | None:
    """Return the key of a call's text; None where it is no literal."""
    literal = [
        one.value
        for one in call.args[:2]
        if isinstance(one, ast.Constant) and isinstance(one.value, str)
    ]
    if not literal or len(literal) < len(call.args[:2]):
        return None
    in_context = _name(call.func) in ("pgettext", "mark_in")
    return Key(literal[1], literal[0]) if in_context else Key(literal[0], "")


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else ast.unparse(function)
