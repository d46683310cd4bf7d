"""What detection expected of whom, bucket by bucket: the records of the topic ``series``."""
