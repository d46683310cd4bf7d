"""Waits end when nothing moves, and not before: else a test fails on a busy machine, or hangs."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.waiting import progress
from tests.waiting.clock import OwnClock, Use, descendants, own_s
from tests.waiting.programs import following, lines_of, run
from tests.waiting.progress import Stalled, sizes, until

STILL_S = 0.3


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lose patience soon."""
    monkeypatch.setattr(progress, "STILL_S", STILL_S)
    monkeypatch.setattr(progress, "LOOK_EVERY_S", 0.02)


@pytest.mark.usefixtures("quick")
def test_a_wait_in_which_nothing_moves_ends(tmp_path: Path) -> None:
    """It says what was waited for, what was seen last, and what the logs say."""
    log = tmp_path / "it.log"
    log.write_text("I am stuck")
    with pytest.raises(Stalled) as caught:
        until(lambda: False, "the end of days", seen=lambda: (5, 3), logs=lambda: [log])
    said = str(caught.value)
    assert said.startswith("the end of days: must make progress within 0.3 s; none for")
    assert "seen last: (5, 3)" in said
    assert said.endswith("I am stuck")


@pytest.mark.usefixtures("quick")
def test_progress_prolongs_a_wait(tmp_path: Path) -> None:
    """However small it is: another value that is seen, such as the size of a log."""
    log = tmp_path / "it.log"
    left = [20]

    def step() -> object:
        left[0] -= 1
        with log.open("a") as lines:
            lines.write("x")
        time.sleep(STILL_S / 4)  # one step is soon enough, all of them are not
        return sizes(log)

    until(lambda: left[0] <= 0, seen=step)
    assert left[0] == 0


@pytest.mark.usefixtures("quick")
def test_a_program_without_progress_is_killed(tmp_path: Path) -> None:
    """Nothing of it is left running; what other tests keep (a broker, a browser) may be."""
    before = set(descendants(os.getpid()))
    with pytest.raises(Stalled, match="the end of"):
        run([sys.executable, "-c", "import time; time.sleep(600)", str(tmp_path)])
    ours = str(tmp_path).encode()
    commands = [Path(f"/proc/{pid}/cmdline") for pid in set(descendants(os.getpid())) - before]
    assert not [path for path in commands if path.exists() and ours in path.read_bytes()]


def test_a_program_gives_what_it_says() -> None:
    """Its input, both outputs and its status, more than a pipe holds."""
    code = "import sys; print(sys.stdin.read() * 100_000); print('e', file=sys.stderr); sys.exit(3)"
    done = run([sys.executable, "-c", code], given=b"ab")
    assert (done.returncode, done.stdout, done.stderr) == (3, "ab" * 100_000 + "\n", "e\n")


def test_lines_come_one_by_one() -> None:
    """As they are written, while the program runs."""
    code = "print('one', flush=True); print('two', flush=True); input()"
    command = [sys.executable, "-c", code]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    lines = lines_of(process)
    assert [following(lines), following(lines)] == [b"one", b"two"]
    assert process.poll() is None
    process.communicate(b"\n")


def test_the_clock_goes_on_while_they_sleep_and_while_they_run() -> None:
    """Else a wait for a process that is stuck would have no end."""
    clock = OwnClock()
    time.sleep(0.2)
    slept_s = clock.elapsed_s()
    assert slept_s > 0.0
    used = time.process_time()
    while time.process_time() - used < 0.1:
        pass
    assert clock.elapsed_s() >= slept_s + 0.09


@pytest.mark.parametrize("rivals", [1, 3, 9])
def test_the_clock_stands_while_they_queue(rivals: int) -> None:
    """On a machine that is so many times too small it goes so many times slower."""
    ran = 60.0 / (1 + rivals)
    assert own_s(60.0, Use(ran, 60.0 - ran)) == pytest.approx(ran)


def test_descendants_are_found_over_generations() -> None:
    """A grandchild is one, too."""
    code = (
        "import subprocess, sys; p = subprocess.Popen(['sleep', '600']); print(p.pid, flush=True)"
    )
    waits = "; sys.stdin.read(); p.kill(); p.wait()"
    command = [sys.executable, "-c", code + waits]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        grandchild = int(child.stdout.readline())
        assert {child.pid, grandchild} <= set(descendants(os.getpid()))
        assert descendants(grandchild) == [grandchild]
