"""What a wrong table of a detector beside ours is told: one clear line for each problem."""

from __future__ import annotations

import tomllib

import pytest

from streams.config.load import ConfigError, parse_config
from streams.detection.plugins import river_detector

_NAME = "must be 1 to 100 letters, digits, '.', '_' or '-', a letter or digit first"
_NO_KEY = "is not a key; remove it (`weathervane init` shows every key)"


def _beside(**keys: str) -> str:
    keys = {"name": '"x"', "detector": '"detectors.EWMA"', "share": "0.1", **keys}
    return "\n".join(["[[detect.beside]]", *(f"{k} = {v}" for k, v in keys.items()), ""])


PROBLEMS = {
    _beside(name='"a b"'): f'detect.beside.0.name {_NAME}; got "a b"',
    _beside(name='"e-sr"'): (
        "detect.beside.0.name must be a name that none of Weathervane's own detectors has;"
        ' got "e-sr"'
    ),
    _beside(detector='"river.anomaly.Trees"'): (
        "detect.beside.0.detector must be the dotted path of a class that is installed, such as"
        ' "river.anomaly.HalfSpaceTrees"; got "river.anomaly.Trees"'
    ),
    _beside(detector='"os.system"'): (
        "detect.beside.0.detector must be a river anomaly detector (a subclass of"
        ' river.base.AnomalyDetector or SupervisedAnomalyDetector); got "os.system"'
    ),
    _beside(parameters="{ wait = 3 }"): (
        "detect.beside.0 must have parameters that detectors.EWMA takes; it says:"
        " EWMA.__init__() got an unexpected keyword argument 'wait'"
    ),
    _beside(parameters="3"): "detect.beside.0.parameters must be a table; got 3",
    _beside(
        detector='"river.anomaly.PredictiveAnomalyDetection"', parameters="{ warmup_period = 20 }"
    ): (
        "detect.beside.0 must name a detector that repeats itself:"
        " river.anomaly.PredictiveAnomalyDetection gives the same counts another score when it is"
        " made, or asked, once more"
    ),
    _beside(share="0"): "detect.beside.0.share must be at least 0.001; got 0",
    _beside(share="1"): "detect.beside.0.share must be below 1; got 1",
    _beside(share='"5%"'): 'detect.beside.0.share must be a number; got "5%"',
    _beside(levels="[]"): "detect.beside.0.levels must not be empty; got []",
    _beside(levels='["category"]'): (
        "detect.beside.0.levels must keep to the levels of count.levels (sender, signature,"
        ' platform, all); got "category"'
    ),
    _beside(signals='["feed"]'): (
        'detect.beside.0.signals.0 must be "sends" or "complaints"; got "feed"'
    ),
    _beside(signals='["sends", "sends"]'): (
        'detect.beside.0.signals must name each signal once; got ["sends", "sends"]'
    ),
    _beside(most="0"): "detect.beside.0.most must be at least 1; got 0",
    _beside(warmup="0"): "detect.beside.0.warmup must be at least 1; got 0",
    _beside(limit="3"): f"detect.beside.0.limit {_NO_KEY}",
    _beside() + _beside(): (
        'detect.beside.name must be unique, alerts are told apart by it; got "x" again'
    ),
    _beside(share="0.5") + _beside(name='"y"', share="0.5"): (
        "detect.beside.share must leave some of the budget to Weathervane's own detectors: all"
        " together below 1; got 1"
    ),
}


@pytest.mark.parametrize("text", PROBLEMS)
def test_each_rule_has_one_line(text: str) -> None:
    """A broken rule gives one line: the file, the key, the rule, and what was found."""
    with pytest.raises(ConfigError) as caught:
        parse_config(tomllib.loads(text), "w.toml", river_detector)
    assert caught.value.problems == [f"w.toml: {PROBLEMS[text]}"]
