"""What is posted is signed by Standard Webhooks, and no message shows a key."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
from pathlib import Path

import pytest

from streams.delivery.channels.batch import BATCH_TYPE, BatchWebhook
from streams.delivery.channels.channel import Refusal
from streams.delivery.channels.signing import SecretProblem, signed_headers, signing_keys
from streams.delivery.channels.webhook import Webhook
from tests.alerts.examples import raw
from tests.delivery.channels.notifications import notification, notified, tell
from tests.delivery.channels.services import Reply, Request, service

KEYS = [bytes(range(32)), bytes(range(24))]
SECRETS = ["whsec_" + base64.b64encode(key).decode() for key in KEYS]


def verified(request: Request, key: bytes) -> bool:
    """Whether a request is signed by a key: what a receiver does, by the standard's own words."""
    name, at = request.headers["webhook-id"], request.headers["webhook-timestamp"]
    signed = b".".join([name.encode(), at.encode(), request.body])
    wanted = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    return any(
        hmac.compare_digest(one, f"v1,{wanted}")
        for one in request.headers["webhook-signature"].split(" ")
    )


def post(hook: Webhook, alert: bytes) -> Refusal | None:
    """Post an alert by a webhook."""

    async def run() -> Refusal | None:
        async with hook.open() as send:
            return await send(alert)

    return asyncio.run(run())


def test_the_example_of_the_standards_libraries() -> None:
    """Their secret, id, time and body give their signature."""
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    headers = signed_headers(
        [key], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_webhook_signs_with_each_key(tmp_path: Path) -> None:
    """While one key takes another's place both are accepted; a new one needs no restart."""
    secret = tmp_path / "secret"
    with service(lambda _: Reply(204)) as ops:
        hook = Webhook(name="ops", url=ops.url(), secret_file=secret)
        secret.write_text("\n".join(SECRETS) + "\n")
        assert post(hook, raw()) is None
        assert post(hook, raw()) is None
        secret.write_text(SECRETS[0])
        assert post(hook, raw(revision=2)) is None
    first, again, later = ops.requests
    assert verified(first, KEYS[0])
    assert verified(first, KEYS[1])
    assert verified(later, KEYS[0])
    assert not verified(later, KEYS[1])
    assert not verified(first._replace(body=b"{}"), KEYS[0])
    names = [one.headers["webhook-id"] for one in ops.requests]
    assert names == ["2b1926685558e977.1", "2b1926685558e977.1", "2b1926685558e977.2"]
    assert first.body == again.body == raw()


def test_without_a_secret_nothing_is_signed() -> None:
    with service(lambda _: Reply(204)) as ops:
        assert post(Webhook(name="ops", url=ops.url()), raw()) is None
    assert not any(name.startswith("webhook-") for name in ops.requests[0].headers)


@pytest.mark.parametrize(
    "text",
    ["", "hunter2", "whsec_hunter2", SECRETS[0][6:], "whsec_AAAA", "\n".join(SECRETS * 6), None],
)
def test_a_secret_that_is_none_is_refused_and_not_shown(tmp_path: Path, text: str | None) -> None:
    """Nothing is posted, and the alert waits: the file can be mended."""
    secret = tmp_path / "secret"
    if text is not None:
        secret.write_text(text)
    with pytest.raises(SecretProblem):
        signing_keys(secret)
    with service(lambda _: Reply(204)) as ops:
        refusal = post(Webhook(name="ops", url=ops.url(), secret_file=secret), raw())
    assert ops.requests == []
    assert refusal is not None
    assert not refusal.final
    assert refusal.detail.startswith("secret_file must ")
    assert not any(line and line in repr(refusal) for line in (text or "").splitlines())


def test_a_receivers_alerts_come_in_one_signed_batch(tmp_path: Path) -> None:
    """As published, and repeated under the same id when the first try fails."""
    secret = tmp_path / "secret"
    secret.write_text(SECRETS[0])
    answers = [Reply(503, b"", {"Retry-After": "7"}), Reply(200), Reply(200)]
    message = notification(notified(), notified(alert_id="a" * 16))
    monitor = notification(reason="monitor", monitor=b'{"id":"m"}')
    with service(lambda _: answers.pop(0)) as ops:
        channel = BatchWebhook(url=ops.url("/?token=hunter2"), secret_file=secret)
        refused, accepted, beat = tell(channel, message, message, monitor)
    assert refused == Refusal("503", "HTTP 503 Service Unavailable", 7.0, answered=True)
    assert accepted is beat is None
    first, again, last = ops.requests
    assert first.body == b"[" + b",".join(one.raw for one in message.alerts) + b"]"
    assert first.headers["content-type"] == BATCH_TYPE
    assert first.headers["webhook-id"] == again.headers["webhook-id"]
    assert last.body == b'[{"id":"m"}]'
    assert all(verified(one, KEYS[0]) for one in ops.requests)
    assert "hunter2" not in repr(channel)
    assert str(secret) not in repr(channel)


def test_a_large_notification_is_split() -> None:
    """No post is larger than a megabyte, and none is lost."""
    alerts = [notified(summary="x" * 9000, revision=number) for number in range(1, 301)]
    with service(lambda _: Reply(204)) as ops:
        assert tell(BatchWebhook(url=ops.url()), notification(*alerts)) == [None]
    assert len(ops.requests) == 3
    assert max(len(one.body) for one in ops.requests) <= 1_000_000
    found = [event["data"]["revision"] for one in ops.requests for event in one.json]
    assert found == list(range(1, 301))
