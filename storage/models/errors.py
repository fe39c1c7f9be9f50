"""Errors that storage raises and its callers handle."""


class StoreError(Exception):
    """The database cannot be used. The message is one line that names the file and what to do."""
