"""The reference of the commands, made from the command line itself."""

from __future__ import annotations

from typing import Any

import typer.main

from streams.cli.commands import app
from tests.documents.reference.tables import table


def group() -> Any:
    """The command ``weathervane`` with its commands."""
    return typer.main.get_command(app)


def commands() -> str:
    """A section for each command: its help, usage, arguments and options."""
    found = group()
    return "\n\n".join(_section(name, found.commands[name]) for name in found.commands)


def _section(name: str, command: Any) -> str:
    context = command.make_context(f"weathervane {name}", [], resilient_parsing=True)
    parameters = [
        parameter
        for parameter in command.params
        if parameter.name != "help" and not getattr(parameter, "hidden", False)
    ]
    text = "\n\n".join(_paragraphs(command.help or ""))
    rows = [_row(parameter, context) for parameter in parameters]
    tables = table(["argument or option", "what it does"], rows) if rows else ""
    return f"## {name}\n\n{text}\n\n```text\n{_usage(name, parameters)}\n```\n\n{tables}".strip()


def _usage(name: str, parameters: list[Any]) -> str:
    arguments = [one for one in parameters if one.param_type_name == "argument"]
    words = [_label(one) if one.required else f"[{_label(one)}]" for one in arguments]
    options = [] if len(arguments) == len(parameters) else ["[OPTIONS]"]
    return " ".join(["weathervane", name, *options, *words])


def _label(argument: Any) -> str:
    return str(argument.metavar or argument.name.upper())


def _paragraphs(text: str) -> list[str]:
    """The help, its examples as code."""
    out = []
    for paragraph in text.split("\n\n"):
        words = " ".join(paragraph.split())
        examples = words.split("Example: ")
        if examples[0]:
            out.append(examples[0].strip())
        out += [f"Example: `{example.strip()}`" for example in examples[1:]]
    return out


def _row(parameter: Any, context: Any) -> tuple[str, str]:
    name, text = parameter.get_help_record(context)
    if parameter.param_type_name == "argument":
        return f"`{_label(parameter)}`", text
    takes = "" if parameter.is_flag else f" {name.rpartition(' ')[2].strip('<>').upper()}"
    takes = {" INT": " N", " RANGE": " N", " LIST[STR]": " TEXT", " STR": " TEXT"}.get(takes, takes)
    names = [*parameter.opts, *parameter.secondary_opts]
    return f"`{', '.join(names)}{takes}`", text
