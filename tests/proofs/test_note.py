"""Notes are those of C2SP: one of another implementation is read, and what is none is refused."""

from __future__ import annotations

import base64

import pytest

from streams.proofs.checkpoint import (
    Checkpoint,
    FeedId,
    open_checkpoint,
    origin_of,
)
from streams.proofs.note import (
    NoteProblem,
    SigningKey,
    new_signing_key,
    open_note,
    read_public_key,
    sign_note,
)

# The example of the implementation in Go, golang.org/x/mod/sumdb/note.
KNOWN_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
KNOWN_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngot"
    "pRZb6KE6RyyBwJnAM=\n"
)
KEY = SigningKey("weathervane/local", bytes(range(32)))
OTHER = SigningKey("weathervane/local", bytes(32))


def test_a_note_of_another_implementation_is_read() -> None:
    """Key id, text and signature are as Go's package has them."""
    key = read_public_key(KNOWN_KEY)
    opened = open_note(KNOWN_NOTE, [key])
    assert opened.text.startswith("If you think")
    assert opened.signed_by == [key]
    assert str(key) == KNOWN_KEY


def test_a_note_signed_by_two_is_read_by_whoever_knows_one() -> None:
    """Signatures of keys that are not known are passed over, and named."""
    note = sign_note("text\n\nmore\n", [KEY, OTHER])
    assert open_note(note, [OTHER.public]).others == [f"weathervane/local+{KEY.public.id}"]
    assert len(open_note(note, [KEY.public, OTHER.public]).signed_by) == 2
    assert open_note(note, [KEY.public]).text == "text\n\nmore\n"


@pytest.mark.parametrize(
    ("note", "why"),
    [
        ("", "an empty line"),
        ("text\n", "an empty line"),
        ("text\n\n", "an empty line"),
        ("text\n\n— name AAAA", "an empty line"),
        ("text\n\nname AAAA\n", "a dash"),
        ("text\n\n— name !\n", "a dash"),
        ("text\t\n\n— name AAAA\n", "control characters"),
        ("text\n\n" + "— name AAAA\n" * 33, "at most 32"),
        ("x" * 70_000, "at most 65536"),
        ("text\n\n— name AAAAAAAA\n", "a key that is known; signed by: name"),
    ],
)
def test_what_is_no_note_is_refused(note: str, why: str) -> None:
    """Each refusal says what a note must be."""
    with pytest.raises(NoteProblem, match=why):
        open_note(note, [KEY.public])


def test_a_changed_note_is_refused() -> None:
    """A text that was changed, and a signature that was, do not pass."""
    note = sign_note("size 5\n", [KEY])
    with pytest.raises(NoteProblem, match="must be of this text"):
        open_note(note.replace("5", "6", 1), [KEY.public])
    head, _, encoded = note.rstrip("\n").rpartition(" ")
    packed = bytearray(base64.b64decode(encoded))
    for at in (10, 67):
        broken = bytes(packed[:at] + bytes([packed[at] ^ 1]) + packed[at + 1 :])
        with pytest.raises(NoteProblem, match="must be of this text"):
            open_note(f"{head} {base64.b64encode(broken).decode()}\n", [KEY.public])
    with pytest.raises(NoteProblem, match="must be of this text"):
        open_note(f"{head} {base64.b64encode(packed[:40]).decode()}\n", [KEY.public])


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("", "NAME"),
        ("name+00000000", "NAME"),
        (KNOWN_KEY.replace("c74f20a3", "c74f20a4"), "must fit it"),
        ("na me+00000000+AAAA", "NAME"),
        ("name+00000000+AgAA", "Ed25519"),
    ],
)
def test_what_is_no_key_is_refused(line: str, why: str) -> None:
    """Each refusal says what a key must be."""
    with pytest.raises(NoteProblem, match=why):
        read_public_key(line)


def test_a_key_shows_no_secret() -> None:
    """Neither the key nor its container prints the secret bytes."""
    key = new_signing_key("weathervane/local")
    assert key.seed.hex() not in repr(key)
    assert repr(key.seed) not in repr([key])
    assert key.public != new_signing_key("weathervane/local").public


def test_a_checkpoint_is_written_and_read() -> None:
    """It has origin, size and root, a line each."""
    feed = FeedId("1 d/日", 0, 3)
    checkpoint = Checkpoint(origin_of("local", feed), 57, bytes(range(32)))
    note = checkpoint.signed([KEY])
    assert note.splitlines()[:2] == ["weathervane/local/1%20d%2F%E6%97%A5/0/3", "57"]
    assert open_checkpoint(note, [KEY.public])[0] == checkpoint


@pytest.mark.parametrize(
    "text", ["a\n1\n", "a\n01\nAAAA\n", "a\n-1\nAAAA\n", "a\n1\nAAAA\n", "\n1\nAAAA\n", "a\n1\n!\n"]
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    """A signed note of another kind is no checkpoint."""
    with pytest.raises(NoteProblem, match="checkpoint"):
        open_checkpoint(sign_note(text, [KEY]), [KEY.public])
