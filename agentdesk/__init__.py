"""AgentDesk: the whole person on the screen before the second ring, with or without a network."""

__version__ = "0.1.0"
