"""Errors at the broker's edge; each message says where, the rule, what was found and the remedy."""


class KafkaEdgeError(Exception):
    """The base of this package's errors."""


class BrokerError(KafkaEdgeError):
    """A local broker cannot be found, started or kept running."""


class PortBusyError(BrokerError):
    """Another program listens on the local broker's port."""


class SettingsError(KafkaEdgeError):
    """Some client settings cannot be used; `problems` has a line for each of them."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class TopicsError(KafkaEdgeError):
    """The cluster does not answer, or refuses a request."""


class UnseenTopicError(TopicsError):
    """A topic does not exist, or this user may not see it; the broker does not say which."""


class RefusedError(TopicsError):
    """A request needs a right that this user lacks."""


class RightsError(KafkaEdgeError):
    """The user lacks rights on the cluster; the message names each missing right."""
