"""The Sync screen: what waits, what was refused, what is contested."""
