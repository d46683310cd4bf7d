"""The floor: read and decode, count nothing. Arguments: bootstrap, topic, records."""

import json
import sys

import orjson
from confluent_kafka import Consumer


def main() -> None:
    bootstrap, topic, records = sys.argv[1], sys.argv[2], int(sys.argv[3])
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": f"bare-{topic}",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            # Its default, a second, leaves it idle half of the time.
            "fetch.queue.backoff.ms": 5,
        }
    )
    consumer.subscribe([topic], on_assign=lambda *_: print('{"at": "reading"}', flush=True))
    done = 0
    while done < records:
        for message in consumer.consume(1000, 0.1):
            orjson.loads(message.value())
            done += 1
    print(json.dumps({"at": "done", "records": done}), flush=True)
    consumer.close()


main()
