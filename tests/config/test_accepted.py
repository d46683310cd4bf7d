"""What `check-config` accepts runs, and what it refuses it refuses in sentences.

Configurations are drawn over every key of the model, and a small file of each source is replayed
with each. ``WEATHERVANE_CONFIG_EXAMPLES`` says how many are drawn.
"""

from __future__ import annotations

import os
import re
import tempfile
import unicodedata
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from pydantic import Field

from streams.cli.setup.check_config import checked
from streams.config.load import ConfigError
from streams.config.model import Config
from streams.sources.schemas.registry import SchemaRegistry
from tests.config import drawn
from tests.config.played import play, struct_schema, toml

EXAMPLES = int(os.environ.get("WEATHERVANE_CONFIG_EXAMPLES", "15"))
PASSWORD = {"WEATHERVANE_SCHEMA_REGISTRY_PASSWORD": "p"}
HASH_KEY = {"WEATHERVANE_HASH_KEY": "a key of at least 16 bytes", **PASSWORD}
RULE = re.compile(r" (must|may) |is not a key; remove it")
MINUTE = {"kind": "send", "bucket": "1m"}


@given(tree=drawn.files())
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    # What fails is printed as it was drawn: it is small, and to make it smaller takes minutes.
    phases=(Phase.explicit, Phase.generate),
)
@example({"detect": {"split": {"newcomers": 0.0}}})
@example({"detect": {"split": {"newcomers": 0.001, "young": 0.0, "slow": 0.0}}})
@example({"detect": {"budget_per_day": 1e-4, "shards": 3}})
@example({"detect": {"shards": 2, "beside": [drawn.BESIDE]}, "sources": {"x": {"kind": "send"}}})
@example({"count": {"levels": ["all"]}, "detect": {"burst": {"detector": "tail"}}})
@example({"calendar": [{"name": "x", "festival": "618", "applies_to": ["all"], "factor": 2}]})
@example({"sources": {"x": {**MINUTE, "time": "t", "sender": "a.b", "recipient": "a.c[3]"}}})
@example({"sources": {"x": {**MINUTE, "format": "avro", "time": "t", "sender": "a.b[1]"}}})
@example({"sources": {"x": {**MINUTE, "format": "protobuf", "time": "t", "sender": "名",
                            "schema_registry": {"url": "http://r:1/", "user": "u"}}}})  # fmt: skip
@example({"sources": {"x": {"kind": "send", "bucket": "1d", "daily": True}}})
def test_what_is_accepted_runs(tree: dict[str, Any]) -> None:
    """It replays a file of each source, with events in it; or a sentence says where it is wrong."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "w.toml"
        file.write_text(toml(tree), encoding="utf-8")
        try:
            config = checked(file, HASH_KEY)
        except ConfigError as error:
            for line in error.problems:
                assert line.startswith(f"{file}: ")
                assert RULE.search(line), line
                assert {unicodedata.category(each) for each in line}.isdisjoint(("Cc", "Cf"))
            return
        with (
            patch.object(SchemaRegistry, "decide", struct_schema),
            patch.dict(os.environ, PASSWORD),
        ):
            summary = play(config, folder)
        assert summary.items == summary.events + summary.skipped + summary.rejects
        assert summary.events > 0


def test_every_key_is_drawn() -> None:
    """No key of the model is forgotten, in whatever table it stands."""
    for model in drawn.tables():
        for name in model.model_fields:
            assert drawn.of_field(model, name) is not None
    assert {model.__name__ for model in drawn.tables()} >= {"Config", "Webhook", "SplitTable"}


def test_a_new_key_is_drawn_or_asked_for() -> None:
    """A key is drawn where its type says what it holds; of another, the error asks for it."""

    class Newer(Config):
        quiet: bool = False
        colour: str = Field(default="red", min_length=1)

    assert drawn.of_field(Newer, "quiet") is not None
    with pytest.raises(TypeError, match=r"Newer\.colour must be drawn: say in TEXTS"):
        drawn.of_field(Newer, "colour")
