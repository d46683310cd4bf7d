"""What decides the alerts is pure: the same input gives the same bytes.

Every module is pure, that is, it reads no clock, environment, file or network by itself and
draws nothing by chance, but for the edge: the modules listed here, each with its reason.
"""

from __future__ import annotations

import ast

import pytest

from tests.rules.impurity import reads_outside
from tests.rules.source import PACKAGES, ROOT, Module, modules, parse

EDGE = {
    "streams/actions/http_client.py": "the network",
    "streams/cli/actions/serve_options.py": "the environment, a file of a token",
    "streams/access/secrets.py": "chance",
    "detectors/kernels/build.py": "the compiler, a child process",
    "detectors/kernels/library.py": "the file of the compiled kernels",
    "streams/__init__.py": "the installed version",
    "streams/actions/book.py": "Kafka, the event loop",
    "streams/actions/event_log.py": "Kafka, the event loop",
    "streams/cases/book.py": "Kafka, the event loop",
    "streams/cases/kafka_desk.py": "Kafka, the event loop; the clock",
    "streams/delivery/cases/filed.py": "Kafka, the event loop",
    "streams/delivery/cases/look_back.py": "Kafka, the event loop",
    "streams/delivery/cases/process.py": "Kafka, the event loop",
    "streams/delivery/stopped.py": "signals, the event loop",
    "streams/actions/kafka_desk.py": "Kafka, the event loop",
    "streams/analysis/labels/storage.py": "files of labels",
    "streams/analysis/archive_replay.py": "measures how long judging takes",
    "streams/analysis/replay.py": "measures how long judging takes",
    "streams/analysis/shards.py": "measures how long judging takes",
    "streams/archive/atomic_files.py": "files that appear whole",
    "streams/archive/local.py": "the local archive's folder",
    "streams/archive/manifest.py": "an archive's manifest",
    "streams/archive/tables.py": "Parquet files",
    "streams/archive/read/complaint_names.py": "an archive's files",
    "streams/archive/read/events.py": "an archive's files",
    "streams/archive/read/files.py": "an archive's files",
    "streams/archive/read/reader.py": "an archive's files",
    "streams/archive/record/alerts_and_labels.py": "an archive's files",
    "streams/archive/record/process.py": "Kafka; the clock, for when to write",
    "streams/archive/record/recording.py": "an archive's folder and its lock",
    "streams/archive/record/state.py": "the recorder's state file",
    "streams/archive/record/writer.py": "an archive's files",
    "streams/broker/client/connection.py": "the environment and files of secrets",
    "streams/broker/client/connection_errors.py": "Kafka; the clock, for how often to log",
    "streams/broker/client/setting_rules.py": "files of certificates",
    "streams/broker/client/settings.py": "files of certificates",
    "streams/broker/client/writer.py": "Kafka",
    "streams/broker/local/apache.py": "a child process and its files",
    "streams/broker/local/broker.py": "a child process and its files",
    "streams/broker/local/formatted.py": "a data directory, random ids",
    "streams/broker/local/jars.py": "downloads by Maven, and their folder",
    "streams/broker/local/port_and_folder.py": "ports, a lock file, chance",
    "streams/broker/local/standin.py": "installed files",
    "streams/broker/topics/admin.py": "Kafka",
    "streams/backup/backup.py": "Kafka",
    "streams/backup/contents.py": "a backup's files",
    "streams/backup/restore.py": "Kafka",
    "streams/broker/topics/carry_over.py": "Kafka",
    "streams/broker/topics/records.py": "Kafka",
    "streams/broker/topics/ensure.py": "Kafka",
    "streams/broker/topics/needed.py": "Kafka",
    "streams/broker/topics/instances.py": "Kafka",
    "streams/broker/topics/offsets.py": "Kafka",
    "streams/broker/topics/origin.py": "Kafka",
    "streams/broker/topics/contents.py": "Kafka; the clock, for how long to wait",
    "streams/detection/worker/local_state.py": "the worker's folder",
    "streams/broker/topics/rights.py": "Kafka",
    "streams/broker/topics/tail.py": "Kafka; the clock, for how long it waits",
    "streams/cli/access/token.py": "the clock, for when it was made",
    "streams/cli/access/user.py": "standard input, a file of a password; the clock",
    "streams/cli/alerts/alerts.py": "signals; the clock, for what hides an alert now",
    "streams/cli/alerts/alerts_view.py": "standard output",
    "streams/cli/bulletin/output.py": "standard output",
    "streams/cli/csv_table.py": "standard output",
    "streams/cli/actions/given.py": "the clock, and chance for ids",
    "streams/cli/cases/case.py": "standard output, and chance for ids",
    "streams/cli/cases/shown.py": "standard output",
    "streams/delivery/cases/watch.py": "the event loop",
    "streams/cli/actions/rows.py": "standard output",
    "streams/cli/actions/silence.py": "standard output, and whether it is a terminal",
    "streams/cli/alerts/route_test.py": "the file of alerts, the event loop",
    "streams/cli/alerts/redeliver.py": "standard output; the clock, for when it was delivered",
    "streams/cli/alerts/label.py": "standard output; the clock, for when a label is given",
    "streams/cli/analysis/archive_replay.py": "an archive's folder",
    "streams/cli/analysis/explain_origins.py": "the clock, for when records were written",
    "streams/cli/analysis/explain.py": "files",
    "streams/cli/analysis/label_files.py": "the clock, for when a label is given",
    "streams/cli/analysis/replay.py": "files; measures how long it takes",
    "streams/cli/analysis/tune.py": "files of configuration and report",
    "streams/cli/console.py": "the terminal, signals; the clock, for lines that repeat",
    "streams/cli/data/record.py": "measures how long it takes",
    "streams/cli/data/simulate.py": "the folder of what is simulated",
    "streams/cli/commands.py": "standard output and error",
    "streams/cli/language.py": "the environment",
    "streams/cli/feed/keys.py": "the file of keys; the clock, for when they were made",
    "streams/cli/feed/verify.py": "files; the clock, for how long it waits",
    "streams/cli/registry/given_files.py": "the files that are given",
    "streams/cli/registry/registry.py": "the clock, for what holds today",
    "streams/cli/output_lines.py": "asks whether the output is a file, for what it says at a stop",
    "streams/cli/python_version.py": "the Python that runs it",
    "streams/cli/run/demo.py": "files, ports, the clock",
    "streams/cli/bulletin/cases.py": "the file of cases",
    "streams/cli/run/bulletin_press.py": "the event loop, a child process",
    "streams/cli/run/serve.py": "the event loop, the clock",
    "streams/delivery/bulletins/folder.py": "the folder of the bulletins",
    "streams/delivery/console/bulletins/address.py": "the event loop, for threads that read",
    "streams/cli/run/status.py": "the file of configuration",
    "streams/cli/setup/check_config.py": "the folder of state",
    "streams/cli/setup/reshape.py": "an event that ends the recording",
    "streams/cli/setup/try_source.py": "the clock; chance, for a key that hashes people once",
    "streams/cli/setup/init.py": "the file of configuration",
    "streams/language/catalogue.py": "the shipped catalogues, read once",
    "streams/config/levels.py": "files of prefixes",
    "streams/config/fingerprint.py": "the contents of files that decide",
    "streams/config/load.py": "the file of configuration, the environment",
    "streams/counts/fetched.py": "Kafka",
    "streams/broker/client/lazy_producer.py": "Kafka, the event loop",
    "streams/counts/kafka_clients.py": "Kafka",
    "streams/counts/positions.py": "Kafka",
    "streams/counts/process.py": "the clock, for idle lanes and flushes",
    "streams/counts/schemas/decider.py": "a thread that asks registries",
    "streams/delivery/channels/alertmanager.py": "the clock, for when an open alert is over",
    "streams/delivery/channels/apprise.py": "mail and services by Apprise; threads",
    "streams/delivery/entities/asking.py": "the event loop, for how long it waits",
    "streams/delivery/entities/follower.py": "Kafka, the event loop, the store's folder; the clock",
    "streams/delivery/entities/library.py": "the event loop, for threads that read the store",
    "streams/delivery/entities/process.py": "Kafka; the clock, for when detect is asked",
    "streams/delivery/registry/follower.py": "Kafka, the event loop",
    "streams/delivery/registry/rows.py": "Kafka, the event loop",
    "streams/series/store/database.py": "the store's files",
    "streams/delivery/access/certificate.py": "the files of the certificate; the event loop",
    "streams/delivery/access/logins.py": "the event loop, for one login at a time",
    "streams/delivery/access/users_topic.py": "Kafka, the event loop",
    "streams/delivery/api/revisions.py": "Kafka, the event loop",
    "streams/delivery/api/hiding_counts.py": "the event loop, for a thread that counts",
    "streams/delivery/api/silences.py": "the event loop, for a thread that counts",
    "streams/delivery/console/docs/address.py": "the installed documents",
    "streams/delivery/console/docs/documents.py": "the installed documents",
    "streams/delivery/console/frame/static_files.py": "the installed style and scripts",
    "streams/delivery/api/server.py": "a port, the clocks, the event loop",
    "streams/delivery/channels/channel.py": "the event loop, for the task of an attempt",
    "streams/delivery/channels/chat/robot.py": "the clock, for a signature's time",
    "streams/delivery/channels/posting.py": "the network; the clock, for a date to wait until",
    "streams/delivery/channels/signing.py": "files of secrets",
    "streams/delivery/channels/webhook.py": "the clock, for a signature's time",
    "streams/delivery/console/silence/address.py": "the event loop, for a thread that counts",
    "streams/delivery/console/now/changes.py": "the event loop",
    "streams/delivery/courier.py": "the clock and chance, for when to try again",
    "streams/delivery/feed/connection_limits.py": "the HTTP server's connections",
    "streams/delivery/feed/event_stream.py": "the event loop",
    "streams/delivery/feed/reader.py": "Kafka",
    "streams/delivery/monitor/sender.py": "the event loop; chance, for when to try again",
    "streams/delivery/monitor/shared_look.py": "the event loop, for a thread that looks",
    "streams/delivery/shared_answer.py": "the event loop, for one answer at a time",
    "streams/delivery/views/opened.py": "the event loop, for a thread that fills a view",
    "streams/delivery/views/process.py": "Kafka",
    "streams/delivery/views/registry_topic.py": "Kafka, the event loop",
    "streams/delivery/standing_records.py": "Kafka, the event loop; the clock, for a limit",
    "streams/delivery/console/entity/address.py": "the event loop, for an answer of detect",
    "streams/delivery/console/log/whole_log.py": "the event loop, for two readers at a time",
    "streams/delivery/console/monitor/overview.py": "the event loop, for a thread",
    "streams/delivery/monitor/watch.py": "the event loop, the clock",
    "streams/delivery/notify/dispatch.py": "the event loop; the clock and chance, for when to send",
    "streams/delivery/notify/journal.py": "Kafka, the event loop",
    "streams/delivery/notify/ownership.py": "Kafka, the event loop",
    "streams/delivery/notify/process.py": "Kafka, the event loop; the clock",
    "streams/delivery/process.py": "Kafka, ports, the event loop",
    "streams/delivery/proofs/keeper.py": "Kafka, the event loop",
    "streams/delivery/proofs/key_holder.py": "the file of keys",
    "streams/delivery/proofs/live.py": "the event loop, for trees that catch up",
    "streams/delivery/proofs/process.py": "Kafka",
    "streams/delivery/queue.py": "Kafka; the clock, for the age of an alert",
    "streams/delivery/tail.py": "Kafka",
    "streams/delivery/waiting_threads.py": "threads",
    "streams/delivery/undelivered/follower.py": "Kafka",
    "streams/delivery/undelivered/redelivery.py": "opens receivers",
    "streams/demo/playback.py": "Kafka, the clock, threads, installed files",
    "streams/analysis/attempt.py": "the note's file",
    "streams/detection/worker/asked_topic.py": "Kafka, a thread",
    "streams/detection/worker/assigned.py": "a lock of the event loop",
    "streams/detection/worker/series.py": "the clock, for how long it answers",
    "streams/detection/worker/series_topic.py": "Kafka, the event loop; the clock, for how long",
    "streams/detection/worker/changelog.py": "the event loop, for a write that was dropped",
    "streams/detection/worker/faust_app.py": "Faust, folders, a signal",
    "streams/detection/worker/process.py": "Kafka by Faust; the clock",
    "streams/detection/worker/shelf.py": "a file without a name",
    "streams/health/stopping.py": "a thread that ends what is stuck",
    "streams/health/exporter.py": "an HTTP server, the installed version",
    "streams/health/look.py": "the network, the clock",
    "streams/health/presence.py": "files beside the state, the clock",
    "streams/health/recordings.py": "files beside the state",
    "streams/simulate/files.py": "the files that it wrote",
    "streams/counts/files/ingest.py": "the clock, for times too far ahead and for progress",
    "streams/sources/files/sorting.py": "a file without a name",
    "streams/sources/files/folder.py": "the names of the files in a folder",
    "streams/sources/files/stored.py": "the files of a source, standard input",
    "streams/registry/first_rows.py": "Kafka",
    "streams/registry/meters.py": "the clock, for how long rows have waited",
    "streams/registry/plan.py": "the shipped plan, read once",
    "streams/registry/sequencer.py": "Kafka; a thread, and the clock",
    "streams/rule_packs/pack.py": "reads the packs that are shipped",
    "streams/sources/presets/shipped.py": "the shipped tables, read once",
    "streams/sources/privacy.py": "the key's file, the environment",
    "streams/sources/schemas/registry.py": "the network",
    "streams/supervisor/child_process.py": "a child process",
    "streams/supervisor/process.py": "a child process",
    "streams/supervisor/supervisor.py": "child processes, the clock",
}


@pytest.mark.parametrize("folder", PACKAGES)
def test_modules_are_pure(folder: str) -> None:
    """A module that leads outside stands in the list, with its reason, or hands it in."""
    assert [
        f"{module.where}:{line} reads {name}"
        for module in modules(folder)
        if module.where not in EDGE
        for line, name in reads_outside(module.tree)
    ] == []


@pytest.mark.parametrize("name", EDGE)
def test_the_edge_is_as_listed(name: str) -> None:
    """A listed module leads outside; one that stops, or goes, leaves the list."""
    assert (ROOT / name).is_file(), "is gone"
    assert list(reads_outside(parse(ROOT / name).tree)) != [], "is pure now"


@pytest.mark.parametrize(
    "module", [m for m in modules(*PACKAGES) if m.where in EDGE], ids=lambda module: module.where
)
def test_no_edge_calls_itself_pure(module: Module) -> None:
    """The word stands in no docstring of a module that leads outside."""
    words = (ast.get_docstring(module.tree) or "").replace(",", " ").replace(".", " ").split()
    assert "Pure" not in words


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("import time\ntime.time()", "time.time"),
        ("from time import monotonic as m\nm()", "time.monotonic"),
        ("import datetime as dt\ndt.datetime.now(dt.UTC)", "datetime.datetime.now"),
        ("from datetime import datetime\nf(datetime.now)", "datetime.datetime.now"),
        ("import datetime as dt\ndt.datetime.fromtimestamp(0)", "the local time zone"),
        ("import os\nos.environ.get('X')", "os.environ"),
        ("from os import environ\nenviron['X']", "os.environ"),
        ("def f(path):\n    return path.read_text()", ".read_text"),
        ("open('x')", "open"),
        ("from urllib import request\nrequest.urlopen('x')", "urllib.request.urlopen"),
        ("import random\nrandom.random()", "random.random"),
    ],
)
def test_what_leads_outside_is_found(source: str, name: str) -> None:
    """The rule sees through import aliases, and sees what is handed on."""
    assert name in [found for _, found in reads_outside(ast.parse(source))]


def test_what_stays_inside_is_left_alone() -> None:
    """Exceptions, times that are handed in, and calculations are pure."""
    source = (
        "import datetime as dt\nfrom kafka.errors import KafkaError\nimport httpx\n"
        "def f(x):\n    if isinstance(x, KafkaError | httpx.HTTPError):\n"
        "        return dt.datetime.fromtimestamp(0, dt.UTC)\n"
    )
    assert list(reads_outside(ast.parse(source))) == []
