"""The encrypted cache of a desk."""
