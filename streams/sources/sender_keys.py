"""What an event is counted by: its sender, with the levels that the configuration derives."""

from __future__ import annotations

from collections.abc import Sequence

from streams.items import Sender
from streams.names.derived import Derivation, with_derived

SENDERS_CACHED = 200_000

SenderKey = str | Sender
"""What an event is counted by: the sender's id if it names nothing else, or the whole sender."""


def sender_key(sender: Sender) -> SenderKey:
    """Return what an event of this sender is counted by.

    Examples
    --------
    >>> sender_key(Sender("a"))
    'a'
    >>> sender_key(Sender("a", access_code="1069")).access_code
    '1069'
    """
    only_id = (
        sender.signature is sender.platform is sender.category is None
        and sender.access_code is sender.account is sender.merchant is sender.domain is None
    )
    return sender.id if only_id and sender.id is not None else sender


class SenderKeys(dict[SenderKey, SenderKey]):
    """The key of each sender, derived once.

    Parameters
    ----------
    derivations
        How levels follow from a sender's names.

    Examples
    --------
    >>> from streams.names.derived import first_digits
    >>> keys = SenderKeys([Derivation("access_code", "id", first_digits(4))])
    >>> keys["106900012345"].access_code, keys["shop"]
    ('1069', 'shop')
    """

    def __init__(self, derivations: Sequence[Derivation]) -> None:
        super().__init__()
        self._derivations = derivations

    def __missing__(self, key: SenderKey) -> SenderKey:
        sender = Sender(key) if isinstance(key, str) else key
        found = sender_key(with_derived(sender, self._derivations))
        if len(self) >= SENDERS_CACHED:
            self.clear()
        self[key] = found
        return found
