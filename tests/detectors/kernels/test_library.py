"""How the compiled kernels are found, made anew, and kept from arrays that they cannot take."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from detectors import FocusBank, PeerCounts
from detectors.burst.baseline import Baseline
from detectors.kernels import library
from detectors.kernels.build import build, library_name

BASE = Path(__file__).parents[3]


def _baseline() -> Baseline:
    baseline = Baseline(1.0)
    baseline.enter(np.array([1.0, 2.0]), np.array([1.0, 4.0]))
    return baseline


def test_it_can_be_made_by_several_processes_at_once(tmp_path: Path) -> None:
    """Each makes it under another name; what appears is whole, and the same."""
    (tmp_path / "kernels-of-other-sources.bin").touch()
    with ThreadPoolExecutor(3) as pool:
        made = {path.read_bytes() for path in pool.map(build, [tmp_path] * 3)}
    assert len(made) == 1
    assert [path.name for path in tmp_path.iterdir()] == [library_name()]
    assert made == {(library.HERE / library_name()).read_bytes()}


def test_without_a_compiler_a_sentence_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the library is missing and cannot be made."""
    monkeypatch.setattr(library, "HERE", tmp_path)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "none"))
    with pytest.raises(
        library.KernelFault, match=r"must have been compiled; it is missing.*: make"
    ):
        library._load()


def test_it_is_used_where_nothing_can_be_written(tmp_path: Path) -> None:
    """No other folder, no cache and no compiler: only the file beside its sources."""
    environ = {"PYTHONPATH": str(BASE), "HOME": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    code = (
        "import sys, subprocess, detectors\n"
        "assert 'ziglang' not in sys.modules\n"
        "print(detectors.PeerCounts(1.0).mean)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env={**environ, "PATH": os.environ["PATH"]},
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("1.0\n", "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("x", [
    np.ones(2, dtype=np.float32), np.ones(2, dtype=np.int64), np.ones(4)[::2], np.ones(1),
])  # fmt: skip
def test_an_array_that_does_not_do_is_refused(x: np.ndarray) -> None:
    """Another kind of number, strides, too short: an error, not what lies beside it in memory."""
    with pytest.raises(library.KernelFault, match="refuses an array"):
        FocusBank().close(np.ones(2), x, np.ones(2, dtype=np.bool_))
    with pytest.raises(library.KernelFault, match="refuses an array"):
        library.kernel("apply")(0, np.ones(2), x)


@pytest.mark.parametrize("arguments", [
    (0, np.ones(2)), (0, np.ones(2), np.ones(2), 0), (0, [1.0, 1.0], np.ones(2)), (0, None, 1),
    (0.0, np.ones(2), np.ones(2)), ("0", np.ones(2), np.ones(2)), (1 << 64, np.ones(2), np.ones(2)),
])  # fmt: skip
def test_what_is_no_array_or_no_number_is_refused(arguments: tuple[object, ...]) -> None:
    """Too few, too many, another type, a number that is not whole, one that is too large."""
    with pytest.raises((library.KernelFault, TypeError, OverflowError)):
        library.kernel("apply")(*arguments)


def test_every_kernel_counts_its_arguments() -> None:
    """None of them can be called with too few."""
    text = "".join(path.read_text() for path in sorted((library.HERE / "source").iterdir()))
    groups = dict(re.findall(r"^#define (\w+_ARGUMENTS)((?:.*\\\n)*.*)", text, re.MULTILINE))
    for _ in groups:  # a group may name another
        text = re.sub(r"\w+_ARGUMENTS", lambda name: groups[name[0]], text)
    kernels = re.findall(r"^KERNEL\((\w+), (\d+)\)\n\{\n((?:.*\n)*?)\}", text, re.MULTILINE)
    assert len(kernels) > 20
    for name, number, body in kernels:
        assert len(re.findall(r"\b(?:ARRAY|WHOLE|NUMBER)\(", body)) == int(number), name
        with pytest.raises(library.KernelFault):
            library.kernel(name)()


@pytest.mark.parametrize("rows", [np.array([2]), np.array([-1]), slice(1, 3), slice(-1, 1)])
def test_rows_that_are_not_there_are_refused(rows: np.ndarray | slice) -> None:
    """The first row is 0, and there are two."""
    with pytest.raises(library.KernelFault):
        _baseline().predictive(rows, 1.0)
    with pytest.raises(library.KernelFault):
        _baseline().profile.factor(rows, 3)


def test_a_row_that_is_read_only_is_refused() -> None:
    """State that cannot be written is not learned into."""
    counts = PeerCounts(1.0)
    counts._weights.flags.writeable = False
    with pytest.raises(library.KernelFault):
        counts.learn(np.ones(1), 1.0)
