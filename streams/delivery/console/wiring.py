"""The list of the console's pages."""

from __future__ import annotations

from fastapi import FastAPI

from streams.delivery.console.act.address import add_act
from streams.delivery.console.alert.address import add_alert
from streams.delivery.console.bulletins.address import add_bulletins
from streams.delivery.console.case.address import add_case_pages
from streams.delivery.console.docs.address import add_docs
from streams.delivery.console.entity.address import add_entity_pages
from streams.delivery.console.frame.console import Console
from streams.delivery.console.frame.login import add_login
from streams.delivery.console.frame.problem_page import add_problem_pages
from streams.delivery.console.frame.static_files import add_static
from streams.delivery.console.log.address import add_log
from streams.delivery.console.monitor.address import add_monitor
from streams.delivery.console.now.address import add_now
from streams.delivery.console.registry.address import add_registry_page
from streams.delivery.console.silence.address import add_silences_pages


def add_console(app: FastAPI, console: Console) -> None:
    """Add all pages.

    Parameters
    ----------
    app
        The application.
    console
        What they are made of.
    """
    add_problem_pages(app, console)
    add_static(app, console.static)
    add_login(app, console)
    add_docs(app, console)
    add_now(app, console)
    add_act(app, console)
    add_alert(app, console)
    add_case_pages(app, console)
    add_silences_pages(app, console)
    add_monitor(app, console)
    add_log(app, console)
    add_bulletins(app, console)
    add_entity_pages(app, console)
    add_registry_page(app, console)
