"""Bytewax's window count. Arguments: bootstrap, topic, topic out."""

import json
import signal
import sys
from datetime import UTC, datetime, timedelta

import bytewax.operators as op
import bytewax.operators.windowing as windowing
from bytewax.connectors.kafka import KafkaSinkMessage
from bytewax.connectors.kafka import operators as kafka
from bytewax.dataflow import Dataflow
from bytewax.testing import cluster_main

BOOTSTRAP, TOPIC, OUT = sys.argv[1:4]
START = datetime(1970, 1, 1, tzinfo=UTC)
first = True


def timed(message):
    """Sender and time of an event; the record's timestamp, so that none is parsed."""
    global first
    if first:
        first = False
        print('{"at": "reading"}', flush=True)
    event = json.loads(message.value)
    return event["sender"]["id"], datetime.fromtimestamp(message.timestamp[1] / 1000, UTC)


def line(counted):
    sender, (window, count) = counted
    return KafkaSinkMessage(sender.encode(), f"{window * 60_000},{count}".encode())


flow = Dataflow("count")
# To the end of the topic, which closes all: its clocks, one a sender, know no closer.
source = kafka.input("in", flow, brokers=[BOOTSTRAP], topics=[TOPIC], tail=False, batch_size=1000)
events = op.map("decode", source.oks, timed)
counts = windowing.count_window(
    "count",
    events,
    windowing.EventClock(lambda event: event[1], timedelta(seconds=10)),
    windowing.TumblingWindower(length=timedelta(seconds=60), align_to=START),
    lambda event: event[0],
)
kafka.output("out", op.map("line", counts.down, line), brokers=[BOOTSTRAP], topic=OUT)
cluster_main(flow, [], 0)
# Until it is stopped: its processor time is read from outside.
signal.pause()
