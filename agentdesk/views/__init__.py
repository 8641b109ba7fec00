"""The screens of the desktop, one folder each."""
