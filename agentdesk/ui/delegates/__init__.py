"""Delegates that paint the rows of long lists."""
