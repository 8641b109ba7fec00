"""Schema migrations of Central's database."""
