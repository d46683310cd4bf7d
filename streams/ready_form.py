"""What msgspec knows of a struct is made before threads ask for it."""

from __future__ import annotations

from typing import TypeVar

import msgspec

_Form = TypeVar("_Form")


def ready(form: _Form) -> _Form:
    """Let msgspec look at a form now, and return the form; to be called as a module is imported.

    msgspec looks at a struct's annotations when the struct is first read. Where two threads read
    their first one at the same moment, one finds what the other has half made, and the process
    ends with a segmentation fault (msgspec 0.22.0; serve met it some seconds after its start). A
    `msgspec.json.Decoder` that is made as a module is imported does the same; this is for
    `msgspec.convert`, which has no such object.

    Parameters
    ----------
    form
        A struct, a union of them, or another type that msgspec reads.
    """
    msgspec.json.Decoder(form)
    return form
