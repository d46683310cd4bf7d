"""What goes wrong at the broker's edge, each with its remedy in the message."""


class KafkaEdgeError(Exception):
    """The base of this package's errors; the message says where, the rule, and the remedy."""


class BrokerError(KafkaEdgeError):
    """A local broker cannot be found, started or kept running."""


class PortBusyError(BrokerError):
    """Another program listens on the port that the local broker was to have."""


class SettingsError(KafkaEdgeError):
    """A client setting cannot be used; `problems` holds a line for each reason."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class TopicsError(KafkaEdgeError):
    """The cluster could not be asked, or refused what was asked of it."""


class RightsError(KafkaEdgeError):
    """The user lacks rights on the cluster; the message names each."""
