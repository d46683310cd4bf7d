"""What is packed comes back byte for byte, and takes a third of its size at most."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.alerts.packed import packed, unpacked
from tests.alerts.examples import raw


@given(st.binary(max_size=20_000))
def test_any_bytes_come_back(given_bytes: bytes) -> None:
    """An alert of a later version, too, or one that is none."""
    assert unpacked(packed(given_bytes)) == given_bytes


def test_an_alert_takes_a_third() -> None:
    """And the same alert the same memory, however often it is held."""
    one = raw()
    assert len(packed(one)) * 3 < len(one)
    assert packed(one) is packed(bytes(bytearray(one)))
