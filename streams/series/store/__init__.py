"""A copy of ``series`` on disk, entity by entity: what serve's pages and ``explain`` read."""
