"""Draws configurations over every key of the model: in range, at its edges, and odd.

What a key may hold is derived from the model, so that a new key is drawn without a change here. A
key whose type says too little (a text that is an address, say) must be named in `TEXTS`; until it
is, drawing fails and says so.
"""

from __future__ import annotations

import copy
import datetime as dt
import math
import types
import zoneinfo
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from hypothesis import strategies as st
from pydantic import BaseModel

from streams.broker.client.setting_rules import MECHANISMS, PROTOCOLS
from streams.config.addresses.access import ProxyTable
from streams.config.detect import BesideTable
from streams.config.file_options import OPTIONS
from streams.config.levels import WAYS, LevelTable
from streams.config.model import Config
from streams.config.problems import models_in
from streams.config.schema_registry import SchemaRegistryTable
from streams.config.sources import SourceTable
from streams.config.tables import CalendarEntry, Kafka, Metrics, Monitor, OpeningRule, Serve
from streams.delivery.channels.webhook import Webhook
from streams.items import LEVELS, ComplaintKind
from streams.sources.formats.format import MAPPED_FIELDS, ONLY_IN
from streams.sources.formats.lines import names_of
from streams.sources.formats.table import FORMATS
from tests.delivery.notify.drawn_keys import RECEIVER_TEXTS, fitted

Draw = Callable[[st.SearchStrategy[Any]], Any]
Tree = dict[str, Any]

MANY = 12
"""Partitions, shards and watched entities that are drawn: more only take longer."""
HOSTS = ["127.0.0.1", "localhost", "0.0.0.0", "::1", "::", "monitor.example", "10.0.0.7"]
URLS = [
    "https://pager.example/hooks?token=x",
    "http://127.0.0.1:8000/",
    "http://[::1]:65535/a%20b",
    *("https://user:pass@example.com", "https://bücher.example/ü"),
    "http://a_b.internal:1/",
]
PLACES = ["t", "s", "$.from.addr", "items[0].id", "名", "a.b", "Message-ID", "n", "From", "x y"]
TEMPLATE = " ".join(f"{name}={{{name}}};" for name in ("t", "s", "n", "From", "名"))
KINDS: Tree = {"from": ["Sort", "x y"], "scam": "fraud", "*": "marketing"}
CONSENTS: Tree = {"from": "Sort", "yes": "explicit", "*": "none"}
ODD_PLACES: list[Any] = [
    ["t", "more[0]"],
    [{"value": "x"}],
    {"value": ""},
    *(" s", "s ", "a\nb", '"', ",", "x:y", "a..b", "$", "[0]"),
    "[999999]",
    "[0][1].x",
    "\u202e",
    "Date",
]
DETECTORS: dict[str, list[Tree]] = {
    "detectors.EWMA": [{}, {"weight": 1.0}],
    "detectors.CUSUM": [{}, {"ratio": 1.5, "dispersion": 0.3}],
    "river.anomaly.GaussianScorer": [{}, {"grace_period": 5}],
}
CLIENT: list[dict[str, str]] = [
    {},
    {"client.id": "w"},
    *({"security.protocol": name} for name in PROTOCOLS),
    *(
        {
            "security.protocol": "SASL_PLAINTEXT",
            "sasl.mechanism": mechanism,
            "sasl.username": "u",
            "sasl.password": "p",
        }
        for mechanism in MECHANISMS
    ),
]
BESIDE: Tree = {"name": "d", "detector": "detectors.EWMA", "share": 0.1}
APPLIES = ["all", *(f"{level}/*" for level in LEVELS if level != "all"), "sender/a", "platform/名"]

TEXTS: dict[tuple[type[BaseModel], str], list[Any]] = {
    (Kafka, "bootstrap"): ["127.0.0.1:9092", "kafka-1:9092,kafka-2:9092", "[::1]:9092", "k:65535"],
    (Kafka, "client"): CLIENT,
    (Config, "rules"): [{}, {"cn-provider": {"quiet-hours": {"need": 3, "from": "21:00"}}}],
    **dict.fromkeys([(Serve, "host"), (Metrics, "host")], HOSTS),
    (Serve, "hosts"): [[], ["monitor.example", "::1"]],
    (ProxyTable, "peers"): [["10.1.0.0/16", "::1"]],
    (ProxyTable, "user_header"): ["Remote-User"],
    (Monitor, "processes"): [[], ["host-1:9101"], ["[::1]:9101", "h:1"]],
    (Webhook, "url"): URLS,
    **RECEIVER_TEXTS,
    (OpeningRule, "owner"): ["wang", "王"],
    (CalendarEntry, "name"): ["x", "Double 11", "双十一", "y" * 100],
    (BesideTable, "detector"): list(DETECTORS),
    (BesideTable, "parameters"): [each for of in DETECTORS.values() for each in of],
    (SchemaRegistryTable, "url"): [url for url in URLS if "?" not in url and "@" not in url],
    (SchemaRegistryTable, "user"): ["me"],
    (SourceTable, "country"): ["CN", "GB", "US"],
    (SourceTable, "time_format"): ["%Y-%m-%d", "excel", ["%d/%m/%y %I:%M %p", "%Y%m%d%H%M%S%z"]],
    (SourceTable, "encoding"): ["utf-8", "GB18030", "utf-16-le"],
    (SourceTable, "delimiter"): [";", "\t", "|", ","],
    (SourceTable, "template"): [TEMPLATE, "{a}", "{a}{b}"],
    (SourceTable, "columns"): [["t", "s", "n", "x y", "From"], ["t"], [*"abc"]],
    **{(SourceTable, field): PLACES * 8 + ODD_PLACES for field in MAPPED_FIELDS},
    (SourceTable, "items"): ["$.rows[*]", "$[*]", "$.rows", "$", " "],
    (SourceTable, "where"): [{"Flag": "yes"}, {"Flag": ["yes", 1, True], "$$.x": ""}, {"a[": "x"}],
    (SourceTable, "unwrap"): ["cloudevents", "debezium", "sns", ["sns", "cloudevents"], []],
    (SourceTable, "consent"): [*PLACES, CONSENTS, {"value": "none"}, {"from": "x"}],
    (SourceTable, "complaint_kind"): [*get_args(ComplaintKind), KINDS, {"from": [], "x": "fraud"}],
}
"""Keys whose type does not say what they may hold, with usual values."""

ZONES = sorted(zoneinfo.available_timezones())
SPANS = ["0s", "0.001s", "1s", "10s", "90.5s", "15m", "1h", "36h", "1d", "14d", "3650d"]
BUCKETS = ["1s", "60s", "1m", "15m", "1h", "6h", "12h", "1d", "24h", "86400s"]
NAMES = ["x", "a.b-c_1", "9", "n" * 100]
DATES = [dt.date(1, 1, 1), dt.date(2026, 3, 2), dt.date(2026, 3, 5), dt.date(9999, 12, 31)]
PATHS = ["here", "a/b", "."]

ODD: list[Any] = [
    *("", " ", "x", "a b", "\t", "x" * 300, "名", "a\u202eb", "\ufeff", "-1s", "9" * 400 + "d"),
    *(0, 1, -1, 2**63, 10**30, True, False),
    *(0.0, -0.0, 0.5, 1.0, 5e-324, 1e-300, 1e308, math.inf, -math.inf, math.nan),
    *([], [0], [""], ["all"], {}, {"x": 1}, dt.date(2026, 2, 28), dt.datetime(2026, 1, 1)),
    *("http://", "https://[::1", "http://x:99999", "host:", ":9092", "$", "a[", "\x7f"),
]  # fmt: skip
"""Values that hardly any key may hold: any of them is drawn for any key."""


def _bounds(metadata: list[Any]) -> dict[str, Any]:
    return {
        name: getattr(each, name)
        for each in _flat(metadata)
        for name in ("ge", "gt", "le", "lt", "min_length", "max_length")
        if getattr(each, name, None) is not None
    }


def _flat(metadata: list[Any]) -> Iterator[Any]:
    for each in metadata:
        yield from _flat(each.metadata) if hasattr(each, "metadata") else [each]


def _named(metadata: list[Any]) -> set[str]:
    """Names of the functions that check a value: they say what kind of text it is."""
    return {getattr(getattr(each, "func", None), "__name__", "") for each in metadata}


def _integers(low: int, high: int) -> st.SearchStrategy[int]:
    edges = [low, min(low + 1, high), min(high, low + MANY)]
    return st.sampled_from(edges) | st.integers(low, min(high, low + MANY))


def _floats(low: float, high: float) -> st.SearchStrategy[float]:
    inner = st.floats(low, high, exclude_min=True, exclude_max=True)
    edges = st.sampled_from([low, high, math.nextafter(low, high), math.nextafter(high, low)])
    return inner | inner.map(lambda number: round(number, 3)) | edges


def _leaf(annotation: Any, metadata: list[Any]) -> st.SearchStrategy[Any] | None:
    """Values of a type that holds no other; None where the type says too little."""
    checks, bounds = _named(metadata), _bounds(metadata)
    low = bounds.get("ge", bounds.get("gt"))
    high = bounds.get("le", bounds.get("lt"))
    by_check = {
        **{"_bucket": BUCKETS, "parse_duration": SPANS, "_zone": ZONES, "_applies": APPLIES},
        **dict.fromkeys(("_name", "_own_name", "_monitor_name", "_topic"), NAMES),
    }
    if "_days" in checks:
        return st.sampled_from(["1d", "36h", "14d", "3650d"])
    if "_whole_days" in checks:
        return st.sampled_from(["1d", "90d", "3650d"])
    if "_positive" in checks:
        return st.sampled_from([span for span in SPANS if span != "0s"])
    for check, texts in by_check.items():
        if check in checks:
            return st.sampled_from(texts)
    if annotation is bool:
        return st.booleans()
    if annotation in (int, float) and low is not None and high is not None:
        return (_integers if annotation is int else _floats)(low, high)
    if annotation is dt.date:
        return st.sampled_from(DATES)
    if annotation is Path:
        return st.sampled_from(PATHS)
    return None


def _values(annotation: Any, metadata: list[Any], where: str) -> st.SearchStrategy[Any]:
    """Values of a type, in range and at its edges."""
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *rules = get_args(annotation)
        return _values(inner, [*rules, *metadata], where)
    if origin in (Union, types.UnionType):
        kinds = [kind for kind in get_args(annotation) if kind is not types.NoneType]
        return st.one_of([_values(kind, metadata, where) for kind in kinds])
    if origin is Literal:
        return st.sampled_from(get_args(annotation))
    if origin is list:
        least, most = _bounds(metadata).get("min_length", 0), _bounds(metadata).get("max_length", 3)
        inner = _values(get_args(annotation)[0], [], where)
        lists = st.lists(inner, min_size=least, max_size=most, unique_by=repr)
        return lists.map(sorted) if "_ascending" in _named(metadata) else lists
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return table(annotation)
    if origin is dict:
        key, value = get_args(annotation)
        return st.dictionaries(_values(key, [], where), _values(value, [], where), max_size=3)
    found = _leaf(annotation, metadata)
    if found is None:
        raise TypeError(f"{where} must be drawn: say in TEXTS of tests/config/drawn.py as what")
    return found


def of_field(model: type[BaseModel], name: str) -> st.SearchStrategy[Any]:
    if (model, name) in TEXTS:
        return st.sampled_from(TEXTS[model, name])
    field = model.model_fields[name]
    return _values(field.annotation, field.metadata, f"{model.__name__}.{name}")


@st.composite
def table(draw: Draw, model: type[BaseModel]) -> Tree:
    """A table whose every value is in range, or at its edge; few keys of many."""
    if model is SourceTable:
        found: Tree = draw(_source())
        return found
    drawn: Tree = {}
    for name, field in model.model_fields.items():
        if field.is_required() or draw(st.integers(0, 3)) == 0:
            drawn[field.alias or name] = draw(of_field(model, name))
    if model is BesideTable:
        drawn["parameters"] = draw(st.sampled_from(DETECTORS[drawn["detector"]]))
        drawn["share"] = draw(st.sampled_from([0.01, 0.1, 0.3]))
    drawn = fitted(model, drawn, draw, of_field)
    if model is LevelTable:
        way = draw(st.sampled_from(WAYS))
        drawn = {key: value for key, value in drawn.items() if key not in WAYS or key == way}
        drawn[way] = way in ("registrable_domain", "network") or draw(of_field(model, way))
    if model is CalendarEntry:
        days = draw(st.sampled_from([("from", "to"), ("festival",)]))
        for key in ("from", "to", "festival"):
            drawn.pop(key, None)
        for key in days:
            drawn[key] = draw(of_field(model, "from_" if key == "from" else key))
        if "to" in drawn and drawn["to"] < drawn["from"]:
            drawn["from"], drawn["to"] = drawn["to"], drawn["from"]
    return drawn


@st.composite
def _source(draw: Draw) -> Tree:
    """A source's table: what it maps fits its format."""
    found = FORMATS[draw(st.sampled_from(list(FORMATS)))]
    drawn: Tree = {"kind": draw(st.sampled_from(found.kinds)), "format": found.name}
    maps = bool(found.required) and (not found.own_events or draw(st.booleans()))
    for name in SourceTable.model_fields:
        needed = maps and name in found.required
        if name == "preset":
            continue  # it is other keys: tests/sources/presets
        if name in drawn or not (needed or draw(st.integers(0, 4)) == 0):
            continue
        if name in MAPPED_FIELDS and found.own_events and not maps:
            continue
        drawn[name] = draw(of_field(SourceTable, name))
    if not found.may_ask_registry:
        drawn.pop("schema_registry", None)
    elif found.name == "protobuf":
        drawn.pop("items", None)  # its record is an object
        drawn.setdefault("schema_registry", draw(of_field(SourceTable, "schema_registry")))
    elif found.own_events and not maps:
        drawn.pop("schema_registry", None)
    if drawn.get("daily") and draw(st.integers(0, 3)) > 0:
        drawn["bucket"] = "1d"
        drawn.pop("lateness", None)
    for option in OPTIONS:
        fits = option in found.options and (maps or not found.own_events)
        if not fits and draw(st.integers(0, 3)) > 0:
            drawn.pop(option, None)
    if found.name == "lines" and draw(st.integers(0, 3)) > 0:
        drawn["template"] = TEMPLATE
        for field in MAPPED_FIELDS:
            if field in drawn:
                drawn[field] = draw(st.sampled_from(names_of(TEMPLATE)))
    if "columns" in drawn and draw(st.integers(0, 3)) > 0:
        given = [drawn[field] for field in MAPPED_FIELDS if field in drawn]
        named = [name for each in given for name in (each if isinstance(each, list) else [each])]
        drawn["columns"] = sorted({*drawn["columns"], *named})
    if drawn.get("sender_as") != "e164" and draw(st.integers(0, 3)) > 0:
        drawn.pop("country", None)
    for kind, names in ONLY_IN.items():
        for name in names if kind != drawn["kind"] else ():
            drawn.pop(name, None)
    return drawn


def _keys(tree: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = tree.items() if isinstance(tree, dict) else enumerate(tree)
    for key, value in items:
        yield (*above, key)
        if isinstance(value, dict | list):
            yield from _keys(value, (*above, key))


def _with(tree: Tree, path: tuple[Any, ...], value: Any) -> None:
    at: Any = tree
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value


def tables(model: type[BaseModel] = Config) -> Iterator[type[BaseModel]]:
    """The types of all tables of a file."""
    yield model
    for field in model.model_fields.values():
        for inner in models_in(field.annotation):
            yield from tables(inner)


@st.composite
def files(draw: Draw) -> Tree:
    """A whole file as tables: most are right, and some hold an odd value or two."""
    tree: Tree = draw(table(Config))
    for key, field in Config.model_fields.items():
        if isinstance(tree.get(field.alias or key), list):  # receivers and entries by other names
            for number, each in enumerate(tree[field.alias or key]):
                each["name"] = f"{key}-{number}"
    for number, each in enumerate(tree.get("detect", {}).get("beside", [])):
        each["name"] = f"d{number}"
    for number, each in enumerate(tree.get("cases", {}).get("open", [])):
        each["name"] = f"r{number}"
    copied: Tree = copy.deepcopy(tree)  # a table of TEXTS stays as it is
    places = list(_keys(copied))
    inner = [path for path in places if len(path) > 1]
    places = draw(st.sampled_from([places, inner, inner, inner])) or places
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 1, 2])) if places else 0):
        path = draw(st.sampled_from(places))
        try:
            _with(copied, path, draw(st.sampled_from(ODD)))
        except (TypeError, KeyError, IndexError):
            continue  # an odd value already stands above it
    return copied
