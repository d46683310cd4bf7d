"""An archive: recorded weeks as Parquet files.

It holds every closed bucket once, as it was judged, and the published alerts.

``counts/day=YYYY-MM-DD/``   a row for each source, level and entity of a closed bucket
``buckets/day=YYYY-MM-DD/``  a row for each source of a closed bucket, also of an empty one
``alerts/day=YYYY-MM-DD/``   a row for each revision of an alert
``labels/day=YYYY-MM-DD/``   a row for each label
``events/source=NAME/``      raw events in folders of days, if they are recorded
``archive.json``             how the buckets were counted, and whether all of them are there
``state/``                   where a recorder continues

The day of a bucket is the day of its start, in the time zone of its sources. The day of an alert
is the day of the last bucket that the revision is about, so that the two tables join by day. The
day of a label is the day on which it was written, and the day of an event is the day on which it
came to Kafka; both are in UTC.
"""
