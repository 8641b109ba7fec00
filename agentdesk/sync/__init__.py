"""The synchronisation protocol, its planning and its engine."""
