"""The errors of the archive."""


class ArchiveError(Exception):
    """A capture could not be stored or read; the text is one line."""


class UnstorablePageError(ArchiveError):
    """A response could not be read back once it is packed, so it is not stored; the text says why."""
