"""Writes what `old_version` begins with: ``python -m tests.torture.write_old FOLDER CHECKOUT``.

Run it with an older version's code as ``PYTHONPATH``, copied there: it imports only what that
version has. Its real processes judge the first half of the records, and are stopped. Then `backup`
of the checkout that is named stores what they left on Kafka.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from streams.broker.local.apache import ApacheKafka
from streams.broker.local.broker import LocalBroker
from streams.broker.local.port_and_folder import free_port
from tests.torture.records import config, make
from tests.torture.run import COUNT, DETECT, Run

SEED, RECORDS, SHARE = 14, 2500, 0.5
"""Of the records, and how much of them the older version was given."""


def main() -> None:
    """Write it into a new folder."""
    folder, checkout = (Path(each).resolve() for each in sys.argv[1:])
    with (
        tempfile.TemporaryDirectory() as place,
        LocalBroker(ApacheKafka(), data_dir=Path(place) / "broker", port=free_port()) as broker,
    ):
        run = Run(Path(place), broker.bootstrap, config("old"), make(SEED, RECORDS))
        with run.fleet as fleet:
            fleet.start(COUNT, DETECT)
            run.go_on(5.0, share=SHARE)
            run.settle()
            run.wait(lambda: len(run.published()) > 10, "alerts")
            run.go_on(5.0)
            fleet.stop(COUNT, DETECT)
        options = ["--config", str(run.fleet.configuration()), "--bootstrap", broker.bootstrap]
        subprocess.run(
            [sys.executable, "-m", "streams.cli.main", "backup", str(folder), *options],
            cwd=place,
            env={"PYTHONPATH": str(checkout)},
            check=True,
        )


if __name__ == "__main__":
    main()
