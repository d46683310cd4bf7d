"""Quix Streams' window count. Arguments: bootstrap, topic, topic out, directory."""

import sys
from datetime import timedelta
from typing import Any

from quixstreams import Application

BOOTSTRAP, TOPIC, OUT, DIRECTORY = sys.argv[1:5]
first = True


def valid(event: Any) -> bool:
    global first
    if first:
        first = False
        print('{"at": "reading"}', flush=True)
    return isinstance(event["sender"]["id"], str) and isinstance(event["event_time"], str)


app = Application(
    broker_address=BOOTSTRAP,
    consumer_group=f"quix-{TOPIC}",
    auto_offset_reset="earliest",
    state_dir=DIRECTORY,
    loglevel="WARNING",
)
out = app.topic(OUT, value_serializer="str")
events = app.dataframe(app.topic(TOPIC, value_deserializer="json")).filter(valid)
counts = events.tumbling_window(timedelta(seconds=60), timedelta(seconds=10)).count()
# By partition: by key, its default, a window waits for the next event of its own sender.
closed = counts.final(closing_strategy="partition")
closed.apply(lambda window: f"{window['start']},{window['value']}").to_topic(out)
app.run()
