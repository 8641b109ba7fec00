"""The Preferences screen, made from the declared settings."""
