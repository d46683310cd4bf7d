"""A counter that the broker has fenced must end: its client does nothing any more."""

from __future__ import annotations

from pathlib import Path

from streams.broker.local.broker import LocalBroker, Recipe
from streams.broker.local.port_and_folder import free_port
from tests.torture.fleet import Fleet
from tests.torture.records import config, make
from tests.torture.run import COUNT, DETECT, Outcome, Run


def test_a_counter_whose_name_another_has_taken_ends(apache: Recipe, tmp_path: Path) -> None:
    """Two with one `--instance`: the first ends with 1 and says why, and nothing is lost.

    A broker that comes back after kill -9 may fence a member in the same way, though there is
    no other. A counter that stayed would count nothing, for ever.
    """
    (tmp_path / "twin").mkdir()
    text = config("fenced")
    with LocalBroker(apache, data_dir=tmp_path / "broker", port=free_port()) as broker:
        run = Run(tmp_path, broker.bootstrap, text, make(9, records=3000))
        twin = Fleet(tmp_path / "twin", broker.bootstrap, text)
        with run.fleet as fleet, twin:
            fleet.start(COUNT, DETECT)
            run.go_on(1.0, share=0.3)
            run.wait(lambda: run.judges(DETECT), "detect judges")
            twin.start(COUNT)
            assert fleet.wait_for_end(COUNT) == 1
            said = fleet.log(COUNT).splitlines()[-1]
            assert "where two run with one --instance, give one of them another" in said
            run.drain()
            outcome = Outcome("fenced", {})
            run.compare(outcome)
    assert outcome.differences == []
