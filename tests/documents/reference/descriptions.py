"""What each key of the configuration and each field on the wire means, in a phrase."""

from __future__ import annotations

from typing import Final

from pydantic.fields import FieldInfo

_KINDS: Final = {
    "_bucket": "a duration in whole seconds that divides a day",
    "parse_duration": "a duration",
    "_zone": "an IANA time zone",
    "_monitor_name": "a name without dots",
    "_name": "a name",
    "_callable": "an http or https address",
    "_host": "an IP address or a DNS name",
    "_brokers": "`host:port`, several separated by commas",
    "_topic": "a topic's name",
    "_applies": 'a list of `"all"`, `"LEVEL/*"` or `"LEVEL/ID"`',
    "Path": "a path",
    "function _place ": 'a place, a list of places, or `{ value = "..." }`',
    "function _where ": "a table of places, each with a text or a list of texts",
    "function _kind ": (
        '`"marketing"`, `"fraud"`, `"illegal"`, `"optout_ignored"`, `"other"`, or a table'
    ),
    "function _unwrap ": '`"cloudevents"`, `"debezium"`, `"sns"`, or a list of them',
}


def values_of(field: FieldInfo) -> str | None:
    """Say what a key takes where its JSON schema does not."""
    shape = f"{field.annotation} {field.metadata}"
    return next((words for mark, words in _KINDS.items() if mark in shape), None)


KEYS: Final = {
    "name": "topics, consumer groups, state and the alerts' source are called after it",
    "timezone": "time zone of days, and of times without a zone",
    "data_dir": "the worker's copy of the state, and the data of a local broker",
    "hash_key_file": "the key with which people are hashed; or `WEATHERVANE_HASH_KEY`",
    "kafka.bootstrap": "the brokers, `host:port[,...]`; `WEATHERVANE_KAFKA_BOOTSTRAP` overrides it",
    "kafka.client": (
        "librdkafka's settings, translated for every client; also `WEATHERVANE_KAFKA_...`"
    ),
    "count.bucket": "size of a bucket; a source may have its own, as for the next three keys",
    "count.lateness": "how long a bucket waits for events that are out of order",
    "count.max_ahead": "an event further ahead of its record's timestamp is a reject",
    "count.idle_after": "a lane read to its end, with too few records for so long, holds no close",
    "count.max_senders": (
        "senders that a lane counts apart in an open bucket: the first ones, in the order of the"
        " records; all others are counted together, and an alert on the source says how many"
    ),
    "count.levels": "the levels that are counted",
    "detect.budget_per_day": "false alerts accepted a day, over all entities, levels and signals",
    "detect.min_count": "the smallest count that is worth an alert at all",
    "detect.exit_after": "buckets in a row that must fit the baseline before an alert is resolved",
    "detect.min_hold": "an alert lives longer than so many buckets",
    "detect.longest_life": "after so long an alert is resolved, and its level is the new baseline",
    "detect.forget_after": "an entity leaves that did not count on so many days of its source",
    "detect.max_entities": (
        "entities of a level and signal that a shard holds: newcomers for whom there is no room are"
        " counted together, and an alert on the source says how many"
    ),
    "detect.shards": "partitions of `counts` and `alerts`; fixed once the topics exist",
    "detect.checkpoint_every": (
        "the state is stored so long after a close, or after 10 s without a record;"
        " a restart judges that much again"
    ),
    "detect.burst.detector": '`"e-sr"` gathers evidence over buckets; `"tail"` judges each alone',
    "detect.burst.ratios": 'how many times the expected a burst may be, for `"e-sr"`',
    "detect.burst.keep_per_day": "weight that what was learned keeps after a day",
    "detect.split.newcomers": "part of each share of the budget for first buckets",
    "detect.split.young": "part for entities known for a few days, judged among their peers",
    "detect.split.slow": "part for slow rises; the rest is for entities with a baseline",
    "detect.misuse.signals": "misuse that is no burst to be looked for; nothing by default",
    "detect.misuse.silence": "so long without use, and a code, or a name to its code, is new again",
    "detect.misuse.learn": "at first codes and names are learned for so long, and nothing is new",
    "detect.misuse.quiet": "an alert on misuse ends when nothing was found for so long",
    "detect.look_back.share": "beside `budget_per_day`, its part for false relapses; 0 is off",
    "detect.look_back.lasts": "so long whom a case was about is watched after it was handled",
    "detect.beside": "detectors of river's that run beside Weathervane's own, see below",
    "detect.rules": "packs of rules that are counted: [Rule packs](rules.md)",
    "rejects.payload": 'if a reject holds bytes; `"none"` for ARF, and where sources carry people',
    "archive.keep": 'days of event time that the local archive of `up` keeps; at least `"1d"`',
    "serve.bulletin.periods": "bulletins that serve makes two hours after their period is over",
    "serve.bulletin.archive": "archive that they are made from; the local one of `up` without it",
    "serve.host": "address of the HTTP service",
    "serve.port": "port of the HTTP service",
    "serve.keep": "alerts that all feeds together hold",
    "serve.url": "address at which people reach serve: messages link to alerts there",
    "serve.feed_keys": "file of the keys that sign the feeds' checkpoints: `feed key new` makes it",
    "serve.hosts": "names by which people reach it; IP addresses and localhost need no entry",
    "serve.series": "serve's own copy of what detection expected, for pages of entities",
    "serve.series.keep": "how long it keeps it: whole days of event time",
    "serve.series.most_gb": "how many GB it may take on the disk, about; the oldest goes first",
    "serve.tls": "serve HTTPS",
    "serve.tls.certificate": "file of the certificate, in PEM, with those up to the root",
    "serve.tls.key": "file of its key, in PEM, without a password",
    "serve.proxy": "take a proxy's word for who asks",
    "serve.proxy.peers": "addresses or networks of the proxy; nobody else's word is taken",
    "serve.proxy.user_header": "header in which it names the user",
    "serve.proxy.role": "role of a user whom `weathervane user` does not know",
    "metrics.host": "address of `/metrics` of each process",
    "metrics.count_port": "port of count's `/metrics`",
    "metrics.detect_port": "port of detect's `/metrics`",
    "metrics.serve_port": "port of serve's `/metrics`",
    "monitor.processes": "`host:port` of each process's metrics; default: those of `metrics`",
    "monitor.look_every": "how often serve looks for symptoms of the monitor's own",
    "monitor.heartbeat": 'how often it is told that the monitor lives; `"0s"`: never',
}

SCHEMA_REGISTRY: Final = {
    "url": "address of the registry's Confluent API",
    "user": "who asks; default: nobody in particular",
    "password_file": "a file with the user's password; or `WEATHERVANE_SCHEMA_REGISTRY_PASSWORD`",
    "ca_file": "certificates of who may sign the registry's; default: the system's",
}

SOURCE: Final = {
    "kind": "what its events are",
    "preset": "a shipped mapping, of which the table may override each key: [Presets](presets.md)",
    "format": "the form of its files",
    "topic": "its raw topic; default: the source's name",
    "topic_format": "what is in its topic: our JSON; or, in another's topic, which is only read,"
    " records of the source's format",
    "partitions": "number of partitions with which its raw topic is created",
    "group": "sources of a group share one clock; default: by bucket size, and for days time zone",
    "bucket": "as `count.bucket`",
    "lateness": "as `count.lateness`",
    "max_ahead": "as `count.max_ahead`",
    "idle_after": "as `count.idle_after`",
    "timezone": "as `timezone`",
    "daily": "its times are dates: a later day closes a day, `lateness` (0 by default) later",
    "dedupe": (
        "whether an `event_id` seen again in the same lane and bucket counts once;"
        " default: for complaints that have ids of their own"
    ),
    "channel": 'default `"sms"`; `"voice"` for the FTC\'s CSV, `"email"` for ARF',
    "complaint_kind": (
        "kind of its complaints, or a table: `from` is a place, each other key a text with its"
        ' kind, `"*"` any other text'
    ),
    "cells": "whether it counts by category, platform, region and kind, as a bulletin needs it",
    "count_by": "what of its complaints is judged: their number, or distinct reporters a bucket",
    "rejects_payload": "as `rejects.payload`",
    "sender_as": (
        "as what its sender ids are read: their digits, a number of E.164, the address or the"
        " domain in them; default: as they are, but for numbers that a spreadsheet shortened"
    ),
    "time_format": (
        'how its times are written: directives such as `"%m/%d/%Y %I:%M %p"`, or `"excel"`; of'
        " several each is tried"
    ),
    "encoding": 'of its files: such as `"gb18030"`; default: UTF-8, or what the first bytes say',
    "delimiter": "between the columns of CSV; default: the one by which the header fits",
    "columns": "the names of the columns of CSV without a header",
    "template": (
        "of lines: a line as it is written, with a name in braces for each part that differs, such"
        ' as `"{date} {clock} Sent [from:{from}]"`'
    ),
    "country": 'whose numbers those without `+` are, where `sender_as` is `"e164"`: such as `"CN"`',
    "items": "path of the items in a record, such as `$.data[*]`; default: a record is one item",
    "where": "the items that are wanted: for each place, the text or texts that it may have",
    "unwrap": "what its records are wrapped in; of several, the outermost first",
    "time": "place (column, path, header field) of the event's time; several are joined by a blank",
    "occurred_at": "place of the time of what is complained about",
    "schema_registry": "where the schemas of its records are: a table, see below",
    "event_id": "of the event's id",
    "count": "of the number of messages or complaints",
    "sender": "of the sender's id",
    "access_code": "of the access code",
    "signature": "of the signature",
    "account": "of the account",
    "merchant": "of the merchant",
    "platform": "of the platform",
    "domain": "of the domain",
    "category": "of the category",
    "region": "of the region of a complaint",
    "recipient": "of the recipient of a send: hashed",
    "reporter": "of the person who complains: hashed",
    "campaign": "of the campaign of a send",
    "consent": "of what a send's recipient has agreed to, or a table as that of `complaint_kind`",
}

WEBHOOK: Final = {
    "name": "names the receiver's queue, a consumer group",
    "url": "where each alert is posted",
    "secret_file": "file with the keys that sign each post, one a line: `whsec_` and base64",
    "timeout": "how long an answer may take",
    "give_up_after": "age of an alert at which it is given up; `undelivered` takes it",
    "begin": "where its queue begins without a stored position: the oldest alert kept, or the next",
    "monitor": "whether it gets the events on the monitor itself (`weathervane.monitor.*`) too",
    "give_up_on": "statuses at which an alert is given up at once",
}

CALENDAR: Final = {
    "name": "name under which prevented alerts are counted",
    "festival": "one that comes back each year; or `from` and `to`",
    "from": "first day",
    "to": "last day, included",
    "applies_to": "whose expectation is raised",
    "factor": "how many times the usual is expected",
}

LEVEL: Final = {
    "from": "the name that it follows from",
    "prefixes": (
        "file of number prefixes: CSV with the column `prefix` and, if wanted, `name`; the longest"
        " that fits counts"
    ),
    "digits": "so many first digits of a number",
    "registrable_domain": "the domain that somebody registered, of an address or a host's name",
    "network": "the network of an IP address: 24 bits of version 4, 64 of version 6",
}

BESIDE: Final = {
    "name": "what its alerts say in `detector`",
    "detector": "dotted path of its class",
    "parameters": "arguments with which the class is called",
    "share": "part of `detect.budget_per_day` that its false alerts may cost",
    "levels": "levels that it watches",
    "signals": "signals that it watches",
    "most": "entities that it watches at most, the busiest, of each level, signal, group and shard",
    "warmup": "buckets of an entity that it learns before it is first asked",
}

EVENT: Final = {
    "v": "version of this form",
    "type": "`send` or `complaint`",
    "event_id": "name of the event",
    "event_time": "when it was sent, or when the complaint was filed",
    "channel": "how it was sent",
    "sender": "who sent it, see below",
    "source": "name of the source",
    "count": "messages or complaints that the event stands for",
    "segments": "segments of a long SMS",
    "message_id": "id of the message",
    "campaign": "campaign that it belongs to",
    "status": "status that the gateway reports",
    "recipient_hash": "keyed hash of the recipient: 16, 32, 40, 48, 56, 64, 96 or 128 hex digits",
    "consent": "what the recipient has agreed to",
    "kind": "what is complained about",
    "occurred_at": "when the message that is complained about came",
    "reporter_hash": "keyed hash of the person who complains: hex digits likewise",
    "region": "region of that person",
    "verified": "whether the complaint was verified",
}

SENDER: Final = {
    "id": "the entity at level `sender`; null in a complaint that names no sender",
    "access_code": "the entity at level `access_code` (短信端口)",
    "signature": "the entity at level `signature` (短信签名)",
    "account": "the entity at level `account`",
    "merchant": "the entity at level `merchant`",
    "platform": "the entity at level `platform`",
    "category": "the entity at level `category`",
    "domain": "the entity at level `domain`",
}

ACTION: Final = {
    "v": "version of this form",
    "id": "32 hexadecimal digits, made by chance by who acts: a repeat has the same",
    "at": "when it was done, by the clock of who acts",
    "by": "name of the person or program",
    "expects": "the version of the subject that who acts has seen; left out: any",
    "noted": "whether a text was written with it, on `notes`",
}

ACTIONS: Final = {
    "acknowledge": "somebody takes care of an alert, which had this severity",
    "unacknowledge": "nobody does any more",
    "assign": "an alert is this person's; nobody's without `to`",
    "note": "a text about an alert",
    "erase_note": "the text of this action is erased",
    "snooze": "alerts of one entity and signal tell nobody until then",
    "end_snooze": "they do again",
    "silence": "alerts that match tell nobody until then; the action's `id` is the silence's",
    "end_silence": "a silence ends before its time",
    "label": "a verdict on an alert, or on a `window` of an entity's time",
}

UNDELIVERED: Final = {
    "v": "version of this form",
    "type": "`undelivered`, or `redelivered`, see below",
    "id": "names the receiver and the alert: a hash, the same in every repeat",
    "at": "when it was given up",
    "receiver": "name of the receiver",
    "reason": "a status, or the kind of an error",
    "detail": "the reason in words",
    "attempts": "how often it was sent before it was given up",
    "topic": "topic of the alert",
    "partition": "its partition",
    "offset": "its offset",
    "alert": "`id` of the alert, with its revision; null where the record was no alert",
    "subject": "`subject` of the alert; null likewise",
    "payload": "bytes of the alert, in base64",
}

ALERT: Final = {
    "v": "form of the alert: 2; alerts of earlier versions lack it",
    "alert_id": "names the alert, the same in every run",
    "revision": "1, 2, ... counts the changes; 0 is provisional",
    "group": "group of sources",
    "epoch": "a feed's era; numbers begin again at 1 with the next",
    "feed_no": "number of this item in the feed of its group and shard; null at revision 0",
    "state": "how the alert stands",
    "entity": "`level` and `id` of what it is about",
    "signal": "what burst",
    "kind": "kind of source fault, what of misuse was found, or the id of a rule; else null",
    "detector": "which detector found it",
    "severity": "how strong the evidence or the ratio is",
    "onset": "start of the bucket in which the burst began, as estimated",
    "first_bucket": "start of the first bucket that alarmed",
    "last_bucket": "start of the last bucket that did not fit the baseline",
    "bucket_s": "bucket size in seconds",
    "observed": "count since the onset",
    "expected": "expectation since the onset",
    "ratio": "observed / expected",
    "exposure": "messages behind a complaint rate, else null",
    "evidence_nats": "the detector's evidence",
    "threshold_nats": "the evidence that was needed",
    "reason": "why it ended, if not by itself, such as `level_shift`; else left out",
    "count_by": (
        "`reporters` where these are judged in place of complaints: counts are then sums of each"
        " bucket's distinct reporters; else left out"
    ),
    "reporters": (
        "of alerts on complaints, where reporters are counted: `complaints` since the first bucket,"
        " the `distinct` reporters that these name and, where that is an estimate, its standard"
        " `error` as a part of it; else left out"
    ),
    "looks_like": (
        "id of the known entity that this one could be taken for, as Unicode says which characters"
        " look alike; else left out"
    ),
    "belongs_to": (
        "what the entity belongs to, as its events named it when the alert was opened: at most"
        " three names of each wider level; else left out"
    ),
    "silent_days": "days of silence before, of an entity that had retired; else left out",
    "basis": "what an alert on misuse rests on, `of` says what that is; else left out",
    "newcomers": "of the signal `newcomers`: new ids since the first bucket, and their events by"
    " signal; else left out",
    "parent": "`alert_id` of the alert of the family, or null",
    "moved_from": "`alert_id` of the same alert in the epoch before; else left out",
    "moved_to": "`alert_id` of the same alert in the next epoch; else left out",
    "successors": "of a feed's last item: `group`, `shard`, `epoch` of the feeds that go on",
    "summary": "one sentence for people",
    "config": "hash of the configuration",
}
