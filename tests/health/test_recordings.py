"""What a recorder leaves beside the state: how it goes on, or why it ended."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from streams.health.recordings import RecorderRun, RecordingNote, recording_state, recordings


class _Clock:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def _only(state: Path) -> RecorderRun:
    (found,) = recordings(state)
    return found


def test_it_says_that_it_works_and_how_far_it_is(tmp_path: Path) -> None:
    """Its file is written every few seconds, and at each save; a clean stop is said."""
    clock = _Clock()
    with RecordingNote(tmp_path, Path("a"), clock) as note:
        clock.now_s += 10
        note.at_work(behind=7)
        found = _only(tmp_path)
        assert (found.archive, found.behind, found.running) == ("a", 7, True)
        assert recording_state(found, 1012.0).behind_s == 12.0
        assert recording_state(found, 1012.0).silent_s == 2.0
        clock.now_s += 10
        note.at_work(behind=0)
        note.saved()
        state = recording_state(_only(tmp_path), 1021.0)
        assert (state.behind_s, state.saved_ago_s, state.error) == (0.0, 1.0, None)
    found = _only(tmp_path)
    assert (found.running, found.stopped) == (False, True)
    assert recording_state(found, 2000.0).error is None


def test_an_error_stands_until_a_later_run_has_saved(tmp_path: Path) -> None:
    """Started again and again by `up` it does not look well in between."""
    clock = _Clock()
    with suppress(OSError), RecordingNote(tmp_path, Path("a"), clock):
        raise OSError(28, "No space left on device")
    assert "No space left" in _only(tmp_path).error
    clock.now_s += 30
    with RecordingNote(tmp_path, Path("a"), clock) as note:
        state = recording_state(_only(tmp_path), clock.now_s)
        assert (state.running, state.failed_ago_s) == (True, 30.0)
        note.saved()
        assert _only(tmp_path).error == ""


def test_an_error_is_over_once_a_run_has_worked_for_long(tmp_path: Path) -> None:
    """A recorder may save only once an hour."""
    clock = _Clock()
    with suppress(ValueError), RecordingNote(tmp_path, Path("a"), clock):
        raise ValueError
    with RecordingNote(tmp_path, Path("a"), clock) as note:
        for _ in range(2):
            assert _only(tmp_path).error == "ValueError"
            clock.now_s += 450
            note.at_work(behind=0)
        assert _only(tmp_path).error == ""


def test_one_that_was_killed_is_told_and_another_process_leaves_its_file(tmp_path: Path) -> None:
    """Nobody else writes into the file while it runs; afterwards its lock is gone."""
    program = (
        "import sys, time; from pathlib import Path;"
        "from streams.health.recordings import RecordingNote;"
        "note = RecordingNote(Path(sys.argv[1]), Path('a'), time.time);"
        "print('ready', flush=True); time.sleep(600)"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        before = _only(tmp_path)
        with RecordingNote(tmp_path, Path("a"), _Clock()):
            assert _only(tmp_path) == before
        process.kill()
    state = recording_state(_only(tmp_path), before.seen_s + 5)
    assert not state.running
    assert state.error == "its process was killed, or ended without a word"
    assert state.failed_ago_s == pytest.approx(5.0)


def test_where_nothing_can_be_written_recording_goes_on(tmp_path: Path) -> None:
    """The state's folder may be a file, or full."""
    (tmp_path / "state").write_text("")
    with RecordingNote(tmp_path / "state", Path("a"), _Clock()) as note:
        note.saved()
    assert recordings(tmp_path / "state") == []
