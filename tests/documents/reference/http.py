"""The reference of the HTTP service, made from its OpenAPI description."""

from __future__ import annotations

from typing import Any

from streams.delivery.access.rules import RULES, Rule
from tests.delivery.access.serving import Served
from tests.documents.reference.tables import table, values

_RULES = {(method, path.replace(":path}", "}")): rule for (method, path), rule in RULES.items()}
"""By the paths of OpenAPI, which say nothing of what a part may hold."""


def operations() -> str:
    """A section for each path: its parameters and its answers."""
    described = Served().app.openapi()
    return "\n\n".join(
        _section(path, method.upper(), operation)
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    )


def _section(path: str, method: str, operation: dict[str, Any]) -> str:
    parts = [f"## {method} {path}", operation["summary"] + ".", _may(_RULES[method, path])]
    if operation.get("parameters"):
        parts.append(
            table(
                ["parameter", "in", "values", "what it does"],
                [_parameter(parameter) for parameter in operation["parameters"]],
            )
        )
    answers = [
        (f"`{status}`", ", ".join(f"`{kind}`" for kind in answer.get("content", {})), _said(answer))
        for status, answer in operation["responses"].items()
    ]
    parts.append(table(["answer", "content type", "meaning"], answers))
    return "\n\n".join(parts)


def _may(rule: Rule) -> str:
    if rule.role is None:
        return "Open to everybody."
    scope = "" if rule.scope is None else f", with the scope `{rule.scope}`"
    return f"For the role {rule.role} and above{scope}."


def _parameter(parameter: dict[str, Any]) -> tuple[str, str, str, str]:
    schema = parameter["schema"]
    default = f"; default {schema['default']}" if "default" in schema else ""
    text = parameter.get("description") or schema.get("description") or ""
    return f"`{parameter['name']}`", parameter["in"], values(schema, {}) + default, text


def _said(answer: dict[str, Any]) -> str:
    text: str = answer["description"]
    return "Done" if text == "Successful Response" else text
