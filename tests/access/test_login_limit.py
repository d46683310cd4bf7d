"""Failed logins: by address and by user, forgotten after a quarter of an hour."""

from __future__ import annotations

from streams.access.login_limit import BY_ADDRESS, BY_USER, MOST_KEYS, WINDOW_S, LoginLimit


def test_a_user_waits_after_so_many_failures() -> None:
    """Then the same address may still log in as another; the wait ends by itself."""
    limit = LoginLimit()
    for number in range(BY_USER):
        assert limit.wait_s("10.0.0.1", "wang", number) == 0
        limit.failed("10.0.0.1", "wang", number)
    assert limit.wait_s("10.0.0.1", "wang", 10.0) == WINDOW_S - 10
    assert limit.wait_s("10.0.0.1", "li", 10.0) == 0
    assert limit.wait_s("10.0.0.2", "wang", 10.0) == 0
    assert limit.wait_s("10.0.0.1", "wang", WINDOW_S + BY_USER) == 0


def test_an_address_waits_whoever_it_names() -> None:
    """An address that tries names one by one is stopped; IPv6 counts by the customer's network."""
    limit = LoginLimit()
    for number in range(BY_ADDRESS):
        limit.failed(f"2001:db8::{number:x}", f"user{number}", 0.0)
    assert limit.wait_s("2001:db8::ffff", "new", 1.0) > 0
    assert limit.wait_s("2001:db8:0:1::1", "new", 1.0) == 0


def test_a_success_forgets_the_users_failures() -> None:
    """A typing error long ago does not count against who has logged in since."""
    limit = LoginLimit()
    for _ in range(BY_USER - 1):
        limit.failed("10.0.0.1", "wang", 0.0)
    limit.succeeded("10.0.0.1", "wang")
    limit.failed("10.0.0.1", "wang", 1.0)
    assert limit.wait_s("10.0.0.1", "wang", 1.0) == 0


def test_logins_that_succeed_lock_nobody_out() -> None:
    """Each counts as it begins, and no more once it has succeeded; failures of others stay."""
    limit = LoginLimit()
    for number in range(BY_ADDRESS - 1):
        limit.failed("10.0.0.1", f"wrong{number}", 0.0)
    for number in range(3 * BY_ADDRESS):
        assert limit.wait_s("10.0.0.1", f"user{number}", 1.0) == 0
        limit.failed("10.0.0.1", f"user{number}", 1.0)
        limit.succeeded("10.0.0.1", f"user{number}")
    limit.failed("10.0.0.1", "wrong", 2.0)
    assert limit.wait_s("10.0.0.1", "new", 2.0) > 0


def test_memory_is_bounded() -> None:
    """However many names and addresses come, so many are remembered, each with few times."""
    limit = LoginLimit()
    for number in range(MOST_KEYS):
        limit.failed(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", "u" * 1000, 0.0)
    for _ in range(1000):
        limit.failed("no address" * 100, "u", 0.0)
    assert len(limit._failures) <= MOST_KEYS
    assert max(map(len, limit._failures.values())) <= BY_ADDRESS
    assert max(map(len, limit._failures)) < 500
