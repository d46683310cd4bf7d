"""Reading an archive: closed buckets, alerts, labels, raw events and count series."""
