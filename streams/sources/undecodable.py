"""What a record that cannot be understood raises, wherever it came from."""


class Undecodable(Exception):
    """A record is no event.

    Attributes
    ----------
    reason
        One machine-readable word.
    detail
        A sentence: where, what the rule is, what was found. Never the record's contents:
        they may be somebody's message, and a reject may have to go without them.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
