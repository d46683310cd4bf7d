"""How often logins may fail: by address and by user, over a quarter of an hour."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from typing import Final

WINDOW_S: Final = 900.0
BY_ADDRESS: Final = 20
"""Failed logins from one address in `WINDOW_S`."""

BY_USER: Final = 10
"""Failed logins as one user in `WINDOW_S`, from one address."""

MOST_KEYS: Final = 20_000
"""So many addresses and users are remembered; the one used longest ago is forgotten first."""


class LoginLimit:
    """Counts failed logins; time is an argument, in seconds of any clock that does not go back."""

    def __init__(self) -> None:
        self._failures: OrderedDict[str, list[float]] = OrderedDict()

    def wait_s(self, address: str, user: str, now: float) -> float:
        """Return for how long a login must wait; 0 where it may be tried."""
        return max(
            self._wait(key, most, now)
            for key, most in ((_of(address), BY_ADDRESS), (_of(address, user), BY_USER))
        )

    def failed(self, address: str, user: str, now: float) -> None:
        """Count a failed login."""
        for key in (_of(address), _of(address, user)):
            times = self._failures.setdefault(key, [])
            times.append(now)
            del times[:-BY_ADDRESS]
            self._failures.move_to_end(key)
        while len(self._failures) > MOST_KEYS:
            self._failures.popitem(last=False)

    def succeeded(self, address: str, user: str) -> None:
        """Forget the failures as this user from this address, and one of the address: this login.

        Each login is counted as it begins.
        """
        self._failures.pop(_of(address, user), None)
        if times := self._failures.get(_of(address)):
            times.pop()

    def _wait(self, key: str, most: int, now: float) -> float:
        recent = [at for at in self._failures.get(key, ()) if at > now - WINDOW_S]
        return 0.0 if len(recent) < most else recent[-most] + WINDOW_S - now


def _of(address: str, user: str | None = None) -> str:
    """Return what failures are counted by: of IPv6 the network that one customer gets."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        place = address[:100]
    else:
        if parsed.version == 6:
            parsed = ipaddress.ip_network((parsed, 64), strict=False).network_address
        place = str(parsed)
    return place if user is None else f"{place} {user[:300]}"
