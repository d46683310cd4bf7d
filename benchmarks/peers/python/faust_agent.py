"""A stock Faust agent that counts in a dict. Arguments: bootstrap, topic, records, directory."""

import json
import sys
from collections import Counter

import faust

BOOTSTRAP, TOPIC, RECORDS, DIRECTORY = sys.argv[1:5]
app = faust.App(
    f"faust-{TOPIC}",
    broker=f"kafka://{BOOTSTRAP}",
    datadir=DIRECTORY,
    web_enabled=False,
    topic_disable_leader=True,
)
topic = app.topic(TOPIC, value_serializer="json")
counts: Counter[tuple[str, str]] = Counter()


def say(mark):
    # Faust sends sys.stdout to its log.
    print(json.dumps(mark), file=sys.__stdout__, flush=True)


@app.agent(topic)
async def count(events):
    left = int(RECORDS)
    say({"at": "reading"})
    async for event in events:
        counts[event["event_time"][:16], event["sender"]["id"]] += 1
        left -= 1
        if left == 0:
            say({"at": "done", "records": sum(counts.values())})


sys.argv = [sys.argv[0], "worker", "--loglevel", "error"]
app.main()
