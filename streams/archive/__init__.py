"""Recorded weeks as Parquet: every closed bucket once, as it was judged, and the alerts.

``counts/day=YYYY-MM-DD/``   a row for each source, level and entity of a closed bucket
``buckets/day=YYYY-MM-DD/``  a row for each source of a closed bucket, empty ones included
``alerts/day=YYYY-MM-DD/``   a row for each revision
``archive.json``             what the buckets were counted by
``state/``                   where a recorder goes on
"""
