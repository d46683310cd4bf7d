"""HTTP requests of tests: an answer may take as long as a busy machine needs."""

from __future__ import annotations

from functools import partial

import httpx

LONGEST_S = 600.0
"""The last resort, where a server has gone silent."""

get = partial(httpx.get, timeout=LONGEST_S)
post = partial(httpx.post, timeout=LONGEST_S, follow_redirects=True)
stream = partial(httpx.stream, timeout=LONGEST_S)
