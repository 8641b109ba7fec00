"""Contacts as other programs write and read them: vCard and CSV, in and out."""
