"""Recorded weeks as Parquet: every closed bucket once, as it was judged, and the alerts.

``counts/day=YYYY-MM-DD/``   a row for each source, level and entity of a closed bucket
``buckets/day=YYYY-MM-DD/``  a row for each source of a closed bucket, empty ones included
``alerts/day=YYYY-MM-DD/``   a row for each revision
``labels/day=YYYY-MM-DD/``   a row for each label
``events/source=NAME/``      raw events, where they are recorded, in folders of days
``archive.json``             what the buckets were counted by, and whether all of them are there
``state/``                   where a recorder goes on

A bucket's day is that of its start in the time zone of its sources, and an alert's that of the
last bucket that the revision is about: so they can be joined by it. A label's is that on which
it was said, and an event's that on which it came to Kafka, both in UTC.
"""
