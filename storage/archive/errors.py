"""The error of the archive."""


class ArchiveError(Exception):
    """A capture could not be stored or read; the text is one line."""
