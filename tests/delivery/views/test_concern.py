"""What concerns a view: platforms by what alerts name, carriers and regions by the registry."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from streams.access.view import View
from streams.alerts.cloudevent import Entity
from streams.delivery.views.concern import concerns, is_view_itself, may_concern
from streams.registry.control import RegistryRow
from streams.registry.entry import CodeEntry, Entry, key_of
from streams.registry.table import Registry
from tests.alerts.examples import alert

DAY = dt.date(2020, 2, 1).toordinal()


def registry(*entries: Entry) -> Registry:
    made = Registry()
    made.take([RegistryRow(n, key_of(one), one, False) for n, one in enumerate(entries, 1)])
    return made


CODES = registry(
    CodeEntry(id="10690001", carrier="Unicom", regions=("Hunan",)),
    CodeEntry(id="1069000155", carrier="Mobile", regions=("Hunan",)),
    CodeEntry(id="10690002", carrier="Unicom", regions=("Hunan", "Hubei")),
    CodeEntry(id="10690003", carrier="Unicom", valid_until=dt.date(2019, 12, 31)),
)
UNICOM, HUNAN, MALL = View("carrier", "Unicom"), View("region", "Hunan"), View("platform", "Mall")


def on(level: Any, name: str, **belongs_to: list[str]) -> dict[str, Any]:
    return {"entity": Entity(level, name), "belongs_to": belongs_to or None}


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        (on("platform", "Mall"), {MALL}),
        (on("platform", "Shop"), set()),
        (on("sender", "acct-1", platform=["Mall"]), {MALL}),
        (on("sender", "acct-1", platform=["Mall", "Shop"]), set()),
        (on("sender", "acct-1"), set()),
        (on("signature", "【Mall】", platform=["Mall"], access_code=["10690001"]),
         {MALL, UNICOM, HUNAN}),
        (on("merchant", "Mall"), set()),
        (on("category", "Mall"), set()),
        (on("all", "all"), set()),
        (on("source", "Mall"), set()),
        # The longest registered code counts, as it holds on the alert's day.
        (on("access_code", "106900015"), {UNICOM, HUNAN}),
        (on("access_code", "10690001557"), {HUNAN}),
        (on("sender", "10690002"), {UNICOM}),
        (on("sender", "10690003"), set()),
        (on("sender", "1066999"), set()),
        (on("sender", "acct-1", access_code=["10690001"]), {UNICOM, HUNAN}),
        (on("sender", "10690001", access_code=["1069000155"]), {HUNAN}),
        (on("sender", "x", access_code=["10690001", "1069000155"]), {HUNAN}),
        # An alert names three codes at most: with three there may be more.
        (on("sender", "x", access_code=["106900011", "106900012", "106900013"]), set()),
        (on("platform", "10690001"), set()),
    ],
)  # fmt: skip
def test_an_alert_concerns_who_is_all_that_it_names(
    fields: dict[str, Any], wanted: set[View]
) -> None:
    one = alert(**fields)
    views = {MALL, UNICOM, HUNAN}
    assert {view for view in views if concerns(view, one, CODES)} == wanted
    names = [f"{of}/{name}" for of, some in (one.belongs_to or {}).items() for name in some]
    entity = f"{one.entity.level}/{one.entity.id}"
    assert wanted <= {view for view in views if may_concern(view, entity, names)}


def test_a_platform_is_one_in_the_form_that_counts() -> None:
    """An earlier version may have written its name otherwise."""
    assert concerns(MALL, alert(**on("platform", "Ｍall")), CODES)


def test_a_day_that_is_none_concerns_nobody() -> None:
    assert not concerns(UNICOM, alert(**on("sender", "10690001"), first_bucket="soon"), CODES)


def test_what_a_view_names_is_its_own_without_an_alert() -> None:
    assert is_view_itself(MALL, "platform", "Mall", DAY, CODES)
    assert not is_view_itself(MALL, "merchant", "Mall", DAY, CODES)
    assert is_view_itself(UNICOM, "sender", "106900019", DAY, CODES)
    assert not is_view_itself(UNICOM, "signature", "106900019", DAY, CODES)
    assert not is_view_itself(UNICOM, "sender", "1069000155", DAY, CODES)
