"""On whose side a user or a token acts: the centre's, or that of the addressee that it is."""

from __future__ import annotations

from streams.access.roles import Identity
from streams.cases.addressee import addressee_in_form
from streams.cases.request import Actor


def addressee_of(identity: Identity) -> str | None:
    """Return the addressee whose user or token asks; None is the centre.

    Who sees only a platform, a region or a carrier acts for it.
    """
    view = identity.view
    return None if view is None else addressee_in_form(f"{view.kind}/{view.name}")


def actor_of(identity: Identity, named: str | None = None) -> Actor:
    """Return who acts.

    Parameters
    ----------
    identity
        Who asks.
    named
        The name that was given: it is taken on loopback without users, where nobody is known.
    """
    by = named if identity.via == "local" and named is not None else identity.name
    addressee = addressee_of(identity)
    return Actor(by, "centre" if addressee is None else "addressee", addressee)
